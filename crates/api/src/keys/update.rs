//! `PATCH /v1/keys/{id}`.

use axum::extract::State;
use claviger_domain::{KeyId, KeyPatch, Label, Limit, Metadata, ScopeSet, Timestamp};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::answer;
use super::network::Network;
use super::{KeyObject, create};
use crate::body::Sent;
use crate::json::{Object, nullable, present};
use crate::limits::LimitObject;
use crate::path::PathId;
use crate::permit::{KeysWrite, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// A change to a key. What is left out stays as it is; what is null is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scopes": ["read:leads", "write:leads"], "expires_at": null}))]
pub(crate) struct UpdateKey {
    /// A new name: 1 to 100 printable characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    name: Option<Label>,
    /// New scopes; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>, required = false)]
    scopes: Option<Option<ScopeSet>>,
    /// A new start; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = DateTime, required = false)]
    not_before: Option<Option<Timestamp>>,
    /// A new end; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = DateTime, required = false)]
    expires_at: Option<Option<Timestamp>>,
    /// New addresses or networks; null for anywhere.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>, required = false)]
    addresses: Option<Option<Vec<Network>>>,
    /// New limits of its own; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<LimitObject>>, required = false)]
    limits: Option<Option<Vec<Object<Limit>>>>,
    /// New metadata, in place of the old; null for none.
    #[serde(default, deserialize_with = "metadata")]
    #[schema(value_type = Option<Object>, required = false)]
    metadata: Option<Metadata>,
}

fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metadata>, D::Error> {
    #[derive(Deserialize)]
    struct Owned(#[serde(deserialize_with = "create::metadata")] Metadata);
    Option::<Owned>::deserialize(deserializer)
        .map(|object| Some(object.map_or_else(Metadata::default, |o| o.0)))
}

impl From<UpdateKey> for KeyPatch {
    fn from(patch: UpdateKey) -> Self {
        let networks = |list: Vec<Network>| list.into_iter().map(IpNet::from).collect();
        let limits = |list: Vec<Object<Limit>>| list.into_iter().map(|Object(limit)| limit).collect();
        Self {
            name: patch.name,
            scopes: patch.scopes.map(Option::unwrap_or_default),
            expires_at: patch.expires_at,
            not_before: patch.not_before,
            addresses: patch.addresses.map(|list| list.map_or_else(Vec::new, networks)),
            limits: patch.limits.map(|list| list.map_or_else(Vec::new, limits)),
            metadata: patch.metadata,
        }
    }
}

/// Change a key.
#[utoipa::path(
    patch, path = "/v1/keys/{id}", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    request_body = UpdateKey,
    responses((status = 200, description = "The key as it is now.", body = KeyObject)),
)]
pub(crate) async fn update_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
    Sent(patch): Sent<UpdateKey>,
) -> Answer {
    let changed = doors.engine.update_key(&permit.actor(), id, patch.into()).await;
    let key = changed.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(body: &str) -> KeyPatch {
        serde_json::from_str::<UpdateKey>(body).unwrap().into()
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        assert_eq!(patch("{}"), KeyPatch::default());
    }

    #[test]
    fn what_is_null_is_cleared() {
        let body = r#"{"scopes":null,"not_before":null,"expires_at":null,"addresses":null,"limits":null,"metadata":null}"#;
        let cleared = KeyPatch {
            name: None,
            scopes: Some(ScopeSet::default()),
            expires_at: Some(None),
            not_before: Some(None),
            addresses: Some(Vec::new()),
            limits: Some(Vec::new()),
            metadata: Some(Metadata::default()),
        };
        assert_eq!(patch(body), cleared);
        assert!(serde_json::from_str::<UpdateKey>(r#"{"name":null}"#).is_err());
    }

    #[test]
    fn what_is_named_is_changed() {
        let changed = patch(r#"{"name":"y","expires_at":"2030-01-01T00:00:00Z","metadata":{"a":1}}"#);
        assert_eq!(changed.name.unwrap().as_str(), "y");
        assert_eq!(changed.expires_at, Some(Some(Timestamp::parse_rfc3339("2030-01-01T00:00:00Z").unwrap())));
        assert_eq!(changed.metadata.unwrap().as_object()["a"], 1);
        assert_eq!(changed.scopes, None);
    }

    #[test]
    fn a_key_never_moves() {
        for fixed in ["id", "api", "workspace", "environment", "kind", "state"] {
            assert!(serde_json::from_str::<UpdateKey>(&format!(r#"{{"{fixed}":"x"}}"#)).is_err());
        }
    }
}
