//! The registered error codes.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal;)*) => {
        /// Why an OAuth endpoint refuses, as the registry of RFC 6749 section 11.4 has it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The HTTP status at endpoints that answer JSON.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                }
            }
        }
    };
}

codes! {
    /// A parameter is missing, repeated or malformed (RFC 6749 section 5.2).
    InvalidRequest = "invalid_request", 400;
    /// The client is unknown or did not prove itself (RFC 6749 section 5.2).
    InvalidClient = "invalid_client", 401;
    /// The code, refresh token or assertion is not good (RFC 6749 section 5.2).
    InvalidGrant = "invalid_grant", 400;
    /// The client may not do this (RFC 6749 sections 4.1.2.1 and 5.2).
    UnauthorizedClient = "unauthorized_client", 400;
    /// There is no such grant here (RFC 6749 section 5.2).
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// There is no such response type here (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// A scope is unknown, or may not be had (RFC 6749 section 5.2).
    InvalidScope = "invalid_scope", 400;
    /// The resource is unknown or may not be had (RFC 8707 section 2).
    InvalidTarget = "invalid_target", 400;
    /// The user, or the server for them, said no (RFC 6749 section 4.1.2.1).
    AccessDenied = "access_denied", 400;
    /// Nobody is signed in, and nobody may be asked (OpenID Connect Core section 3.1.2.6).
    LoginRequired = "login_required", 400;
    /// The user would have to be asked, and may not be (OpenID Connect Core section 3.1.2.6).
    InteractionRequired = "interaction_required", 400;
    /// Consent would be needed, and may not be asked for (OpenID Connect Core section 3.1.2.6).
    ConsentRequired = "consent_required", 400;
    /// An account would have to be chosen (OpenID Connect Core section 3.1.2.6).
    AccountSelectionRequired = "account_selection_required", 400;
    /// The `request` parameter is not supported (OpenID Connect Core section 3.1.2.6).
    RequestNotSupported = "request_not_supported", 400;
    /// The `request_uri` parameter is not supported (OpenID Connect Core section 3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// The `request_uri` is unknown, used or too old (RFC 9101 section 7).
    InvalidRequestUri = "invalid_request_uri", 400;
    /// The `registration` parameter is not supported (OpenID Connect Core section 3.1.2.6).
    RegistrationNotSupported = "registration_not_supported", 400;
    /// The user has not decided yet (RFC 8628 section 3.5).
    AuthorizationPending = "authorization_pending", 400;
    /// The client asks too often (RFC 8628 section 3.5).
    SlowDown = "slow_down", 400;
    /// The device code is too old (RFC 8628 section 3.5).
    ExpiredToken = "expired_token", 400;
    /// The token type cannot be revoked (RFC 7009 section 2.2.1).
    UnsupportedTokenType = "unsupported_token_type", 400;
    /// The access token is missing, not valid or expired (RFC 6750 section 3.1).
    InvalidToken = "invalid_token", 401;
    /// The access token lacks a scope (RFC 6750 section 3.1).
    InsufficientScope = "insufficient_scope", 403;
    /// The proof of a key is not good (RFC 9449 section 5).
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// A redirect URI cannot be registered (RFC 7591 section 3.2.2).
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// Metadata cannot be registered (RFC 7591 section 3.2.2).
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// Too many attempts; not registered, for the answer 429.
    TooManyRequests = "too_many_requests", 429;
    /// A part we need is away (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// Our fault (RFC 6749 section 4.1.2.1).
    ServerError = "server_error", 500;
}
