//! `GET /v1/keys/{id}/overlap` and `POST /v1/keys/{id}/end-overlap`.

use axum::extract::State;
use claviger_domain::{KeyId, NetworkUse, ReplacedVersion, SecretId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::object::HintObject;
use super::{KeyObject, answer};
use crate::list::List;
use crate::path::PathId;
use crate::permit::{KeysRead, KeysWrite, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// An older text of a key that still works, and its use since a newer one took its place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReplacedVersion)]
pub(crate) struct ReplacedVersionObject<'v> {
    /// The id of this text, as the key's `generations` have it.
    #[schema(value_type = String, example = "sec_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: SecretId,
    /// What may be shown of it.
    hint: HintObject<'v>,
    /// When the newer one was made.
    #[schema(value_type = String, format = DateTime)]
    replaced_at: Timestamp,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Requests with it since it was replaced, those that were refused included.
    #[schema(example = 12)]
    requests: u64,
    /// Requests with it and with all newer ones in this time.
    #[schema(example = 480)]
    all_requests: u64,
    /// When it was last presented since it was replaced, to within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
    /// Whether nobody has presented it for a day, so that it may well end now.
    quiet: bool,
    /// Where it came from since it was replaced, most requests first.
    networks: Vec<NetworkUseObject>,
}

/// How often, and when last, a network used something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkUse)]
pub(crate) struct NetworkUseObject {
    /// The network, the /24 of an IPv4 and the /48 of an IPv6 address; null for those that were not told apart.
    #[schema(example = "203.0.113.0/24")]
    network: Option<String>,
    /// Requests.
    #[schema(example = 12)]
    requests: u64,
    /// The minute of the latest.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
}

impl From<&NetworkUse> for NetworkUseObject {
    fn from(NetworkUse { network, requests, seen_at }: &NetworkUse) -> Self {
        Self {
            network: network.map(|network| network.to_string()),
            requests: *requests,
            last_seen_at: *seen_at,
        }
    }
}

impl<'v> ReplacedVersionObject<'v> {
    fn at(version: &'v ReplacedVersion, now: Timestamp) -> Self {
        Self {
            id: version.id,
            hint: (&version.hint).into(),
            replaced_at: version.replaced_at,
            ends_at: version.ends_at,
            requests: version.requests,
            all_requests: version.all_requests,
            last_seen_at: version.last_seen_at,
            quiet: version.is_quiet(now),
            networks: version.networks.iter().map(NetworkUseObject::from).collect(),
        }
    }
}

/// Read who still uses the older texts of a rotated key. Counts are up to half a minute behind.
#[utoipa::path(
    get, path = "/v1/keys/{id}/overlap", tag = "keys",
    security(("operator_token" = ["keys:read"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The older texts that still work, newest first, in one page.", body = List<ReplacedVersionObject>)),
)]
pub(crate) async fn list_replaced_versions(
    State(doors): State<Shared>,
    permit: Permit<KeysRead>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let key = doors.engine.find_key(id).await.map_err(|error| permit.refuse(error))?;
    let versions = doors.engine.replaced_versions(&key).await.map_err(|error| permit.refuse(error))?;
    let now = doors.engine.clock().now();
    let objects = versions.iter().map(|version| ReplacedVersionObject::at(version, now)).collect();
    permit.context().ok(&List::whole(objects))
}

/// End every text of a key but the newest now. Where only the newest works, nothing changes.
#[utoipa::path(
    post, path = "/v1/keys/{id}/end-overlap", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = KeyObject)),
)]
pub(crate) async fn end_key_overlap(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let ended = doors.engine.end_overlap(&permit.actor(), id).await;
    let key = ended.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &key)
}
