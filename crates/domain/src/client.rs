//! OAuth clients: applications that act for users, or for themselves.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::algorithm::Algorithm;
use crate::environment::Environment;
use crate::id::{ApiId, ClientId, ClientSecretId, WorkspaceId};
use crate::redirect::RedirectUri;
use crate::scope::ScopeSet;
use crate::text::Label;
use crate::time::Timestamp;

/// How a client proves itself at endpoints that ask it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientAuthentication {
    /// HTTP Basic (RFC 6749 section 2.3.1).
    SecretBasic,
    /// Id and secret in the body.
    SecretPost,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
    /// Nothing: a public client.
    None,
}

impl ClientAuthentication {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::SecretBasic, Self::SecretPost, Self::PrivateKeyJwt, Self::None];

    /// The registered name (RFC 7591 section 2, OpenID Connect Core section 9).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// The method of this registered name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Whether it is accepted where these are. A secret in HTTP Basic is wherever any secret is, as RFC 6749 section
    /// 2.3.1 wants it.
    pub fn is_among(self, offered: &[Self]) -> bool {
        offered.contains(&self) || self == Self::SecretBasic && offered.iter().any(|other| other.has_secret())
    }

    /// Whether a client that uses it has a secret with us.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

/// A way to get a token (RFC 6749 section 1.3 and its extensions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GrantType {
    /// A code that a user's consent gave (RFC 6749 section 4.1).
    AuthorizationCode,
    /// The client for itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// A refresh token (RFC 6749 section 6).
    RefreshToken,
    /// A code that a user typed elsewhere (RFC 8628).
    DeviceCode,
    /// One token for another (RFC 8693).
    TokenExchange,
}

impl GrantType {
    /// Every grant type.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::ClientCredentials,
        Self::RefreshToken,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// The registered name, as in `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant type of this registered name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// What kind of program a client is (OpenID Connect Dynamic Registration section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// On a web server, or in a browser.
    #[default]
    Web,
    /// On a person's device: loopback redirects and private schemes.
    Native,
}

impl ApplicationType {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

/// What users are called in a client's ID tokens (OpenID Connect Core section 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same for every client.
    #[default]
    Public,
    /// Another name for each host of redirect URIs.
    Pairwise,
}

impl SubjectType {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise => "pairwise",
        }
    }
}

/// Where a client's public keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKeys {
    /// Here, as a JWK set in JSON (RFC 7517), checked when it was registered.
    Inline(String),
    /// At this `https` address.
    Address(String),
}

/// What people are told of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientPresentation {
    /// What it is for, in a sentence or two; at most 500 characters.
    pub description: Option<String>,
    /// An `https` address of a picture.
    pub logo_uri: Option<String>,
    /// Its own page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// E-mail addresses of those who look after it.
    pub contacts: Vec<String>,
}

/// What a client may ask for, and how its tokens are made. Serialized as it is stored; on the wire it has the names of
/// RFC 7591.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What people call it.
    pub name: Label,
    /// What people are told of it.
    #[serde(default)]
    pub presentation: ClientPresentation,
    /// Web or native.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Its public keys; some wherever it proves itself by [`ClientAuthentication::PrivateKeyJwt`].
    #[serde(default)]
    pub keys: Option<ClientKeys>,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// Where users may be sent back to. Compared byte for byte, but for the port of a loopback address.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after signing out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// The API's scopes it may ask for; none for every scope that does not imply all others.
    #[serde(default)]
    pub scopes: Option<ScopeSet>,
    /// How its ID tokens are signed.
    pub id_token_algorithm: Algorithm,
    /// What users are called in them.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// The oldest sign-in that its users may come with.
    #[serde(default)]
    pub default_max_age: Option<Duration>,
    /// Whether authorization requests must be pushed first (RFC 9126).
    #[serde(default)]
    pub requires_pushed_requests: bool,
    /// Whether its tokens must be bound to a key (RFC 9449).
    #[serde(default)]
    pub requires_dpop: bool,
    /// A life of its access tokens that is shorter than the contract's.
    #[serde(default)]
    pub access_lifetime: Option<Duration>,
}

/// Types that are a registered name on every wire, and in the database.
macro_rules! by_name {
    ($($name:ident, $what:literal;)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(concat!("no ", $what)))
            }
        }
    )*};
}

by_name! {
    ClientAuthentication, "way for a client to prove itself";
    GrantType, "grant type";
    Algorithm, "signature algorithm";
}

/// How a client came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientOrigin {
    /// Someone with permission made it.
    Managed,
    /// It registered itself (RFC 7591) and nobody has looked at it.
    Open,
}

impl ClientOrigin {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Open => "open",
        }
    }

    /// The origin of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Managed, Self::Open].into_iter().find(|origin| origin.as_str() == name)
    }
}

/// One secret of a client; a rotation adds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// Its id.
    pub id: ClientSecretId,
    /// The keyed hash of its text.
    pub lookup: [u8; 32],
    /// The end of its text, which may be shown for ever.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub retires_at: Option<Timestamp>,
}

impl ClientSecret {
    /// Whether it still works.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }
}

/// An OAuth client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, which is its `client_id`.
    pub id: ClientId,
    /// The API whose tokens it gets.
    pub api: ApiId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The world its tokens belong to.
    pub environment: Environment,
    /// What it may ask for.
    pub metadata: ClientMetadata,
    /// How it came to be.
    pub origin: ClientOrigin,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it last got a token, to within an hour.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

impl Client {
    /// Whether it can keep nothing secret (RFC 6749 section 2.1).
    pub const fn is_public(&self) -> bool {
        matches!(self.metadata.authentication, ClientAuthentication::None)
    }

    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
