//! Token endpoints: what a contract says of the places where credentials are bought, shown and ended.

mod grant;
mod refusal;
mod reply;
pub(crate) mod request;
mod spelling;

use claviger_domain::{AssertionRules, ClientAuthentication, Terms};
use http::Method;

use crate::field::FieldPath;
use crate::pattern::PathPattern;

pub use grant::{Grant, GrantKind, Param};
pub(crate) use refusal::ErrorStyle;
pub use refusal::{ExchangeCause, ExchangeRefusal, StandardRefusal, Summons};
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
    /// Authorization requests are left here beforehand (RFC 9126).
    Push,
    /// A device begins (RFC 8628 section 3.1).
    Device,
    /// The claims of a token's user (OpenID Connect Core section 5.3).
    Userinfo,
    /// The JWK set (RFC 7517 section 5).
    Jwks,
    /// Clients register themselves (RFC 7591).
    Register,
    /// A client manages its registration (RFC 7592); the last path segment names it.
    Registration,
    /// The page where a client sends users to sign out (OpenID Connect RP-Initiated Logout 1.0).
    SignOutPage,
    /// Metadata of the authorization server (RFC 8414).
    ServerMetadata,
    /// The same for OpenID Connect (OpenID Connect Discovery 1.0 section 4).
    OpenIdMetadata,
    /// Metadata of the API as a protected resource (RFC 9728).
    ResourceMetadata,
}

const READING: &[Method] = &[Method::GET, Method::HEAD];
const EITHER: &[Method] = &[Method::GET, Method::POST];
const MANAGING: &[Method] = &[Method::GET, Method::PUT, Method::DELETE];

impl Purpose {
    /// Whether OAuth and OpenID Connect know such an endpoint, so that its path is the endpoint's whatever the method.
    pub const fn is_standard(self) -> bool {
        !matches!(
            self,
            Self::Login
                | Self::Refresh
                | Self::Logout
                | Self::ListSessions
                | Self::EndSession
                | Self::SignIn
                | Self::SignOut
        )
    }

    /// The methods that the standards have for it; none where the contract chooses one.
    const fn methods(self) -> Option<&'static [Method]> {
        match self {
            Self::Authorize | Self::Userinfo | Self::SignOutPage => Some(EITHER),
            Self::Jwks | Self::ServerMetadata | Self::OpenIdMetadata | Self::ResourceMetadata => {
                Some(READING)
            }
            Self::Registration => Some(MANAGING),
            _ => None,
        }
    }

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
    /// Which tokens it issues, and how; none where it issues none.
    pub terms: Option<Terms>,
    /// What it answers; none for the answer of the standard it follows.
    pub reply: Option<Reply>,
    pub(crate) fields: Vec<(Param, FieldPath)>,
    pub(crate) errors: ErrorStyle,
}

impl TokenEndpoint {
    /// The methods it takes.
    pub fn methods(&self) -> &[Method] {
        self.purpose.methods().unwrap_or_else(|| std::slice::from_ref(&self.method))
    }

    /// Its path, where one can be written down without a request: the first without parameters.
    pub fn address(&self) -> Option<&str> {
        self.paths.iter().find(|path| path.is_fixed()).map(PathPattern::as_str)
    }

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
