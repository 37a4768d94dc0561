//! `GET /v1/keys/{id}/at`.

use axum::extract::State;
use claviger_domain::{
    Environment, KeyId, KeyKind, KeyMoment, KeySnapshot, Limit, Scope, Timestamp, WorkspaceId,
};
use claviger_engine::KeyAt;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::list::Params;
use crate::path::PathId;
use crate::permit::{AuditRead, Permit};
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{EnvironmentWord, KeyKindWord};

/// When.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstantQuery {
    instant: Timestamp,
}

/// What a key could do at an instant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyAtObject<'k> {
    /// Which key.
    #[schema(value_type = String, example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: KeyId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    instant: Timestamp,
    /// Whether it worked, and if not, why.
    #[schema(value_type = KeyMomentWord)]
    state: &'static str,
    /// The API it opened.
    api: String,
    /// The workspace it belonged to.
    #[schema(value_type = String)]
    workspace: WorkspaceId,
    /// The world it belonged to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
    /// Single or pair.
    #[schema(value_type = KeyKindWord)]
    kind: KeyKind,
    /// What people called it.
    name: &'k str,
    /// What it could do while it worked.
    #[schema(value_type = Vec<String>)]
    scopes: &'k [Scope],
    /// Where it could be used from; empty for anywhere.
    #[schema(value_type = Vec<String>)]
    addresses: &'k [IpNet],
    /// Its own limits.
    #[schema(value_type = Vec<Object>)]
    limits: &'k [Limit],
    /// It did not work before.
    #[schema(value_type = Option<String>, format = DateTime)]
    not_before: Option<Timestamp>,
    /// It did not work from then on.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The beginnings and ends of its texts that worked at the instant.
    texts: Vec<String>,
    /// The row of the record that says so; null when the key has not been changed since before the record began.
    evidence: Option<i64>,
}

/// Whether a key worked at an instant, and if not, why.
#[derive(ToSchema)]
#[schema(as = KeyMoment, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::KeyMoment`")]
pub(crate) enum KeyMomentWord {
    /// It did.
    Active,
    /// It was not made yet.
    NotMadeYet,
    /// Its first day had not come.
    NotYetValid,
    /// It was switched off.
    Disabled,
    /// It was ended for ever.
    Revoked,
    /// Its time was over.
    Expired,
    /// Its workspace was suspended.
    WorkspaceSuspended,
}

impl<'k> KeyAtObject<'k> {
    fn of(doors: &Doors, at: &'k KeyAt) -> Self {
        let KeySnapshot { name, scopes, addresses, limits, .. } = &at.key;
        Self {
            id: at.id,
            instant: at.instant,
            state: KeyMoment::as_str(at.moment),
            api: doors.api_name(at.key.api),
            workspace: at.key.workspace,
            environment: at.key.environment,
            kind: at.key.kind,
            name: name.as_str(),
            scopes,
            addresses,
            limits,
            not_before: at.key.not_before,
            expires_at: at.key.expires_at,
            texts: at.key.texts_at(at.instant).map(|text| text.hint.to_string()).collect(),
            evidence: at.evidence.map(claviger_domain::AuditSeq::as_i64),
        }
    }
}

/// What could this key do on that day? Keys that are deleted by now are remembered.
#[utoipa::path(
    get, path = "/v1/keys/{id}/at", tag = "audit",
    security(("operator_token" = ["audit:read"])),
    params(
        ("id" = String, Path, description = "The key's id."),
        ("instant" = String, Query, description = "When (RFC 3339)."),
    ),
    responses((status = 200, description = "The key as it was then.", body = KeyAtObject)),
)]
pub(crate) async fn get_key_at(
    State(doors): State<Shared>,
    permit: Permit<AuditRead>,
    PathId(id): PathId<KeyId>,
    Params(query): Params<InstantQuery>,
) -> Answer {
    let at = doors.engine.key_at(id, query.instant).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&KeyAtObject::of(&doors, &at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn the_document_has_every_state_of_a_key() {
        let schema = serde_json::to_value(KeyMomentWord::schema()).unwrap();
        assert_eq!(schema["enum"], json!(KeyMoment::ALL.map(KeyMoment::as_str)));
    }
}
