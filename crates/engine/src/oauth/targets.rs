//! What a token is for (RFC 8707): the API itself, or one of the resources that its contract names.

use claviger_oauth::{ErrorCode, Refusal, canonical_resource, canonical_resources};

use crate::exchange::Caller;

/// The resources of a new token, each once, as contract and issuer spell them; empty for the API itself. They are
/// compared in their canonical spelling.
///
/// # Errors
/// `invalid_target` for one that tokens are not made for here.
pub(super) fn targets_of(caller: &Caller<'_>, asked: &[String]) -> Result<Vec<String>, Refusal> {
    let find = |wanted: &String| {
        let mut known =
            std::iter::once(caller.issuer).chain(caller.policy.tokens.resources.iter().map(String::as_str));
        let found = known.find(|known| canonical_resource(known).as_ref() == Ok(wanted));
        found.ok_or_else(|| {
            Refusal::new(
                ErrorCode::InvalidTarget,
                "there is no such resource here, or tokens are not made for it",
            )
        })
    };
    let asked = canonical_resources(asked.iter().map(String::as_str))?;
    let targets = asked.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let is_own = targets.iter().all(|target| *target == caller.issuer);
    Ok(if is_own { Vec::new() } else { targets.into_iter().map(str::to_owned).collect() })
}

/// The resources of a token that comes of others: those asked for now, among those allowed before (RFC 8707 section
/// 2.2).
///
/// # Errors
/// `invalid_target` for one that was not allowed.
pub(super) fn narrow(
    caller: &Caller<'_>,
    allowed: &[String],
    asked: &[String],
) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        return Ok(allowed.to_vec());
    }
    let targets = targets_of(caller, asked)?;
    let within = spelled_out(allowed, caller.issuer);
    if !spelled_out(&targets, caller.issuer).iter().all(|target| within.contains(target)) {
        return Err(Refusal::new(ErrorCode::InvalidTarget, "the user did not allow this resource"));
    }
    Ok(targets)
}

/// Resources with the API itself by its name.
pub(super) fn spelled_out(resources: &[String], issuer: &str) -> Vec<String> {
    match resources {
        [] => vec![issuer.to_owned()],
        named => named.to_vec(),
    }
}
