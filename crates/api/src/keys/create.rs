//! `POST /v1/keys`.

use axum::extract::State;
use claviger_domain::{
    Environment, KeyKind, Label, Limit, Metadata, Policy, ScopeSet, Timestamp, WorkspaceId,
};
use claviger_engine::{KeyError, NewKey, RegisteredApi};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::KeyObject;
use super::network::Network;
use crate::creation::Creation;
use crate::json::{Object, StrictObject};
use crate::limits::LimitObject;
use crate::permit::{KeysWrite, Permit};
use crate::problem::ProblemDocument;
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{EnvironmentWord, KeyKindWord};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "api": "propertybase", "workspace": "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0", "environment": "live",
    "name": "billing service", "scopes": ["read:leads"], "expires_at": "2030-01-31T12:00:00Z",
    "addresses": ["203.0.113.0/24"], "metadata": {"team": "billing"},
    "limits": [{"name": "per-minute", "requests": 600, "per_seconds": 60}],
}))]
pub(crate) struct CreateKey {
    /// The API it opens, by name or id.
    api: String,
    /// The workspace it belongs to.
    #[schema(value_type = String)]
    workspace: WorkspaceId,
    /// The world it belongs to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
    /// `single` or `pair`; left out for what the API hands out in this environment, `single` first.
    #[serde(default)]
    #[schema(value_type = Option<KeyKindWord>)]
    kind: Option<KeyKind>,
    /// What people call it: 1 to 100 printable characters.
    #[schema(value_type = String)]
    name: Label,
    /// What it may do; scopes of the API's contract.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// It does not work before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    not_before: Option<Timestamp>,
    /// It does not work from then on; left out for the contract's default life.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Addresses or networks it may be used from; empty for anywhere.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    addresses: Vec<Network>,
    /// Its own limits, beside those of API and plan.
    #[serde(default)]
    #[schema(value_type = Vec<LimitObject>)]
    limits: Vec<Object<Limit>>,
    /// Free data of its owner: an object of at most 4096 bytes as JSON.
    #[serde(default, deserialize_with = "metadata")]
    #[schema(value_type = Object)]
    metadata: Metadata,
    /// Make a canary, to be put where nobody should look: it opens nothing, and each use of it is found.
    #[serde(default)]
    canary: bool,
}

/// Metadata, in which no member may stand twice.
pub(super) fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Metadata, D::Error> {
    let StrictObject(members) = StrictObject::deserialize(deserializer)?;
    members.try_into().map_err(serde::de::Error::custom)
}

/// A key and, this once, its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedKey<'k> {
    #[serde(flatten)]
    pub(super) object: KeyObject<'k>,
    /// What its holder presents. It is shown now and never again.
    #[schema(example = "pb_live_4fQ0…")]
    pub(super) key: &'k str,
}

/// Make a key.
#[utoipa::path(
    post, path = "/v1/keys", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request: 1 to 255 printable ASCII characters.")),
    request_body = CreateKey,
    responses(
        (status = 201, description = "The key and, this once, its text.", body = IssuedKey),
        (status = 422, description = "The Idempotency-Key was used for another request.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    Creation { new, once }: Creation<CreateKey>,
) -> Answer {
    let new = new.resolve(&doors).map_err(|error| permit.refuse(error))?;
    let issued = doors.engine.issue_key(&permit.actor(), new, once).await;
    let issued = issued.map_err(|error| permit.refuse(error))?;
    let object = KeyObject::of(&doors, &issued.key);
    let location = format!("/v1/keys/{}", issued.key.id);
    permit.context().created(Some(location), &IssuedKey { object, key: issued.text.expose() })
}

impl CreateKey {
    fn resolve(self, doors: &Doors) -> Result<NewKey, KeyError> {
        let RegisteredApi { api, policy } = doors.engine.find_api(&self.api).ok_or(KeyError::UnknownApi)?;
        let kind = self.kind.unwrap_or_else(|| usual_kind(&policy, self.environment));
        Ok(NewKey {
            api: api.id,
            workspace: self.workspace,
            environment: self.environment,
            kind,
            name: self.name,
            scopes: self.scopes,
            not_before: self.not_before,
            expires_at: self.expires_at,
            addresses: self.addresses.into_iter().map(IpNet::from).collect(),
            limits: self.limits.into_iter().map(|Object(limit)| limit).collect(),
            metadata: self.metadata,
            is_canary: self.canary,
        })
    }
}

/// The kind of key an API hands out in an environment when nobody names one.
fn usual_kind(policy: &Policy, environment: Environment) -> KeyKind {
    match policy.key_format(KeyKind::Single, environment) {
        None if policy.key_format(KeyKind::Pair, environment).is_some() => KeyKind::Pair,
        _ => KeyKind::Single,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn with(member: &str, value: Value) -> Result<CreateKey, serde_json::Error> {
        let mut body = json!({
            "api": "example", "workspace": "wsp_00000000000000000000000000", "environment": "live", "name": "x",
        });
        body[member] = value;
        serde_json::from_str(&body.to_string())
    }

    #[test]
    fn a_minimal_key_has_no_demands() {
        let key = with("name", json!(" x ")).unwrap();
        assert_eq!(key.name.as_str(), "x");
        assert!(key.scopes.is_empty() && key.addresses.is_empty() && key.limits.is_empty());
        assert_eq!((key.kind, key.expires_at, key.not_before), (None, None, None));
    }

    #[test]
    fn every_member_is_parsed_and_bounded() {
        for (member, bad) in [
            ("api", json!(null)),
            ("workspace", json!("key_00000000000000000000000000")),
            ("environment", json!("prod")),
            ("kind", json!("triple")),
            ("name", json!("")),
            ("scopes", json!(["a b"])),
            ("expires_at", json!("tomorrow")),
            ("addresses", json!(["localhost"])),
            ("limits", json!([{"name": "x", "requests": 0, "per_seconds": 1}])),
            ("limits", json!([["x", 1, 1]])),
            ("metadata", json!({"x": "y".repeat(4096)})),
            ("metadata", json!([])),
            ("colour", json!("red")),
        ] {
            assert!(with(member, bad.clone()).is_err(), "{member}: {bad}");
        }
    }
}
