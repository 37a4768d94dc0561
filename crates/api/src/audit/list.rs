//! `GET /v1/audit`.

use axum::extract::State;
use claviger_domain::AuditSeq;

use super::object::AuditObject;
use super::query::{Parsed, filtered};
use crate::list::{List, PageLimit, Params};
use crate::permit::{AuditRead, Permit};
use crate::reply::Answer;
use crate::state::Shared;

filtered! {
    /// Which rows are wanted, and which page of them.
    AuditQuery {
        #[serde(default)]
        cursor: Option<Parsed<AuditSeq>>,
        #[serde(default)]
        limit: PageLimit,
    }
}

/// List what was done, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit",
    security(("operator_token" = ["audit:read"])),
    params(
        ("workspace" = Option<String>, Query, description = "Only what was done to objects of the workspace with this id."),
        ("actor" = Option<String>, Query, description = "Only what this actor did: the id of an account, operator token or client, `local`, `visitor` or `system`."),
        ("action" = Option<String>, Query, description = "Only this action, such as `key.revoked`."),
        ("object" = Option<String>, Query, description = "Only what was done to the object with this id."),
        ("from" = Option<String>, Query, description = "Only what was done at this instant (RFC 3339) or later."),
        ("until" = Option<String>, Query, description = "Only what was done before this instant (RFC 3339)."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most rows to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of the record.", body = List<AuditObject>)),
)]
pub(crate) async fn list_audit(
    State(doors): State<Shared>,
    permit: Permit<AuditRead>,
    Params(query): Params<AuditQuery>,
) -> Answer {
    let (filter, before) = (query.filter(), query.cursor.map(|cursor| cursor.0));
    let page = doors.engine.list_audit(&filter, before, query.limit.rows()).await;
    let page = page.map_err(|error| permit.refuse(error))?;
    let data = page.rows.iter().map(AuditObject::from).collect();
    permit.context().ok(&List { data, next_cursor: page.next.map(|seq| seq.to_string()) })
}
