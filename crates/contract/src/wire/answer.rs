//! Routes that we answer ourselves, from what is known of the caller.

use std::borrow::Cow;

use bytes::Bytes;
use claviger_domain::Principal;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

use super::template::{Body, Value, Values, Word};

/// What an answer can say of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerWord {
    /// The user, else the client, else the workspace.
    Subject,
    User,
    Client,
    Workspace,
    Credential,
    Kind,
    Environment,
    /// The scopes as one text.
    Scope,
    /// The scopes as a list.
    Scopes,
    ExpiresAt,
    RequestId,
}

impl Word for AnswerWord {
    const ALL: &'static [(&'static str, Self)] = &[
        ("subject", Self::Subject),
        ("user", Self::User),
        ("client", Self::Client),
        ("workspace", Self::Workspace),
        ("credential", Self::Credential),
        ("kind", Self::Kind),
        ("environment", Self::Environment),
        ("scope", Self::Scope),
        ("scopes", Self::Scopes),
        ("expires_at", Self::ExpiresAt),
        ("request_id", Self::RequestId),
    ];
}

/// An answer of our own. Get one from a route that has `respond`.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    pub(crate) body: Body<AnswerWord>,
}

struct Caller<'p> {
    principal: &'p Principal,
    request_id: &'p str,
}

impl Values<AnswerWord> for Caller<'_> {
    fn value(&self, word: AnswerWord) -> Value<'_> {
        let p = self.principal;
        match word {
            AnswerWord::Subject => match p.subject.as_deref().or(p.client.as_deref()) {
                Some(subject) => Value::text(subject),
                None => Value::text(p.workspace.to_string()),
            },
            AnswerWord::User => Value::optional(p.subject.as_deref()),
            AnswerWord::Client => Value::optional(p.client.as_deref()),
            AnswerWord::Workspace => Value::text(p.workspace.to_string()),
            AnswerWord::Credential => Value::text(p.credential.as_ref()),
            AnswerWord::Kind => Value::text(p.kind.as_str()),
            AnswerWord::Environment => Value::text(p.environment.as_str()),
            AnswerWord::Scope => Value::text(p.scopes.to_string()),
            AnswerWord::Scopes => Value::List(p.scopes.iter().map(|s| Cow::Borrowed(s.as_str())).collect()),
            AnswerWord::ExpiresAt => Value::optional(p.expires_at.map(|at| at.to_string())),
            AnswerWord::RequestId => Value::text(self.request_id),
        }
    }
}

impl Answer {
    pub(crate) fn respond(&self, principal: &Principal, request_id: &str) -> Response<Bytes> {
        let body = self.body.render(&Caller { principal, request_id });
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        // It speaks of one caller and must not be given to another.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
