//! What a contract decides of tokens in general.

use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::client::{ClientAuthentication, GrantType};
use crate::scope::ScopeSet;
use crate::token::{AccessToken, RefreshToken};

/// Who must use PKCE (RFC 7636). It is accepted always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pkce {
    /// Every client.
    #[default]
    Always,
    /// Clients without a secret.
    PublicClients,
}

/// A browser session at an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken {
    /// The cookie, always HttpOnly, Secure and SameSite=Lax.
    pub cookie: String,
    /// How long it lives.
    pub lifetime: Duration,
    /// Whether use prolongs it.
    pub sliding: bool,
}

/// What a client's assertion must be (RFC 7523).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionRules {
    /// The accepted signature algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The oldest `iat`.
    pub max_age: Duration,
    /// Whether `aud` may be the endpoint's own address, beside the issuer.
    pub endpoint_audience: bool,
    /// Whether the header must name its key.
    pub key_id_required: bool,
}

/// What a contract says of tokens in general.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPolicy {
    /// What people call the API, for mail to its users; empty for its name.
    pub title: String,
    /// The scopes of a request that names none.
    pub default_scopes: ScopeSet,
    /// Who must use PKCE.
    pub pkce: Pkce,
    /// Whether anyone may register a client (RFC 7591).
    pub open_registration: bool,
    /// Whether anyone may make an account.
    pub open_sign_up: bool,
    /// Whether users sign in and consent at this API: it has an authorization endpoint.
    pub has_users: bool,
    /// Whether users trade their password for a token or session of their own at one of its endpoints.
    pub takes_passwords: bool,
    /// The OAuth grants that its endpoints take.
    pub grant_types: Vec<GrantType>,
    /// How clients may prove themselves at them.
    pub client_authentication: Vec<ClientAuthentication>,
    /// Resources that tokens may be asked for (RFC 8707) beside the API itself, which is named by its issuer.
    pub resources: Vec<String>,
    /// The longest life of any access token, those of endpoints included: so long a retired key is still needed.
    pub longest_access: Duration,
    /// Access tokens, unless an endpoint has its own.
    pub access: Option<AccessToken>,
    /// Refresh tokens, unless an endpoint has its own.
    pub refresh: Option<RefreshToken>,
    /// Browser sessions.
    pub session: Option<SessionToken>,
}

impl TokenPolicy {
    /// Whether the API has users at all.
    pub const fn has_accounts(&self) -> bool {
        self.has_users || self.takes_passwords
    }
}
