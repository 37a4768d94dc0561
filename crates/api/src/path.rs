//! Ids and names in paths. One that cannot be read names nothing: 404.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use claviger_domain::{AccountId, ChargeId, CollectionName, InvitationId, SessionId, WebhookMessageId};
use http::request::Parts;

use crate::call::CallContext;
use crate::problem::{Code, Problem, Refusal};

/// The `{id}` of a path.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for PathId<T>
where
    T: FromStr<Err: Display>,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "id").await.map(Self)
    }
}

/// The `{collection}` of a path.
#[derive(Debug)]
pub(crate) struct PathCollection(pub(crate) CollectionName);

impl<S: Send + Sync> FromRequestParts<S> for PathCollection {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "collection").await.map(Self)
    }
}

/// The `{session}` of a path.
#[derive(Debug)]
pub(crate) struct PathSession(pub(crate) SessionId);

impl<S: Send + Sync> FromRequestParts<S> for PathSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "session").await.map(Self)
    }
}

/// The `{member}` of a path.
#[derive(Debug)]
pub(crate) struct PathMember(pub(crate) AccountId);

impl<S: Send + Sync> FromRequestParts<S> for PathMember {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "member").await.map(Self)
    }
}

/// The `{invitation}` of a path.
#[derive(Debug)]
pub(crate) struct PathInvitation(pub(crate) InvitationId);

impl<S: Send + Sync> FromRequestParts<S> for PathInvitation {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "invitation").await.map(Self)
    }
}

/// The `{message}` of a path.
#[derive(Debug)]
pub(crate) struct PathMessage(pub(crate) WebhookMessageId);

impl<S: Send + Sync> FromRequestParts<S> for PathMessage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "message").await.map(Self)
    }
}

/// The `{charge}` of a path, percent-decoded.
#[derive(Debug)]
pub(crate) struct PathCharge(pub(crate) ChargeId);

impl<S: Send + Sync> FromRequestParts<S> for PathCharge {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "charge").await.map(Self)
    }
}

/// The `{value}` of a path, percent-decoded.
#[derive(Debug)]
pub(crate) struct PathValue(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathValue {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        read(parts, state, "value").await.map(Self)
    }
}

async fn read<T, S>(parts: &mut Parts, state: &S, wanted: &str) -> Result<T, Refusal>
where
    T: FromStr<Err: Display>,
    S: Send + Sync,
{
    let context = CallContext::of(&parts.extensions);
    let refuse = |detail: String| context.refuse(Problem::new(Code::NotFound, detail));
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| refuse("the path is not valid UTF-8 once decoded".to_owned()))?;
    let text = params.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value).unwrap_or_default();
    text.parse().map_err(|error: T::Err| refuse(format!("`{wanted}` in the path: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use claviger_domain::KeyId;
    use http::Request;
    use tower::ServiceExt as _;

    async fn answer(PathId(id): PathId<KeyId>, PathValue(value): PathValue) -> String {
        format!("{id} {value}")
    }

    async fn status(path: &str) -> u16 {
        let router = Router::new().route("/{id}/{value}", get(answer));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn an_unreadable_id_names_nothing() {
        assert_eq!(status("/key_00000000000000000000000000/a%20b").await, 200);
        for bad in
            ["/wsp_00000000000000000000000000/x", "/key_1/x", "/%ff/x", "/key_00000000000000000000000000/%ff"]
        {
            assert_eq!(status(bad).await, 404, "{bad}");
        }
    }
}
