//! `/v1/keys/{id}/{collection}`: values that belong to a key once they are verified.

use axum::extract::State;
use claviger_domain::{CollectionName, KeyId, Timestamp};
use claviger_engine::{Belonging, BelongingRequest, KeyError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::list::List;
use crate::path::{PathCollection, PathId, PathValue};
use crate::permit::{KeysRead, KeysWrite, Permit};
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// A value that belongs to a key, or waits to be verified.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Belonging)]
pub(crate) struct BelongingObject<'b> {
    /// The value, as the API's requests name it.
    #[schema(example = "3d1a5c2e-6a0e-4f8c-9c41-1f8f0e6d2b77")]
    id: &'b str,
    /// The contract's list it stands in.
    #[schema(value_type = String, example = "destinations")]
    collection: &'b CollectionName,
    /// When it was named.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was verified; until then it does not count.
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_at: Option<Timestamp>,
}

impl<'b> From<&'b Belonging> for BelongingObject<'b> {
    fn from(view: &'b Belonging) -> Self {
        Self {
            id: &view.value,
            collection: &view.collection,
            created_at: view.created_at,
            verified_at: view.verified_at,
        }
    }
}

/// A value to belong to a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "3d1a5c2e-6a0e-4f8c-9c41-1f8f0e6d2b77"}))]
pub(crate) struct AddBelonging {
    /// The value: 1 to 200 printable characters.
    id: String,
}

/// List the values of one of a key's lists.
#[utoipa::path(
    get, path = "/v1/keys/{id}/{collection}", tag = "keys",
    security(("operator_token" = ["keys:read"])),
    params(
        ("id" = String, Path, description = "The key's id."),
        ("collection" = String, Path, description = "A list that the API's contract defines, such as `destinations`."),
    ),
    responses((status = 200, description = "Every value, in one page.", body = List<BelongingObject>)),
)]
pub(crate) async fn list_belongings(
    State(doors): State<Shared>,
    permit: Permit<KeysRead>,
    PathId(id): PathId<KeyId>,
    PathCollection(collection): PathCollection,
) -> Answer {
    let views = find(&doors, id, &collection).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&List::whole(views.iter().map(BelongingObject::from).collect()))
}

async fn find(doors: &Doors, id: KeyId, collection: &CollectionName) -> Result<Vec<Belonging>, KeyError> {
    let mut views = doors.engine.list_belongings(id).await?;
    views.retain(|view| view.collection == *collection);
    if views.is_empty() {
        // An empty list that the contract defines is an answer; one that it does not define is a mistake.
        let key = doors.engine.find_key(id).await?;
        let api = doors.engine.find_api(&key.api.to_string());
        if !api.is_some_and(|api| api.policy.collections.contains(collection)) {
            return Err(KeyError::UndefinedCollection(collection.clone()));
        }
    }
    Ok(views)
}

/// Name a value that is to belong to a key. It counts once it is verified.
#[utoipa::path(
    post, path = "/v1/keys/{id}/{collection}", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(
        ("id" = String, Path, description = "The key's id."),
        ("collection" = String, Path, description = "A list that the API's contract defines, such as `destinations`."),
    ),
    request_body = AddBelonging,
    responses((status = 201, description = "The value.", body = BelongingObject)),
)]
pub(crate) async fn add_belonging(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
    PathCollection(collection): PathCollection,
    Sent(new): Sent<AddBelonging>,
) -> Answer {
    let request = BelongingRequest { collection, value: new.id };
    let added = doors.engine.add_belonging(&permit.actor(), id, request).await;
    let view = added.map_err(|error| permit.refuse(error))?;
    permit.context().created(None, &BelongingObject::from(&view))
}

/// Say that a value does belong to the key's owner.
#[utoipa::path(
    post, path = "/v1/keys/{id}/{collection}/{value}/verify", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(
        ("id" = String, Path, description = "The key's id."),
        ("collection" = String, Path, description = "A list that the API's contract defines, such as `destinations`."),
        ("value" = String, Path, description = "The value, percent-encoded."),
    ),
    responses((status = 200, description = "The verified value.", body = BelongingObject)),
)]
pub(crate) async fn verify_belonging(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    (PathId(id), PathCollection(collection), PathValue(value)): (PathId<KeyId>, PathCollection, PathValue),
) -> Answer {
    let request = BelongingRequest { collection, value };
    let verified = doors.engine.verify_belonging(&permit.actor(), id, request).await;
    let view = verified.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&BelongingObject::from(&view))
}
