//! A request to the authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1), parsed.

use std::time::Duration;

use claviger_domain::ScopeSet;

use crate::claims_request;
use crate::code::ErrorCode;
use crate::parameters::Parameters;
use crate::pkce;
use crate::prompt::{self, Prompt};
use crate::refusal::Refusal;
use crate::resource::canonical_resources;

/// What the URIs of pushed requests start with (RFC 9126 section 2.2).
pub const PUSHED_REQUEST_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The longest `nonce`, in bytes.
const LONGEST_NONCE: usize = 500;
/// The longest `state`, in bytes.
const LONGEST_STATE: usize = 2_000;
/// The longest of the values that are hints, in bytes.
const LONGEST_HINT: usize = 1_000;
/// The most scopes.
const MOST_SCOPES: usize = ScopeSet::MAX;

/// How the answer gets back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that posts itself to the redirect URI.
    FormPost,
}

impl ResponseMode {
    /// The mode of a request, whatever else is wrong with it: errors, too, are answered as they were asked for.
    pub fn of(parameters: &Parameters) -> Self {
        match parameters.get("response_mode") {
            Some("form_post") => Self::FormPost,
            _ => Self::Query,
        }
    }
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
    /// For which resources (RFC 8707), in their one spelling.
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
    /// The subject of who is meant, asked for by `claims`.
    pub subject: Option<String>,
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
    /// Reads the parameters of a request. Those that nobody knows are ignored.
    ///
    /// # Errors
    /// A refusal that goes to the client's redirect URI, once that is known to be the client's.
    pub fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let client_id = parameters.get("client_id");
        let client_id = client_id.ok_or_else(|| invalid("client_id is missing"))?.to_owned();
        refuse_what_is_not_supported(parameters)?;
        let claims = claims_request::read(parameters.get("claims"))?;
        let acr_values = bounded(parameters, "acr_values", LONGEST_HINT)?;
        Ok(Self {
            client_id,
            redirect_uri: parameters.get("redirect_uri").map(str::to_owned),
            state: bounded(parameters, "state", LONGEST_STATE)?,
            response_mode: read_mode(parameters)?,
            scopes: read_scopes(parameters)?,
            resources: canonical_resources(parameters.all("resource"))?,
            code_challenge: pkce::read_challenge(parameters)?,
            nonce: bounded(parameters, "nonce", LONGEST_NONCE)?,
            prompts: prompt::read(parameters.get("prompt"))?,
            max_age: read_max_age(parameters)?,
            login_hint: bounded(parameters, "login_hint", LONGEST_HINT)?,
            id_token_hint: parameters.get("id_token_hint").map(str::to_owned),
            subject: claims.subject,
            ui_locales: bounded(parameters, "ui_locales", LONGEST_HINT)?,
            acr_values: acr_values.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect(),
            claims: (claims.id_token, claims.userinfo),
            dpop_jkt: read_thumbprint(parameters)?,
        })
    }
}

/// The `state` that goes back with an error, which may be an error of any other parameter.
pub fn echoed_state(parameters: &Parameters) -> Option<&str> {
    parameters.get("state").filter(|state| state.len() <= LONGEST_STATE)
}

fn invalid(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}

fn refuse_what_is_not_supported(parameters: &Parameters) -> Result<(), Refusal> {
    let has = |name: &str| parameters.get(name).is_some();
    if has("request") {
        return Err(Refusal::new(ErrorCode::RequestNotSupported, "request objects are not supported"));
    }
    if has("request_uri") {
        let why = "request_uri must be one that this server gave for a pushed request";
        return Err(Refusal::new(ErrorCode::RequestUriNotSupported, why));
    }
    if has("registration") {
        return Err(Refusal::new(ErrorCode::RegistrationNotSupported, "registration is not supported"));
    }
    match parameters.get("response_type") {
        Some("code") => Ok(()),
        None => Err(invalid("response_type is missing")),
        Some(_) => Err(Refusal::new(ErrorCode::UnsupportedResponseType, "response_type must be code")),
    }
}

fn bounded(parameters: &Parameters, name: &'static str, longest: usize) -> Result<Option<String>, Refusal> {
    match parameters.get(name) {
        Some(text) if text.len() > longest => {
            let why = format!("{name} must have at most {longest} characters");
            Err(Refusal::new(ErrorCode::InvalidRequest, why))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

fn read_mode(parameters: &Parameters) -> Result<ResponseMode, Refusal> {
    match parameters.get("response_mode") {
        None | Some("query" | "form_post") => Ok(ResponseMode::of(parameters)),
        Some(_) => Err(invalid("response_mode must be query or form_post")),
    }
}

fn read_scopes(parameters: &Parameters) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = parameters.get("scope") else { return Ok(None) };
    let refuse = |why: &'static str| Refusal::new(ErrorCode::InvalidScope, why);
    let scopes = ScopeSet::parse_spaced(text).map_err(|_| refuse("a scope has a character it may not"))?;
    if scopes.len() > MOST_SCOPES {
        return Err(refuse("there are too many scopes"));
    }
    Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
}

fn read_max_age(parameters: &Parameters) -> Result<Option<Duration>, Refusal> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    let is_number = !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| invalid("max_age must be seconds"))
}

fn read_thumbprint(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    match parameters.get("dpop_jkt") {
        Some(text) if !pkce::is_hash(text) => Err(invalid("dpop_jkt must be the base64url of a SHA-256")),
        text => Ok(text.map(str::to_owned)),
    }
}

#[cfg(test)]
#[path = "authorization_tests.rs"]
mod tests;
