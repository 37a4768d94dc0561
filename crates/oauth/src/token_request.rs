//! A request to the token endpoint (RFC 6749 section 3.2), parsed.

use claviger_domain::{GrantType, ScopeSet};

use crate::code::ErrorCode;
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
        let name = parameters.need("grant_type")?;
        let grant = GrantType::from_name(name)
            .ok_or_else(|| Refusal::new(ErrorCode::UnsupportedGrantType, "there is no such grant here"))?;
        let text = |name| parameters.get(name).map(str::to_owned);
        let resources = || parameters.all("resource").map(str::to_owned).collect();
        Ok(match grant {
            GrantType::AuthorizationCode => Self::AuthorizationCode {
                code: parameters.need("code")?.to_owned(),
                redirect_uri: text("redirect_uri"),
                code_verifier: text("code_verifier"),
                resources: resources(),
            },
            GrantType::ClientCredentials => {
                Self::ClientCredentials { scopes: scopes(parameters)?, resources: resources() }
            }
            GrantType::RefreshToken => Self::RefreshToken {
                refresh_token: parameters.need("refresh_token")?.to_owned(),
                scopes: scopes(parameters)?,
                resources: resources(),
            },
            GrantType::DeviceCode => {
                Self::DeviceCode { device_code: parameters.need("device_code")?.to_owned() }
            }
            GrantType::TokenExchange => Self::TokenExchange {
                subject_token: parameters.need("subject_token")?.to_owned(),
                subject_token_type: parameters.need("subject_token_type")?.to_owned(),
                actor: actor(parameters)?,
                requested_token_type: text("requested_token_type"),
                scopes: scopes(parameters)?,
                resources: parameters
                    .all("resource")
                    .chain(parameters.all("audience"))
                    .map(str::to_owned)
                    .collect(),
            },
        })
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

/// The scopes that are asked for (RFC 6749 section 3.3).
fn scopes(parameters: &Parameters) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = parameters.get("scope") else { return Ok(None) };
    let invalid = |why: &'static str| Refusal::new(ErrorCode::InvalidScope, why);
    let scopes = ScopeSet::parse_spaced(text)
        .map_err(|_| invalid("`scope` must be scopes of printable ASCII, each parted by one space"))?;
    if scopes.len() > ScopeSet::MAX {
        return Err(invalid("`scope` names too many scopes"));
    }
    // Spaces alone ask for nothing in particular.
    Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
}

/// The token of who acts and what it is: both or none (RFC 8693 section 2.1).
fn actor(parameters: &Parameters) -> Result<Option<(String, String)>, Refusal> {
    if parameters.get("actor_token").is_none() && parameters.get("actor_token_type").is_none() {
        return Ok(None);
    }
    let (token, kind) = (parameters.need("actor_token")?, parameters.need("actor_token_type")?);
    Ok(Some((token.to_owned(), kind.to_owned())))
}

#[cfg(test)]
#[path = "token_request_tests.rs"]
mod tests;
