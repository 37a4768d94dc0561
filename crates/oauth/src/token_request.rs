//! A request to the token endpoint (RFC 6749 section 3.2), parsed.

use claviger_domain::{GrantType, ScopeSet};

use crate::parameters::Parameters;
use crate::refusal::Refusal;

/// What a client asks for at the token endpoint. Most texts are secrets, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// RFC 6749 section 4.1.3.
    AuthorizationCode {
        /// The code.
        code: String,
        /// The redirect URI, if it is sent.
        redirect_uri: Option<String>,
        /// The verifier (RFC 7636), if it is sent.
        code_verifier: Option<String>,
        /// The resources (RFC 8707); empty for those that were consented to.
        resources: Vec<String>,
    },
    /// RFC 6749 section 4.4.2.
    ClientCredentials {
        /// The scopes; none for the default.
        scopes: Option<ScopeSet>,
        /// The resources.
        resources: Vec<String>,
    },
    /// RFC 6749 section 6.
    RefreshToken {
        /// The refresh token.
        refresh_token: String,
        /// The scopes, fewer than were granted; none for all.
        scopes: Option<ScopeSet>,
        /// The resources, fewer than were granted; empty for all.
        resources: Vec<String>,
    },
    /// RFC 8628 section 3.4.
    DeviceCode {
        /// The device code.
        device_code: String,
    },
    /// RFC 8693 section 2.1.
    TokenExchange {
        /// The token that is exchanged.
        subject_token: String,
        /// What it is.
        subject_token_type: String,
        /// The token of who acts, and what it is.
        actor: Option<(String, String)>,
        /// What is wanted.
        requested_token_type: Option<String>,
        /// The scopes; none for those of the subject token.
        scopes: Option<ScopeSet>,
        /// The resources and audiences.
        resources: Vec<String>,
    },
}

impl TokenRequest {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// `unsupported_grant_type` for a grant that is none of ours, `invalid_request` for a missing parameter,
    /// `invalid_scope` for a scope that is no scope.
    pub fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let _ = parameters;
        Err(Refusal::new(crate::ErrorCode::UnsupportedGrantType, "there is no such grant here"))
    }

    /// The grant it uses.
    pub const fn grant(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::DeviceCode { .. } => GrantType::DeviceCode,
            Self::TokenExchange { .. } => GrantType::TokenExchange,
        }
    }
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest").field("grant", &self.grant()).finish_non_exhaustive()
    }
}
