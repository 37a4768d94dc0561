//! Fields of a request as the words of the domain.

use claviger_contract::{ExchangeCause, Param, TokenEndpoint};
use claviger_domain::{ScopeSet, SessionName};

use super::answer::Refused;

pub(super) fn session(text: &str) -> Result<SessionName, Refused> {
    let detail = "a session has a name of 1 to 200 printable characters";
    text.parse().map_err(|_| Refused::detailed(ExchangeCause::InvalidRequest, detail))
}

pub(super) fn scopes(text: &str) -> Result<ScopeSet, Refused> {
    let detail = "scopes are separated by spaces (RFC 6749 section 3.3)";
    let scopes = ScopeSet::parse_spaced(text).ok().filter(|scopes| scopes.len() <= ScopeSet::MAX);
    scopes.ok_or_else(|| Refused::detailed(ExchangeCause::InvalidScope, detail))
}

/// A field that the endpoint needs was not sent.
pub(super) fn missing(endpoint: &TokenEndpoint, param: Param) -> Refused {
    let detail = format!("`{}` is missing", endpoint.field_name(None, param));
    Refused::detailed(ExchangeCause::InvalidRequest, detail)
}
