//! Token endpoints: what a contract says of the places where credentials are bought, shown and ended.

use std::time::Duration;

use claviger_domain::Timestamp;
use http::{Method, StatusCode};

use crate::wire::cause::Cause;
use crate::wire::refusal::Refusal;
use crate::wire::router::PathPattern;
use crate::wire::rules::FieldPath;
use crate::wire::template::{Node, Value, Values, Word};

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

/// What is traded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// RFC 6749 section 4.1, with PKCE (RFC 7636).
    AuthorizationCode,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 8628.
    DeviceCode,
    /// RFC 8693.
    TokenExchange,
    /// A key that is a credential by itself.
    ApiKey,
    /// A key and its secret.
    KeyPair,
    /// A person's or machine's name and password.
    Password,
    /// A key, without its secret, and a refresh token bought with it.
    KeyRefresh,
}

impl GrantKind {
    /// The fields without which a request is not this grant.
    pub const fn required(self) -> &'static [Param] {
        match self {
            Self::AuthorizationCode => &[Param::Code],
            Self::ClientCredentials => &[Param::ClientId],
            Self::RefreshToken => &[Param::RefreshToken],
            Self::DeviceCode => &[Param::DeviceCode],
            Self::TokenExchange => &[Param::SubjectToken, Param::SubjectTokenType],
            Self::ApiKey => &[Param::Key],
            Self::KeyPair => &[Param::Key, Param::Secret],
            Self::Password => &[Param::Username, Param::Password],
            Self::KeyRefresh => &[Param::Key, Param::RefreshToken],
        }
    }
}

macro_rules! params {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// A field of a request, by its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Param {
            $(#[doc = $doc] $variant,)*
        }

        impl Param {
            /// Every field with the name it has unless the contract gives it another.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),*];

            /// The name it has unless the contract gives it another.
            pub const fn default_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

params! {
    GrantType = "grant_type", "Which grant is asked for.";
    ClientId = "client_id", "The client.";
    ClientSecret = "client_secret", "Its secret.";
    ClientAssertion = "client_assertion", "Its signed assertion (RFC 7523).";
    ClientAssertionType = "client_assertion_type", "What kind of assertion that is.";
    Code = "code", "An authorization code.";
    RedirectUri = "redirect_uri", "Where the code was sent.";
    CodeVerifier = "code_verifier", "The PKCE verifier.";
    RefreshToken = "refresh_token", "A refresh token.";
    DeviceCode = "device_code", "A device code.";
    SubjectToken = "subject_token", "The token traded in (RFC 8693).";
    SubjectTokenType = "subject_token_type", "What kind of token that is.";
    ActorToken = "actor_token", "The token of who acts (RFC 8693).";
    ActorTokenType = "actor_token_type", "What kind of token that is.";
    Scope = "scope", "The scopes asked for.";
    Resource = "resource", "The resource asked for (RFC 8707).";
    Audience = "audience", "The audience asked for (RFC 8693).";
    Key = "key", "A key.";
    Secret = "secret", "The secret of a key pair.";
    Username = "username", "A person's or machine's name.";
    Password = "password", "Its password.";
    Session = "session", "The name of a session.";
    Lifetime = "lifetime", "The life asked for, in seconds.";
    Token = "token", "The token that is meant.";
    TokenTypeHint = "token_type_hint", "What kind of token it may be (RFC 7009).";
}

/// A grant with the names its fields have on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What is traded in.
    pub kind: GrantKind,
    pub(crate) fields: Vec<(Param, FieldPath)>,
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a client's assertion must be.
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

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256. Whoever can check a token can also make one.
    Hs256,
    /// RSA PKCS#1 with SHA-256.
    Rs256,
    /// RSA PKCS#1 with SHA-384.
    Rs384,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// P-256 with SHA-256.
    Es256,
    /// P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// What a token looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// A signed JWT.
    Jwt {
        /// How it is signed.
        algorithm: Algorithm,
        /// Exactly its claims; empty for those of RFC 9068.
        claims: Vec<String>,
    },
    /// A prefix, base62 random characters and a checksum.
    Opaque {
        /// What it starts with.
        prefix: String,
    },
    /// A random UUID.
    Uuid,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// What it looks like.
    pub shape: TokenShape,
    /// How long it lives.
    pub lifetime: Duration,
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it looks like; never a JWT.
    pub shape: TokenShape,
    /// How long its family lives; none for as long as the grant.
    pub lifetime: Option<Duration>,
    /// How long it lives unused; none for as long as its family.
    pub idle: Option<Duration>,
}

/// A browser session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken {
    /// The cookie, always HttpOnly, Secure and SameSite=Lax.
    pub cookie: String,
    /// How long it lives.
    pub lifetime: Duration,
    /// Whether use prolongs it.
    pub sliding: bool,
}

/// When the same token is given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Never.
    #[default]
    Never,
    /// While it is valid, for the same credential, session and scopes.
    Session,
}

/// Who must use PKCE (RFC 7636). It is accepted always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pkce {
    /// Every client.
    #[default]
    Always,
    /// Clients without a secret.
    PublicClients,
}

/// What a contract says of tokens in general.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPolicy {
    /// The scopes of a request that names none.
    pub default_scopes: claviger_domain::ScopeSet,
    /// Who must use PKCE.
    pub pkce: Pkce,
    /// Whether anyone may register a client (RFC 7591).
    pub open_registration: bool,
    /// The path of the userinfo endpoint, which is one of the contract's routes.
    pub userinfo: Option<String>,
    /// Access tokens, unless an endpoint has its own.
    pub access: Option<AccessToken>,
    /// Refresh tokens, unless an endpoint has its own.
    pub refresh: Option<RefreshToken>,
    /// Browser sessions.
    pub session: Option<SessionToken>,
}

/// How an absolute instant is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// `2026-03-05T12:00:00Z`.
    #[default]
    Seconds,
    /// `2026-03-05T12:00:00.000Z`, always with three digits.
    Milliseconds,
    /// Unix seconds.
    Unix,
    /// Unix milliseconds.
    UnixMilliseconds,
}

impl TimeFormat {
    fn write(self, at: Timestamp) -> Value<'static> {
        match self {
            Self::Seconds => Value::text(Timestamp::from_seconds(at.seconds()).to_string()),
            Self::Milliseconds => {
                let whole = Timestamp::from_seconds(at.seconds()).to_string();
                let millis = at.millis().rem_euclid(1_000);
                Value::text(format!("{}.{millis:03}Z", whole.trim_end_matches('Z')))
            }
            Self::Unix => Value::Number(at.seconds()),
            Self::UnixMilliseconds => Value::Number(at.millis()),
        }
    }
}

/// What a reply can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenWord {
    AccessToken,
    RefreshToken,
    IdToken,
    /// Seconds that are left.
    ExpiresIn,
    /// In the reply's time format.
    ExpiresAt,
    IssuedAt,
    Scope,
    Session,
}

impl Word for TokenWord {
    const ALL: &'static [(&'static str, Self)] = &[
        ("access_token", Self::AccessToken),
        ("refresh_token", Self::RefreshToken),
        ("id_token", Self::IdToken),
        ("expires_in", Self::ExpiresIn),
        ("expires_at", Self::ExpiresAt),
        ("issued_at", Self::IssuedAt),
        ("scope", Self::Scope),
        ("session", Self::Session),
    ];
}

/// What was issued, or one session of a list.
#[derive(Clone, Copy, Default)]
pub struct Issued<'i> {
    /// The access token.
    pub access_token: Option<&'i str>,
    /// The refresh token.
    pub refresh_token: Option<&'i str>,
    /// The ID token.
    pub id_token: Option<&'i str>,
    /// When the access token or session ends.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// Its scopes, separated by spaces.
    pub scope: Option<&'i str>,
    /// Its session's name.
    pub session: Option<&'i str>,
}

struct Moment<'i> {
    issued: &'i Issued<'i>,
    now: Timestamp,
    format: TimeFormat,
}

impl Values<TokenWord> for Moment<'_> {
    fn value(&self, word: TokenWord) -> Value<'_> {
        let Self { issued, now, format } = self;
        let at = |instant: Option<Timestamp>| instant.map_or(Value::Absent, |at| format.write(at));
        match word {
            TokenWord::AccessToken => Value::optional(issued.access_token),
            TokenWord::RefreshToken => Value::optional(issued.refresh_token),
            TokenWord::IdToken => Value::optional(issued.id_token),
            TokenWord::ExpiresIn => match issued.expires_at {
                // Rounded down: a caller who plans by it is never late.
                Some(end) => Value::Number(i64::try_from(end.since(*now).as_secs()).unwrap_or(i64::MAX)),
                None => Value::Absent,
            },
            TokenWord::ExpiresAt => at(issued.expires_at),
            TokenWord::IssuedAt => at(issued.issued_at),
            TokenWord::Scope => Value::optional(issued.scope),
            TokenWord::Session => Value::optional(issued.session),
        }
    }
}

/// The answer of an endpoint that succeeded.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Node<TokenWord>>,
    /// The member that holds the list, where the body is one element of it.
    pub(crate) list: Option<String>,
    pub(crate) time: TimeFormat,
}

impl Reply {
    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body as JSON; none when the answer has no body. A list takes all of `issued`, other bodies the first.
    pub fn render(&self, issued: &[Issued<'_>], now: Timestamp) -> Option<String> {
        let body = self.body.as_ref()?;
        let one = |issued: &Issued<'_>| body.render(&Moment { issued, now, format: self.time });
        Some(match &self.list {
            Some(name) => {
                let elements: Vec<String> = issued.iter().map(one).collect();
                let name = serde_json::Value::from(name.as_str());
                format!("{{{name}:[{}]}}", elements.join(","))
            }
            None => one(issued.first().unwrap_or(&Issued::default())),
        })
    }
}

/// How an endpoint says that it failed.
#[derive(Clone, Debug)]
pub(crate) enum ErrorStyle {
    /// RFC 6749 section 5.2.
    OAuth,
    /// The contract's envelope, by the place of a cause in [`ExchangeCause::ALL`].
    Envelope(Vec<Refusal>),
}

/// A login that failed, for whatever reason. What a contract says of refused credentials holds here too, as the
/// groups of the other causes also begin with those of a contract's own.
const LOGIN: &[&str] = &["any", "unauthorized", "login_failed"];

macro_rules! exchange_causes {
    ($($variant:ident = $name:literal, $groups:expr, $status:literal, $message:literal;)*) => {
        /// Why an endpoint refuses; the codes of RFC 6749 section 5.2 and what goes beyond them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ExchangeCause {
            $(#[doc = $message] $variant,)*
        }

        impl ExchangeCause {
            /// The causes as a contract file names them.
            pub(crate) const CAUSES: &'static [Cause] =
                &[$(Cause { name: $name, groups: $groups, status: $status, message: $message }),*];

            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code of RFC 6749 section 5.2, or its like.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

exchange_causes! {
    InvalidRequest = "invalid_request", &["any", "bad_request"], 400, "The request is not understood";
    InvalidClient = "invalid_client", LOGIN, 401, "The client is unknown or did not prove itself";
    InvalidGrant = "invalid_grant", LOGIN, 400, "What was traded in is not valid";
    UnauthorizedClient = "unauthorized_client", &["any", "bad_request"], 400, "The client may not use this grant";
    UnsupportedGrantType = "unsupported_grant_type", &["any", "bad_request"], 400, "There is no such grant here";
    InvalidScope = "invalid_scope", &["any", "bad_request"], 400, "A scope is unknown or may not be had";
    InvalidToken = "invalid_token", &["any", "unauthorized", "invalid"], 401, "The token is missing, not valid or expired";
    InsufficientScope = "insufficient_scope", &["any", "forbidden"], 403, "The credential lacks a scope";
    NotFound = "not_found", &["any", "unknown_route"], 404, "There is nothing here";
    SlowDown = "slow_down", &["any", "too_many", "rate_limited"], 429, "Too many attempts; try again later";
    TemporarilyUnavailable = "temporarily_unavailable", &["any", "failure", "unavailable"], 503, "The service is not available for now";
    ServerError = "server_error", &["any", "failure", "internal"], 500, "Something went wrong on our side";
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
        let of_grant = grant.and_then(|kind| self.grant(kind)).map(|g| g.fields.as_slice()).unwrap_or_default();
        let mut all = of_grant.iter().chain(&self.fields);
        all.find(|(known, _)| *known == param).map_or(param.default_name(), |(_, path)| path.as_str())
    }

    /// Whether its errors are those of RFC 6749 section 5.2.
    pub const fn has_oauth_errors(&self) -> bool {
        matches!(self.errors, ErrorStyle::OAuth)
    }
}
