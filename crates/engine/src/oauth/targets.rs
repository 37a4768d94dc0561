//! What a token is for (RFC 8707): the API itself, or one of the resources that its contract names.

use claviger_oauth::{ErrorCode, Refusal};
use url::Url;

use crate::exchange::Caller;

/// The resources of a new token, as contract and issuer spell them; empty for the API itself. Scheme and host are
/// compared in lower case and an empty path as `/`.
pub(super) fn targets_of(caller: &Caller<'_>, asked: &[String]) -> Result<Vec<String>, Refusal> {
    let mut targets: Vec<String> = Vec::new();
    for resource in asked {
        let wanted = spelled(resource);
        let mut known =
            std::iter::once(caller.issuer).chain(caller.policy.tokens.resources.iter().map(String::as_str));
        let found = known.find(|known| wanted.is_some() && spelled(known) == wanted);
        let found = found.ok_or_else(|| {
            Refusal::new(
                ErrorCode::InvalidTarget,
                "there is no such resource here, or tokens are not made for it",
            )
        })?;
        if !targets.iter().any(|target| target == found) {
            targets.push(found.to_owned());
        }
    }
    if targets.iter().all(|target| target == caller.issuer) {
        targets.clear();
    }
    Ok(targets)
}

fn spelled(resource: &str) -> Option<Url> {
    Url::parse(resource).ok().filter(|url| url.fragment().is_none())
}
