//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).

use bytes::Bytes;
use claviger_contract::{Purpose, TokenEndpoint};
use claviger_domain::{ClientId, ClientMetadata};
use claviger_engine::{OAuthError, RegisteredClient};
use claviger_oauth::{ErrorCode, Refusal, read_client_metadata, render_client};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value};

use super::answer::{Refused, json};
use super::bearer::{self, SentToken};
use super::{Asked, OAuthEndpoints, SentBody, request};

impl OAuthEndpoints {
    pub(super) async fn register(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let initial = bearer::find(asked, None)?;
        let members = request::object(asked, body).await?;
        let metadata = metadata(asked, &members)?;
        let initial_access = initial.as_ref().map(|token| token.text.as_str());
        let registered = self.engine.register_client(&asked.caller(), initial_access, metadata).await;
        let registered = registered.map_err(|error| of_token(error, initial.as_ref()))?;
        Ok(json(asked, StatusCode::CREATED, &shown(asked, &registered)))
    }

    pub(super) async fn manage_registration(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let token = bearer::find(asked, None)?.ok_or_else(bearer::missing)?;
        let of_token = |error| of_token(error, Some(&token));
        // A client that is not there and a token that is not its own look alike (RFC 7592 section 2.1).
        let unknown = || Refusal::new(ErrorCode::InvalidToken, "the registration token is not valid").into();
        let id = TokenEndpoint::named_in(asked.head.uri.path()).and_then(|id| id.parse::<ClientId>().ok());
        let id = id.ok_or_else(|| of_token(unknown()))?;
        let caller = asked.caller();
        let registered = if asked.head.method == Method::DELETE {
            self.engine.delete_registration(&caller, id, &token.text).await.map_err(of_token)?;
            return Ok(deleted(asked));
        } else if asked.head.method == Method::PUT {
            let members = request::object(asked, body).await?;
            check_update(&members, id)?;
            let metadata = metadata(asked, &members)?;
            self.engine.update_registration(&caller, id, &token.text, metadata).await
        } else {
            self.engine.find_registration(&caller, id, &token.text).await
        };
        Ok(json(asked, StatusCode::OK, &shown(asked, &registered.map_err(of_token)?)))
    }
}

fn metadata(asked: &Asked<'_>, members: &Map<String, Value>) -> Result<ClientMetadata, Refusal> {
    read_client_metadata(members, asked.contract().tokens())
}

/// RFC 7592 section 2.2: the client says who it is, and does not choose its secret.
fn check_update(members: &Map<String, Value>, id: ClientId) -> Result<(), Refusal> {
    let bad = |detail| Refusal::new(ErrorCode::InvalidClientMetadata, detail);
    if members.get("client_id").and_then(Value::as_str) != Some(&id.to_string()) {
        return Err(bad("`client_id` must be the client's own"));
    }
    let ours = ["registration_access_token", "registration_client_uri", "client_secret_expires_at"];
    if ours.iter().any(|name| members.contains_key(*name)) {
        return Err(bad("what only the server can say is sent back"));
    }
    Ok(())
}

/// RFC 7591 section 3.2.1.
fn shown(asked: &Asked<'_>, registered: &RegisteredClient) -> Map<String, Value> {
    let RegisteredClient { client, secret, registration_token } = registered;
    let mut members = render_client(client);
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    if let Some(secret) = secret {
        add("client_secret", secret.expose().into());
    }
    if client.metadata.authentication.has_secret() {
        // It does not end by itself.
        add("client_secret_expires_at", 0.into());
    }
    if let Some(token) = registration_token {
        add("registration_access_token", token.expose().into());
    }
    if let Some(address) = asked.contract().address_for(Purpose::Register) {
        add("registration_client_uri", format!("{address}/{}", client.id).into());
    }
    members
}

fn deleted(asked: &Asked<'_>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    asked.contract().write_request_id(asked.call.request_id, headers);
    response
}

fn of_token(error: OAuthError, token: Option<&SentToken>) -> Refused {
    Refused::Token { error, scheme: token.map(|token| token.scheme) }
}
