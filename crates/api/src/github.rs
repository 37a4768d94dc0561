//! `POST /leaks/github`: GitHub's secret scanning tells of keys that it found in public.

use axum::extract::State;
use claviger_domain::LeakSource;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::body::SentBytes;
use crate::problem::{Code, Problem};
use crate::reply::Answer;
use crate::state::Shared;

/// The field that names the key by which GitHub signed.
const KEY: &str = "github-public-key-identifier";
/// The field with the signature of the body.
const SIGNATURE: &str = "github-public-key-signature";

/// A key that GitHub found. It is a secret, so it does not print.
#[derive(Deserialize)]
struct Match {
    token: String,
    r#type: String,
    #[serde(default)]
    url: Option<String>,
}

/// Whether it is one.
#[derive(Serialize)]
struct Verdict {
    token_raw: String,
    token_type: String,
    label: &'static str,
}

/// Takes a report, and answers which of the keys are ours. Only reports that are signed by a key of the setting
/// `unusual_activity.github_keys` are read.
pub(crate) async fn receive_github_report(
    State(doors): State<Shared>,
    headers: HeaderMap,
    body: SentBytes,
) -> Answer {
    let engine = &doors.engine;
    if !engine.takes_github_reports() {
        let problem = Problem::new(Code::UnknownRoute, "the settings name no keys by which GitHub signs");
        return Err(body.context().refuse(problem));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !engine.is_from_github(text(KEY), text(SIGNATURE), body.as_bytes()) {
        let problem = Problem::new(Code::Unauthenticated, "the report is not signed by a key of GitHub");
        return Err(body.context().refuse(problem));
    }
    // A list, where everything else that is sent here is an object.
    let found: Vec<Match> = serde_json::from_slice(body.as_bytes()).map_err(|_| {
        body.context()
            .refuse(Problem::new(Code::InvalidBody, "expected a list of objects with `token` and `type`"))
    })?;
    let mut verdicts = Vec::with_capacity(found.len());
    for Match { token, r#type, url } in found {
        let noted = engine.note_leak(&token, LeakSource::Github, url.as_deref()).await;
        let is_ours = noted.map_err(|error| body.context().refuse(error))?;
        let label = if is_ours { "true_positive" } else { "false_positive" };
        verdicts.push(Verdict { token_raw: token, token_type: r#type, label });
    }
    body.context().ok(&verdicts)
}
