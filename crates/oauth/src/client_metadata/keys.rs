//! Public keys that a client registers in place (RFC 7517).

use serde_json::{Map, Value};

use super::invalid;
use crate::refusal::Refusal;

/// The most keys of a client.
const MOST: usize = 20;
/// The longest set in bytes.
const LONGEST: usize = 32 * 1024;
/// Members of private keys (RFC 7518 section 6) and of symmetric ones.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key set of public keys alone, as it is kept.
///
/// # Errors
/// `invalid_client_metadata` when it is no key set, is too large, or holds what nobody but the client may know.
pub(super) fn read_keys(set: &Map<String, Value>) -> Result<String, Refusal> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| invalid("`jwks` must be a JWK set, with `keys`".to_owned()))?;
    if keys.is_empty() || keys.len() > MOST {
        return Err(invalid(format!("`jwks` must have 1 to {MOST} keys")));
    }
    for key in keys {
        check_key(key)?;
    }
    let mut kept = Map::new();
    kept.insert("keys".to_owned(), Value::Array(keys.clone()));
    let text = Value::Object(kept).to_string();
    if text.len() > LONGEST {
        return Err(invalid(format!("`jwks` has more than {LONGEST} bytes")));
    }
    Ok(text)
}

fn check_key(key: &Value) -> Result<(), Refusal> {
    let members =
        key.as_object().ok_or_else(|| invalid("each of `jwks`'s keys must be an object".to_owned()))?;
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(invalid(
            "`jwks` holds a private or symmetric key; make a new one and send its public part alone"
                .to_owned(),
        ));
    }
    let needed: &[&str] = match members.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["crv", "x", "y"],
        Some("OKP") => &["crv", "x"],
        _ => return Err(invalid("each of `jwks`'s keys must have the `kty` RSA, EC or OKP".to_owned())),
    };
    match needed.iter().find(|name| !members.get(**name).is_some_and(Value::is_string)) {
        Some(name) => Err(invalid(format!("a key of `jwks` lacks `{name}`"))),
        None => Ok(()),
    }
}
