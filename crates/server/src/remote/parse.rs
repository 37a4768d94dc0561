//! Arguments that are more than one word, parsed where clap can refuse them as wrong usage.

use std::net::IpAddr;

use claviger_domain::{Algorithm, ClientAuthentication, GrantType, Limit, RedirectUri, Timestamp};
use ipnet::IpNet;
use serde_json::{Map, Value};

/// An instant, as RFC 3339 writes it.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .map_err(|_| "expected a date and time like 2026-01-31T12:00:00Z".to_owned())
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "expected an address like 192.0.2.7 or a network like 192.0.2.0/24".to_owned())
}

/// `NAME=REQUESTS/SECONDS`, perhaps with `/workspace` or `/address` for who shares it.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    let expected = || format!("`{text}`: expected NAME=REQUESTS/SECONDS, like minute=600/60");
    let (name, rest) = text.split_once('=').ok_or_else(expected)?;
    let mut parts = rest.split('/');
    let (Some(requests), Some(seconds), partition, None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(expected());
    };
    let partition = match partition {
        Some(word) => serde_json::from_value(Value::from(word)).map_err(|_| expected())?,
        None => claviger_domain::Partition::default(),
    };
    Ok(Limit {
        name: name.parse().map_err(|error| format!("`{name}`: {error}"))?,
        requests: requests.parse().map_err(|_| expected())?,
        per_seconds: seconds.parse().map_err(|_| expected())?,
        partition,
    })
}

/// A grant, by its registered name or the last word of it.
pub(super) fn grant_type(text: &str) -> Result<GrantType, String> {
    let last = |grant: &GrantType| {
        let name = grant.as_str();
        name.rsplit(':').next().unwrap_or(name).replace('-', "_")
    };
    let found = GrantType::ALL.into_iter().find(|grant| grant.as_str() == text || last(grant) == text);
    found.ok_or_else(|| format!("expected one of {}", GrantType::ALL.map(|grant| last(&grant)).join(", ")))
}

/// How a client proves itself, by its registered name.
pub(super) fn client_authentication(text: &str) -> Result<ClientAuthentication, String> {
    let known = || ClientAuthentication::ALL.map(ClientAuthentication::as_str).join(", ");
    ClientAuthentication::from_name(text).ok_or_else(|| format!("expected one of {}", known()))
}

/// A URI that may be registered.
pub(super) fn redirect_uri(text: &str) -> Result<RedirectUri, String> {
    RedirectUri::parse(text).map_err(|error| error.to_string())
}

/// A signature algorithm that has a key pair.
pub(super) fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(text)
        .filter(|algorithm| !algorithm.is_symmetric())
        .ok_or_else(|| "expected one of RS256, RS384, PS256, ES256, ES384, EdDSA".to_owned())
}

/// A JSON object.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("expected a JSON object: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_short_to_write() {
        let parsed = limit("minute=600/60").unwrap();
        assert_eq!(
            (parsed.name.as_str(), parsed.requests.get(), parsed.per_seconds.get()),
            ("minute", 600, 60)
        );
        assert_eq!(limit("a=1/1/workspace").unwrap().partition, claviger_domain::Partition::Workspace);
        for bad in ["minute", "m=1", "m=0/1", "m=1/1/x", "M=1/1", "m=1/1/address/x"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_grant_is_short_to_write() {
        assert_eq!(grant_type("device_code"), Ok(GrantType::DeviceCode));
        assert_eq!(grant_type("urn:ietf:params:oauth:grant-type:device_code"), Ok(GrantType::DeviceCode));
        assert_eq!(grant_type("token_exchange"), Ok(GrantType::TokenExchange));
        assert!(grant_type("password").unwrap_err().contains("authorization_code"));
        assert!(algorithm("HS256").is_err() && algorithm("none").is_err());
    }

    #[test]
    fn one_address_is_a_network_of_one() {
        assert_eq!(network("192.0.2.7").unwrap().to_string(), "192.0.2.7/32");
        assert!(network("192.0.2.0/40").is_err());
    }
}
