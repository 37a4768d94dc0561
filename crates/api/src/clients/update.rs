//! `PATCH /v1/clients/{id}` and `PUT /v1/clients/{id}`.

use axum::extract::State;
use claviger_domain::{Client, ClientId};
use claviger_engine::ClientError;
use claviger_oauth::{read_client_metadata, render_client_metadata};
use serde_json::{Map, Value};

use super::fields::ClientFields;
use super::{ClientObject, answer};
use crate::body::Sent;
use crate::path::PathId;
use crate::permit::{ClientsWrite, Permit};
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// Change a client. What is left out stays as it is; what is null is cleared, or what it is unless named.
#[utoipa::path(
    patch, path = "/v1/clients/{id}", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    request_body = ClientFields,
    responses((status = 200, description = "The client as it is now.", body = ClientObject)),
)]
pub(crate) async fn update_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
    Sent(patch): Sent<ClientFields>,
) -> Answer {
    let client = doors.engine.find_client(id).await.map_err(|error| permit.refuse(error))?;
    let whole = merged(render_client_metadata(&client.metadata), patch.metadata());
    replace(&doors, &permit, &client, &whole).await
}

/// Give a client other metadata, whole: what is left out is what it is unless named.
#[utoipa::path(
    put, path = "/v1/clients/{id}", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    request_body = ClientFields,
    responses((status = 200, description = "The client as it is now.", body = ClientObject)),
)]
pub(crate) async fn replace_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
    Sent(fields): Sent<ClientFields>,
) -> Answer {
    let client = doors.engine.find_client(id).await.map_err(|error| permit.refuse(error))?;
    replace(&doors, &permit, &client, &merged(Map::new(), fields.metadata())).await
}

async fn replace(
    doors: &Doors,
    permit: &Permit<ClientsWrite>,
    before: &Client,
    whole: &Map<String, Value>,
) -> Answer {
    let refuse = |error: ClientError| permit.refuse(error);
    let found = doors.engine.find_api(&before.api.to_string());
    let found = found.ok_or_else(|| refuse(ClientError::UnknownApi))?;
    let metadata = read_client_metadata(whole, &found.policy.tokens);
    let metadata = metadata.map_err(ClientError::Metadata).map_err(refuse)?;
    let client = doors.engine.update_client(&permit.actor(), before.id, metadata).await.map_err(refuse)?;
    answer(doors, permit, &client)
}

/// The members with a change laid over them (RFC 7396, one level deep).
fn merged(mut members: Map<String, Value>, change: Map<String, Value>) -> Map<String, Value> {
    // A client has its keys in one place; naming the other moves them.
    for (one, other) in [("jwks", "jwks_uri"), ("jwks_uri", "jwks")] {
        if change.get(one).is_some_and(|value| !value.is_null()) && !change.contains_key(other) {
            members.remove(other);
        }
    }
    for (name, value) in change {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_change_keeps_sets_and_clears() {
        let members = object(json!({"client_name": "Ledger", "scope": "read", "contacts": ["a@b.example"]}));
        let change = object(json!({"scope": null, "contacts": [], "logo_uri": "https://a.example/l.svg"}));
        let expected =
            json!({"client_name": "Ledger", "contacts": [], "logo_uri": "https://a.example/l.svg"});
        assert_eq!(Value::Object(merged(members, change)), expected);
    }

    #[test]
    fn keys_move_to_where_they_are_said_to_be() {
        let members = object(json!({"jwks": {"keys": []}}));
        let moved = merged(members, object(json!({"jwks_uri": "https://a.example/jwks.json"})));
        assert_eq!(Value::Object(moved), json!({"jwks_uri": "https://a.example/jwks.json"}));
    }
}
