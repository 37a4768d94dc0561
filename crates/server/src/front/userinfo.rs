//! A contract's own route that is the userinfo endpoint too: whatever it says of any credential, and the claims of the
//! user where a token has one.

use bytes::Bytes;
use claviger_api::{EndpointCall, OAuthEndpoints};
use claviger_contract::Fault;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Map, Value};

use super::body::{FrontBody, own};

/// The largest answer of our own that is read again.
const MAX_BYTES: usize = 64 * 1024;

/// What the gateway is to say of the credential, with the claims of the user who stands behind it.
pub(super) async fn serve(
    said: impl Future<Output = Response<FrontBody>> + Send,
    endpoints: &OAuthEndpoints,
    call: EndpointCall<'_>,
    head: Parts,
) -> Response<FrontBody> {
    let response = said.await;
    if response.status() != StatusCode::OK {
        return response;
    }
    // Whether the credential works at all, the gateway has said.
    let Some(claims) = endpoints.claims(call, &head).await else { return response };
    let (mut head, body) = response.into_parts();
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => {
            head.headers.remove(CONTENT_LENGTH);
            own(Response::from_parts(head, with_claims(body.to_bytes(), claims)))
        }
        Err(_) => own(call.installed.contract.fault(Fault::Internal, call.request_id)),
    }
}

/// A JSON object with these members, which win: `sub` is what the client knows the user by.
fn with_claims(body: Bytes, claims: Map<String, Value>) -> Bytes {
    match serde_json::from_slice::<Map<String, Value>>(&body) {
        Ok(mut members) => {
            members.extend(claims);
            Bytes::from(Value::Object(members).to_string())
        }
        // The contract's answer is no object, so there is nowhere to put them.
        Err(_) => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_users_claims_stand_beside_what_is_said_of_any_credential() {
        let said = Bytes::from_static(br#"{"sub":"wsp_1","type":"token"}"#);
        let claims = json!({"sub": "acc_1", "email": "a@b.test"});
        let merged = with_claims(said, claims.as_object().unwrap().clone());
        let merged: Value = serde_json::from_slice(&merged).unwrap();
        assert_eq!(merged, json!({"sub": "acc_1", "type": "token", "email": "a@b.test"}));
        assert_eq!(with_claims(Bytes::from_static(b"text"), Map::new()), "text");
    }
}
