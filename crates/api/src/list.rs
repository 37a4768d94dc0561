//! Lists: bounded pages, opaque cursors, strict query parameters.

use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use claviger_domain::{
    AccessRequestId, AccountId, ClientId, FamilyId, FindingId, GrantId, KeyId, OperatorTokenId, PageRequest,
    WebhookId, WebhookMessageId, WorkspaceId,
};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::call::CallContext;
use crate::problem::{Code, Place, Problem, Refusal};

/// One page of a list, newest first. A request looks at so many rows and no more: where few of them are asked for, a
/// page may be short, and even empty, and not the last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The objects.
    pub(crate) data: Vec<T>,
    /// What to send as `cursor` for the next page; null when this is the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of rows with ids of the type `I`, and where the next one starts.
    pub(crate) fn of<I: RowId>(data: Vec<T>, next: Option<Uuid>) -> Self {
        Self { data, next_cursor: next.map(|id| encode_cursor(&I::from_uuid(id))) }
    }

    /// A list that fits on one page.
    pub(crate) const fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None }
    }
}

/// The id of a row that lists show.
pub(crate) trait RowId: FromStr + Display {
    /// The id with this UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID inside.
    fn uuid(self) -> Uuid;
}

macro_rules! row_ids {
    ($($name:ident),*) => {$(
        impl RowId for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self::from_uuid(uuid)
            }

            fn uuid(self) -> Uuid {
                self.uuid()
            }
        }
    )*};
}

row_ids!(
    AccessRequestId,
    KeyId,
    WorkspaceId,
    OperatorTokenId,
    ClientId,
    AccountId,
    GrantId,
    FamilyId,
    FindingId,
    WebhookId,
    WebhookMessageId
);

/// Opaque to callers, so that what it holds can change; typed, so that one list's cursor is no good for another.
fn encode_cursor(id: &impl Display) -> String {
    BASE64URL_NOPAD.encode(id.to_string().as_bytes())
}

fn decode_cursor<I: RowId>(text: &str) -> Option<I> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}

/// The place a page starts at: the last row of the page before, an id of the type `I`.
#[derive(Debug)]
pub(crate) struct Cursor<I> {
    before: Uuid,
    row: PhantomData<fn() -> I>,
}

impl<'de, I: RowId> Deserialize<'de> for Cursor<I> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let id: I = decode_cursor(&text).ok_or_else(|| D::Error::custom("not a cursor of this list"))?;
        Ok(Self { before: id.uuid(), row: PhantomData })
    }
}

/// How many rows a page may have: 1 to 200.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimit(u16);

impl Default for PageLimit {
    fn default() -> Self {
        Self(PageRequest::DEFAULT_LIMIT)
    }
}

impl PageLimit {
    /// The number.
    pub(crate) const fn rows(self) -> u16 {
        self.0
    }
}

impl<'de> Deserialize<'de> for PageLimit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let max = PageRequest::MAX_LIMIT;
        match u16::deserialize(deserializer) {
            Ok(limit) if (1..=max).contains(&limit) => Ok(Self(limit)),
            _ => Err(D::Error::custom(format_args!("expected a number from 1 to {max}"))),
        }
    }
}

/// The page that `cursor` and `limit` ask for.
pub(crate) fn page<I>(cursor: Option<Cursor<I>>, limit: PageLimit) -> PageRequest {
    PageRequest { before: cursor.map(|cursor| cursor.before), limit: limit.0 }
}

/// The query parameters of a list that has no filters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "I: RowId")]
pub(crate) struct Paging<I> {
    #[serde(default)]
    cursor: Option<Cursor<I>>,
    #[serde(default)]
    limit: PageLimit,
}

impl<I> Paging<I> {
    /// The page asked for.
    pub(crate) fn request(self) -> PageRequest {
        page(self.cursor, self.limit)
    }
}

/// Query parameters; unknown ones, and any twice, are refused.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(CallContext::of(&parts.extensions).refuse(problem(&rejection))),
        }
    }
}

fn problem(rejection: &QueryRejection) -> Problem {
    // "Failed to deserialize query string: <parameter>: <what is wrong>"; the first part says nothing new.
    let said =
        std::error::Error::source(rejection).map_or_else(|| rejection.to_string(), ToString::to_string);
    match said.split_once(": ") {
        Some((name, detail)) if !name.contains(' ') => {
            Problem::new(Code::InvalidParameter, detail.to_owned())
                .at(Place::Parameter(name.to_owned().into()))
        }
        _ => Problem::new(Code::InvalidParameter, said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type KeyPaging = Paging<KeyId>;

    fn parse(query: &str) -> Result<PageRequest, Problem> {
        let uri = format!("/v1/keys?{query}").parse().unwrap();
        Query::<KeyPaging>::try_from_uri(&uri).map(|Query(p)| p.request()).map_err(|r| problem(&r))
    }

    #[test]
    fn a_cursor_round_trips() {
        let id = KeyId::from_uuid(Uuid::from_u128(77));
        let request = parse(&format!("cursor={}&limit=200", encode_cursor(&id))).unwrap();
        assert_eq!(request, PageRequest { before: Some(id.uuid()), limit: 200 });
        assert_eq!(parse("").unwrap(), PageRequest { before: None, limit: PageRequest::DEFAULT_LIMIT });
    }

    #[test]
    fn another_lists_cursor_is_refused() {
        let foreign = encode_cursor(&WorkspaceId::from_uuid(Uuid::from_u128(77)));
        for bad in [foreign.as_str(), "", "%20", "AAAA", "key_1"] {
            let problem = parse(&format!("cursor={bad}")).unwrap_err();
            assert_eq!(
                problem.first_error(),
                json!({"parameter": "cursor", "detail": "not a cursor of this list"}),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_limit_is_bounded() {
        for bad in ["0", "201", "-1", "x", "99999999", ""] {
            let problem = parse(&format!("limit={bad}")).unwrap_err();
            assert_eq!(
                problem.first_error(),
                json!({"parameter": "limit", "detail": "expected a number from 1 to 200"})
            );
        }
    }

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        for bad in ["offset=3", "limit=1&limit=2"] {
            assert_eq!(parse(bad).unwrap_err().code(), Code::InvalidParameter, "{bad}");
        }
    }
}
