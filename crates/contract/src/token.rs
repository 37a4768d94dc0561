//! Token endpoints: what a contract says of the places where credentials are bought, shown and ended.

mod grant;
mod refusal;
mod reply;
pub(crate) mod request;

use claviger_domain::{AccessToken, AssertionRules, ClientAuthentication, RefreshToken, Reuse};
use http::Method;

use crate::field::FieldPath;
use crate::pattern::PathPattern;

pub use grant::{Grant, GrantKind, Param};
pub(crate) use refusal::ErrorStyle;
pub use refusal::{ExchangeCause, ExchangeRefusal};
pub(crate) use reply::TokenWord;
pub use reply::{Issued, Reply, TimeFormat};
pub use request::{TokenRequest, TokenRequestError};

/// What an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The OAuth token endpoint (RFC 6749 section 3.2): the grant stands in `grant_type`.
    Token,
    /// A credential is exchanged for a token: the fields that are there say which.
    Login,
    /// A token is renewed outside OAuth.
    Refresh,
    /// A token is ended; an unknown one gives the same answer (RFC 7009 section 2.2).
    Logout,
    /// The sessions of the calling credential are listed.
    ListSessions,
    /// One session of the calling credential is ended; the last path segment names it.
    EndSession,
    /// A person signs in to a browser session.
    SignIn,
    /// A browser session is ended.
    SignOut,
    /// The OAuth authorization endpoint (RFC 6749 section 3.1).
    Authorize,
    /// Token revocation (RFC 7009).
    Revoke,
    /// Token introspection (RFC 7662).
    Introspect,
}

impl Purpose {
    /// Whether something is issued there, so that grants and an access token have to be described.
    pub const fn issues(self) -> bool {
        matches!(self, Self::Token | Self::Login | Self::Refresh | Self::SignIn)
    }
}

/// A body's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// A token endpoint. Obtained from a contract and read-only there.
#[derive(Clone, Debug)]
pub struct TokenEndpoint {
    /// Where it is; every path answers alike.
    pub paths: Vec<PathPattern>,
    /// Its method.
    pub method: Method,
    /// What it is for.
    pub purpose: Purpose,
    /// The encodings it reads.
    pub encodings: Vec<Encoding>,
    /// Whether fields that it does not know are refused instead of ignored.
    pub refuses_unknown_fields: bool,
    /// What can be traded in.
    pub grants: Vec<Grant>,
    /// How clients prove themselves.
    pub clients: Vec<ClientAuthentication>,
    /// What their assertions must be.
    pub assertion: Option<AssertionRules>,
    /// What it issues.
    pub issues: Issues,
    /// What it answers; none for the answer of the standard it follows.
    pub reply: Option<Reply>,
    pub(crate) fields: Vec<(Param, FieldPath)>,
    pub(crate) errors: ErrorStyle,
}

/// What an endpoint issues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issues {
    /// The access token; some wherever [`Purpose::issues`].
    pub access: Option<AccessToken>,
    /// The refresh token that comes with it, where one does.
    pub refresh: Option<RefreshToken>,
    /// When the same token is given again.
    pub reuse: Reuse,
    /// The most sessions one credential may hold at once.
    pub max_sessions: Option<u32>,
}

impl TokenEndpoint {
    /// The grant of this kind.
    pub fn grant(&self, kind: GrantKind) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.kind == kind)
    }

    /// What a field is called on the wire: as the grant says, else the endpoint, else the standard.
    pub fn field_name(&self, grant: Option<GrantKind>, param: Param) -> &str {
        let of_grant =
            grant.and_then(|kind| self.grant(kind)).map(|g| g.fields.as_slice()).unwrap_or_default();
        let mut all = of_grant.iter().chain(&self.fields);
        all.find(|(known, _)| *known == param).map_or(param.default_name(), |(_, path)| path.as_str())
    }

    /// What the last segment of a path names, its escapes undone: the session that is to be ended.
    pub fn named_in(path: &str) -> Option<String> {
        let path = path.strip_suffix('/').unwrap_or(path);
        request::unescape(path.rsplit('/').next()?)
    }

    /// Whether its errors are those of RFC 6749 section 5.2.
    pub const fn has_oauth_errors(&self) -> bool {
        matches!(self.errors, ErrorStyle::OAuth)
    }
}
