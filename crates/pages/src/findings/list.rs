//! `GET /console/findings`

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{FindingId, PageRequest, Rule};
use claviger_engine::FindingFilter;
use http::StatusCode;

use super::row::FindingRow;
use super::words::title;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, api_choices, next_page};
use crate::notice::Notice;
use crate::permit::{FindingsRead, Permit};
use crate::state::PagesState;

const PATH: &str = "/console/findings";

#[derive(Template)]
#[template(path = "findings.html")]
struct Findings<'p> {
    chrome: Chrome<'p>,
    rows: Vec<FindingRow>,
    /// The address of the next page.
    next: Option<String>,
    apis: Vec<Choice>,
    rules: Vec<Choice>,
    subject: &'p str,
    /// Whether acknowledged ones are shown, too.
    shows_all: bool,
    is_filtered: bool,
}

/// `GET /console/findings`: the open ones, unless all are asked for.
pub(crate) async fn list_findings(
    State(state): State<PagesState>,
    permit: Permit<FindingsRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let unknown = PageError::Parameter;
    let api = query.given("api").map(|text| state.engine.find_api(text).ok_or(unknown("API"))).transpose()?;
    let rule =
        query.given("rule").map(|text| text.parse::<Rule>().map_err(|_| unknown("rule"))).transpose()?;
    let subject = query.given("subject").map(|text| {
        let Ok(subject) = text.parse();
        subject
    });
    let shows_all = query.get("state") == "all";
    let is_filtered = api.is_some() || rule.is_some() || subject.is_some();
    let before = query.given("before").map(str::parse::<FindingId>).transpose();
    let before = before.map_err(|_| unknown("page"))?.map(FindingId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let filter = FindingFilter {
        api: api.map(|entry| entry.api.id),
        workspace: None,
        subject,
        rule,
        is_open: (!shows_all).then_some(true),
    };
    let listed = state.engine.list_findings(&permit.actor(), filter, wanted).await?;
    let now = state.engine.clock().now();
    let next =
        |id| next_page((PATH, &["api", "rule", "subject", "state"]), &query, &FindingId::from_uuid(id));
    let findings = Findings {
        chrome: Chrome::new(permit.signed_in(), Section::Findings).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(|finding| FindingRow::new(finding, now)).collect(),
        next: listed.next.map(next),
        apis: api_choices(&state, query.get("api")),
        rules: Rule::ALL.iter().map(|known| choice(*known, rule)).collect(),
        subject: query.get("subject"),
        shows_all,
        is_filtered,
    };
    page(StatusCode::OK, &findings)
}

fn choice(rule: Rule, chosen: Option<Rule>) -> Choice {
    Choice { value: rule.as_str().to_owned(), text: title(rule).to_string(), is_chosen: chosen == Some(rule) }
}
