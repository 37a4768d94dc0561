//! `/v1/findings`: what was found unusual, and what became of it.

use axum::extract::State;
use claviger_domain::{Evidence, Finding, FindingId, Response, Rule, Subject, Timestamp, WorkspaceId};
use claviger_engine::FindingFilter;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::body::SentOrDefault;
use crate::keys::KeyObject;
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{FindingsRead, FindingsWrite, Permit};
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{ResponseWord, RuleWord};

/// Something unusual that was found. There is one of a rule and a subject: what is found again is counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingObject<'f> {
    /// Its id.
    #[schema(value_type = String, example = "fnd_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: FindingId,
    /// The rule that found it.
    #[schema(value_type = RuleWord)]
    rule: &'static str,
    /// What people call the rule.
    #[schema(example = "A key came from a new network")]
    title: &'static str,
    /// What it is about: a credential's id, a network, or `*` for many networks together.
    #[schema(example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    subject: String,
    /// The name of the API, where there is one.
    #[schema(example = "propertybase")]
    api: Option<String>,
    /// The credential's workspace, where there is one.
    #[schema(value_type = Option<String>, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: Option<WorkspaceId>,
    /// Whether nobody has acknowledged it.
    state: FindingStatus,
    /// What it rests on, the last time it was found; its members depend on `kind`. Never a secret, never a whole address.
    #[schema(value_type = Object, example = json!({"kind": "from", "networks": ["203.0.113.0/24"]}))]
    evidence: &'f Evidence,
    /// The same in words.
    explanation: String,
    /// What the rule sees.
    sees: &'static str,
    /// What innocent thing looks the same.
    innocent: &'static str,
    /// In how many minutes it was found.
    count: u64,
    /// When it was first found.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    /// When it was last found.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// What was done about it; null until it is done.
    #[schema(value_type = Option<ResponseWord>)]
    response: Option<&'static str>,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Timestamp>,
    /// When it was acknowledged.
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<Timestamp>,
    /// Who acknowledged it.
    acknowledged_by: Option<&'f str>,
    /// What they noted.
    note: Option<&'f str>,
}

/// Whether somebody has seen a finding.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FindingStatus {
    /// Nobody has.
    Open,
    /// Somebody has.
    Acknowledged,
}

impl<'f> FindingObject<'f> {
    fn of(doors: &Doors, finding: &'f Finding) -> Self {
        let acknowledged = finding.acknowledged.as_ref();
        Self {
            id: finding.id,
            rule: finding.rule.as_str(),
            title: finding.rule.title(),
            subject: finding.subject.to_string(),
            api: finding.api.map(|api| doors.api_name(api)),
            workspace: finding.workspace,
            state: if finding.is_open() { FindingStatus::Open } else { FindingStatus::Acknowledged },
            evidence: &finding.evidence,
            explanation: finding.evidence.in_words(),
            sees: finding.rule.sees(),
            innocent: finding.rule.innocent(),
            count: finding.count,
            first_seen_at: finding.first_seen_at,
            last_seen_at: finding.last_seen_at,
            response: finding.answer.map(|(response, _)| Response::as_str(response)),
            answered_at: finding.answer.map(|(_, at)| at),
            acknowledged_at: acknowledged.map(|seen| seen.at),
            acknowledged_by: acknowledged.map(|seen| seen.by.as_str()),
            note: acknowledged.map(|seen| seen.note.as_str()),
        }
    }
}

/// Which findings are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingQuery {
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    workspace: Option<WorkspaceId>,
    #[serde(default, deserialize_with = "rule")]
    rule: Option<Rule>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    state: Option<FindingStatus>,
    #[serde(default)]
    cursor: Option<Cursor<FindingId>>,
    #[serde(default)]
    limit: PageLimit,
}

fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rule>, D::Error> {
    let word = String::deserialize(deserializer)?;
    word.parse().map(Some).map_err(serde::de::Error::custom)
}

/// How a finding is acknowledged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "our new data centre"}))]
pub(crate) struct AcknowledgeFinding {
    /// What to note: at most 500 printable characters.
    #[serde(default)]
    note: String,
}

/// List findings; those that were first found latest come first.
#[utoipa::path(
    get, path = "/v1/findings", tag = "findings",
    security(("operator_token" = ["findings:read"])),
    params(
        ("api" = Option<String>, Query, description = "Only findings about this API, by name or id."),
        ("workspace" = Option<String>, Query, description = "Only findings about credentials of the workspace with this id."),
        ("rule" = Option<RuleWord>, Query, description = "Only what this rule found."),
        ("subject" = Option<String>, Query, description = "Only findings about this: a credential's id, a network or `*`."),
        ("state" = Option<FindingStatus>, Query, description = "Only open or only acknowledged findings."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of findings.", body = List<FindingObject>)),
)]
pub(crate) async fn list_findings(
    State(doors): State<Shared>,
    permit: Permit<FindingsRead>,
    Params(query): Params<FindingQuery>,
) -> Answer {
    let api = query.api.map(|name| doors.api_of_query(&name)).transpose();
    let filter = FindingFilter {
        api: api.map_err(|problem| permit.refuse(problem))?,
        workspace: query.workspace,
        subject: query.subject.map(|text| {
            let Ok(subject) = text.parse::<Subject>();
            subject
        }),
        rule: query.rule,
        is_open: query.state.map(|state| matches!(state, FindingStatus::Open)),
    };
    let listed = doors.engine.list_findings(&permit.actor(), filter, page(query.cursor, query.limit)).await;
    let listed = listed.map_err(|error| permit.refuse(error))?;
    let objects = listed.rows.iter().map(|finding| FindingObject::of(&doors, finding)).collect();
    permit.context().ok(&List::of::<FindingId>(objects, listed.next))
}

/// Read a finding, with what its rule sees and what innocent thing looks the same.
#[utoipa::path(
    get, path = "/v1/findings/{id}", tag = "findings",
    security(("operator_token" = ["findings:read"])),
    params(("id" = String, Path, description = "The finding's id.")),
    responses((status = 200, description = "The finding.", body = FindingObject)),
)]
pub(crate) async fn get_finding(
    State(doors): State<Shared>,
    permit: Permit<FindingsRead>,
    PathId(id): PathId<FindingId>,
) -> Answer {
    let found = doors.engine.find_finding(&permit.actor(), id).await;
    let finding = found.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&FindingObject::of(&doors, &finding))
}

/// Acknowledge a finding. While it goes on it is counted and stays acknowledged; found again after an hour of quiet, it is
/// open again.
#[utoipa::path(
    post, path = "/v1/findings/{id}/acknowledge", tag = "findings",
    security(("operator_token" = ["findings:write"])),
    params(("id" = String, Path, description = "The finding's id.")),
    request_body = Option<AcknowledgeFinding>,
    responses((status = 200, description = "The acknowledged finding.", body = FindingObject)),
)]
pub(crate) async fn acknowledge_finding(
    State(doors): State<Shared>,
    permit: Permit<FindingsWrite>,
    PathId(id): PathId<FindingId>,
    SentOrDefault(body): SentOrDefault<AcknowledgeFinding>,
) -> Answer {
    let seen = doors.engine.acknowledge_finding(&permit.actor(), id, &body.note).await;
    let finding = seen.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&FindingObject::of(&doors, &finding))
}

/// Lift the restriction of the key that a finding is about: it is no longer slowed down or read-only. A key that was
/// revoked stays revoked.
#[utoipa::path(
    post, path = "/v1/findings/{id}/lift", tag = "findings",
    security(("operator_token" = ["findings:write"])),
    params(("id" = String, Path, description = "The finding's id.")),
    responses((status = 200, description = "The key without a restriction.", body = KeyObject)),
)]
pub(crate) async fn lift_finding(
    State(doors): State<Shared>,
    permit: Permit<FindingsWrite>,
    PathId(id): PathId<FindingId>,
) -> Answer {
    let lifted = doors.engine.lift_response(&permit.actor(), id).await;
    let key = lifted.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&KeyObject::of(&doors, &key))
}
