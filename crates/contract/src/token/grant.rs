//! What can be traded in at a token endpoint, and the fields of the request.

use claviger_domain::GrantType;

use crate::field::FieldPath;

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
    /// The kind that an OAuth grant is.
    pub const fn of(grant: GrantType) -> Self {
        match grant {
            GrantType::AuthorizationCode => Self::AuthorizationCode,
            GrantType::ClientCredentials => Self::ClientCredentials,
            GrantType::RefreshToken => Self::RefreshToken,
            GrantType::DeviceCode => Self::DeviceCode,
            GrantType::TokenExchange => Self::TokenExchange,
        }
    }

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
    Otp = "otp", "The code of a second factor.";
    ReturnToken = "return_token", "Whether the session comes in the body, too: `true`.";
    TokenTypeHint = "token_type_hint", "What kind of token it may be (RFC 7009).";
}

/// A grant with the names its fields have on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What is traded in.
    pub kind: GrantKind,
    pub(crate) fields: Vec<(Param, FieldPath)>,
}
