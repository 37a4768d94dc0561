//! "Explain a refusal": a request's id in, every check with its input and verdict out.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Check, Checked, Verdict};
use claviger_engine::Explanation;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::permit::{KeysRead, Permit};
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// A check for people.
struct CheckRow {
    title: Phrase,
    input: String,
    verdict: Phrase,
    tone: &'static str,
    is_failed: bool,
}

/// A refusal for people.
struct Shown {
    code: &'static str,
    at: Moment,
    api: String,
    address: Option<String>,
    /// The credential's id, and where its page is.
    credential: Option<(String, Option<String>)>,
    workspace: Option<String>,
    checks: Vec<CheckRow>,
}

#[derive(Template)]
#[template(path = "refusals.html")]
struct Refusals<'p> {
    chrome: Chrome<'p>,
    request_id: &'p str,
    shown: Option<Shown>,
}

/// `GET /console/refusals`
pub(crate) async fn explain_refusal(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let request_id = query.given("request").unwrap_or_default();
    let found = state.engine.explain_refusal(request_id);
    let status =
        if found.is_none() && !request_id.is_empty() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let shown = match found {
        Some(found) => Some(shown(&state, &found).await?),
        None => None,
    };
    let chrome = Chrome::new(permit.signed_in(), Section::Refusals);
    page(status, &Refusals { chrome, request_id, shown })
}

async fn shown(state: &PagesState, found: &Explanation) -> Result<Shown, crate::error::PageError> {
    let workspace = found.principal.as_ref().map(|principal| principal.workspace);
    let names = Names::of_workspaces(state, workspace.into_iter()).await?;
    Ok(Shown {
        code: found.reason.code(),
        at: Moment::exact(found.at),
        api: names.api(found.api),
        address: found.address.map(|address| address.to_string()),
        credential: found.principal.as_ref().map(|principal| {
            let id = principal.credential.to_string();
            let page = id.starts_with("key_").then(|| format!("/console/keys/{id}"));
            (id, page)
        }),
        workspace: workspace.map(|id| names.workspace(id)),
        checks: found.checks.iter().map(row).collect(),
    })
}

fn row(checked: &Checked) -> CheckRow {
    let (verdict, tone) = match checked.verdict {
        Verdict::Passed => (say("refusals-passed"), "good"),
        Verdict::Failed => (say("refusals-refused-here"), "over"),
        Verdict::NotReached => (say("refusals-not-reached"), "idle"),
    };
    CheckRow {
        title: title(checked.check),
        input: checked.input.clone(),
        verdict,
        tone,
        is_failed: checked.verdict == Verdict::Failed,
    }
}

const fn title(check: Check) -> Phrase {
    match check {
        Check::Place => say("refusals-one-credential-where-contract-looks"),
        Check::Form => say("refusals-looks-like-one-api-s"),
        Check::Owner => say("refusals-somebody"),
        Check::Standing => say("refusals-neither-revoked-nor-disabled"),
        Check::End => say("refusals-not-expired"),
        Check::Start => say("refusals-valid-already"),
        Check::Possession => say("refusals-key-bound-proved"),
        Check::Kind => say("refusals-route-takes-kind"),
        Check::Environment => say("refusals-host-takes-environment"),
        Check::Address => say("refusals-caller-s-address-allowed"),
        Check::Workspace => say("refusals-workspace-named-own"),
        Check::Scopes => say("refusals-every-scope-needed"),
        Check::Route => say("refusals-there-such-route"),
        Check::Limits => say("refusals-no-limit-reached"),
        Check::Rules => say("refusals-request-keeps-route-s-rules"),
    }
}
