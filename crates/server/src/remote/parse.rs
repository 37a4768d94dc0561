//! Arguments that are more than one word, parsed where clap can refuse them as wrong usage.

use std::net::IpAddr;
use std::num::NonZeroU32;

use claviger_domain::{Algorithm, ClientAuthentication, GrantType, Limit, Pace, RedirectUri, Timestamp};
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

/// `NAME=REQUESTS/SECONDS`, with `day`, `month` or `rolling-SECONDS` in place of the seconds for another pace, and
/// perhaps with `/workspace` or another word for who shares it.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    let expected = || {
        format!(
            "`{text}`: expected NAME=REQUESTS/SECONDS, like minute=600/60, daily=10000/day or five=100/rolling-300"
        )
    };
    let (name, rest) = text.split_once('=').ok_or_else(expected)?;
    let mut parts = rest.split('/');
    let (Some(requests), Some(pace), partition, None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(expected());
    };
    let partition = match partition {
        Some(word) => serde_json::from_value(Value::from(word)).map_err(|_| expected())?,
        None => claviger_domain::Partition::default(),
    };
    let name = name.parse().map_err(|error| format!("`{name}`: {error}"))?;
    let requests: NonZeroU32 = requests.parse().map_err(|_| expected())?;
    let seconds = |text: &str| text.parse::<NonZeroU32>().map_err(|_| expected());
    let pace = match (pace, pace.strip_prefix("rolling-")) {
        ("day", _) => Pace::Day,
        ("month", _) => Pace::Month,
        (_, Some(length)) => Pace::Rolling { per_seconds: seconds(length)? },
        (length, None) => Pace::Even { per_seconds: seconds(length)?, burst: requests },
    };
    Ok(Limit { pace, partition, ..Limit::even(name, requests, NonZeroU32::MIN) })
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
        assert_eq!((parsed.name.as_str(), parsed.requests.get(), parsed.per_seconds()), ("minute", 600, 60));
        assert_eq!(limit("a=1/1/workspace").unwrap().partition, claviger_domain::Partition::Workspace);
        assert_eq!(limit("a=1/month").unwrap().pace, Pace::Month);
        let five = limit("a=1/rolling-300/user").unwrap();
        assert_eq!(
            (five.pace, five.partition),
            (Pace::Rolling { per_seconds: 300.try_into().unwrap() }, claviger_domain::Partition::User,)
        );
        for bad in
            ["minute", "m=1", "m=0/1", "m=1/1/x", "m=1/year", "m=1/rolling-0", "M=1/1", "m=1/1/address/x"]
        {
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
