//! Arguments that are more than one word, parsed where clap can refuse them as wrong usage.

use std::net::IpAddr;

use claviger_domain::{Limit, Timestamp};
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
    fn one_address_is_a_network_of_one() {
        assert_eq!(network("192.0.2.7").unwrap().to_string(), "192.0.2.7/32");
        assert!(network("192.0.2.0/40").is_err());
    }
}
