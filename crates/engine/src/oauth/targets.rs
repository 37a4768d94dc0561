//! What a token is for (RFC 8707): the API itself, or one of the resources that its contract names.

use claviger_oauth::{ErrorCode, Refusal, canonical_resource, canonical_resources};

use crate::caller::Caller;

/// The resources of a new token: those that the contract names as it spells them, what is of the API in the one
/// spelling of all; empty for nothing but the API itself.
///
/// # Errors
/// `invalid_target` for one that tokens are not made for here.
pub(super) fn targets_of(caller: &Caller<'_>, asked: &[String]) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let own = canonical_resource(caller.issuer)?;
    let known = &caller.policy.tokens.resources;
    let mut targets: Vec<String> = Vec::new();
    for resource in canonical_resources(asked.iter().map(String::as_str))? {
        let mut named = known.iter().filter(|known| canonical_resource(known).as_ref() == Ok(&resource));
        let target = match named.next() {
            Some(known) => known.clone(),
            None if is_part_of(&resource, &own) => resource,
            None => {
                let why = "there is no such resource here, or tokens are not made for it";
                return Err(Refusal::new(ErrorCode::InvalidTarget, why));
            }
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if targets.iter().all(|target| *target == own) {
        targets.clear();
    }
    Ok(targets)
}

/// Whether a resource is the API itself, whose own spelling is `own`, or an address below it: clients find those in the
/// metadata of a part of the API (RFC 9728 section 3.1). Both in their one spelling.
pub(super) fn is_part_of(resource: &str, own: &str) -> bool {
    resource.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The resources of a token that comes of others: those asked for now, among those allowed before (RFC 8707 section
/// 2.2). Whoever may use the whole API may use a part of it.
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
    let own = canonical_resource(caller.issuer)?;
    let is_whole = spelled_out(allowed, &own).contains(&own);
    let targets = targets_of(caller, asked)?;
    let is_allowed = |target: &String| allowed.contains(target) || (is_whole && is_part_of(target, &own));
    if !spelled_out(&targets, &own).iter().all(is_allowed) {
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

#[cfg(test)]
mod tests {
    use super::is_part_of;

    #[test]
    fn mcp_09_an_address_below_the_issuer_is_of_the_api_and_one_beside_it_is_not() {
        let own = "https://api.example";
        for part in [own, "https://api.example/mcp", "https://api.example/?a"] {
            assert!(is_part_of(part, own), "{part}");
        }
        for other in [
            "https://api.example.evil",
            "https://api.example:444/",
            "https://api.exampl",
            "urn:x",
            "http://api.example",
        ] {
            assert!(!is_part_of(other, own), "{other}");
        }
    }
}
