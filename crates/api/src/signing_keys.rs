//! `/v1/apis/{id}/signing-keys`: what an API's tokens are signed with.

use axum::extract::State;
use claviger_domain::{Algorithm, ApiId, SigningKey, SigningKeyId, SigningKeyState, Timestamp};
use claviger_engine::SigningKeyError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::list::List;
use crate::path::PathId;
use crate::permit::{ClientsRead, ClientsWrite, Permit};
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{AlgorithmWord, SigningKeyStateWord};

/// A key pair that signs an API's tokens with one algorithm. Its private half leaves the server never.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub(crate) struct SigningKeyObject {
    /// Its id.
    #[schema(value_type = String, example = "sig_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: SigningKeyId,
    /// Its id again, as tokens name it in their header.
    #[schema(value_type = String, example = "sig_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    kid: SigningKeyId,
    /// The name of the API whose tokens it signs.
    #[schema(example = "propertybase")]
    api: String,
    /// How it signs.
    #[schema(value_type = AlgorithmWord)]
    algorithm: &'static str,
    /// Where in its life it is.
    #[schema(value_type = SigningKeyStateWord)]
    state: &'static str,
    /// The public half as a JWK (RFC 7517).
    #[schema(value_type = Object)]
    public_jwk: Map<String, Value>,
    /// When it was made, and first stood in the JWK set.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it begins to sign.
    #[schema(value_type = String, format = DateTime)]
    activates_at: Timestamp,
    /// When it stops signing; null until it has a successor.
    #[schema(value_type = Option<String>, format = DateTime)]
    retires_at: Option<Timestamp>,
    /// When it leaves the JWK set: after the last token it signed has ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    removes_at: Option<Timestamp>,
}

impl SigningKeyObject {
    fn of(doors: &Doors, key: &SigningKey) -> Self {
        let state: SigningKeyState = key.state(doors.engine.clock().now());
        Self {
            id: key.id,
            kid: key.id,
            api: doors.api_name(key.api),
            algorithm: key.algorithm.as_str(),
            state: state.as_str(),
            // The engine wrote it as an object; one that cannot be read shows as empty rather than failing the list.
            public_jwk: serde_json::from_str(&key.public_jwk).unwrap_or_default(),
            created_at: key.created_at,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
            removes_at: key.removes_at,
        }
    }
}

/// How to rotate a signing key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"algorithm": "RS256", "at_once": false}))]
pub(crate) struct RotateSigningKey {
    /// Which of the API's keys gets a successor: the one of this algorithm.
    #[serde(deserialize_with = "algorithm")]
    #[schema(value_type = AlgorithmWord)]
    algorithm: Algorithm,
    /// Whether the successor signs from now on, without being announced first; for a key that has leaked.
    #[serde(default)]
    at_once: bool,
}

fn algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
    let text = String::deserialize(deserializer)?;
    Algorithm::from_name(&text).ok_or_else(|| {
        let known = Algorithm::ALL.map(Algorithm::as_str).join(", ");
        serde::de::Error::custom(format_args!("expected one of {known}"))
    })
}

/// List the signing keys of an API, newest first.
#[utoipa::path(
    get, path = "/v1/apis/{id}/signing-keys", tag = "signing keys",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The API's id or name.")),
    responses((status = 200, description = "Every key that is kept, in one page.", body = List<SigningKeyObject>)),
)]
pub(crate) async fn list_signing_keys(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(name_or_id): PathId<String>,
) -> Answer {
    let api = find(&doors, &name_or_id).map_err(|error| permit.refuse(error))?;
    let keys = doors.engine.list_signing_keys(api).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&List::whole(keys.iter().map(|key| SigningKeyObject::of(&doors, key)).collect()))
}

/// Give an API its next signing key. What earlier keys signed stays good until it ends.
#[utoipa::path(
    post, path = "/v1/apis/{id}/signing-keys", tag = "signing keys",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The API's id or name.")),
    request_body = RotateSigningKey,
    responses((status = 201, description = "The new key.", body = SigningKeyObject)),
)]
pub(crate) async fn rotate_signing_key(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(name_or_id): PathId<String>,
    Sent(how): Sent<RotateSigningKey>,
) -> Answer {
    let api = find(&doors, &name_or_id).map_err(|error| permit.refuse(error))?;
    let rotated = doors.engine.rotate_signing_key(&permit.actor(), api, how.algorithm, how.at_once).await;
    let key = rotated.map_err(|error| permit.refuse(error))?;
    permit.context().created(None, &SigningKeyObject::of(&doors, &key))
}

fn find(doors: &Doors, name_or_id: &str) -> Result<ApiId, SigningKeyError> {
    doors.engine.find_api(name_or_id).map(|found| found.api.id).ok_or(SigningKeyError::UnknownApi)
}
