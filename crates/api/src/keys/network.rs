//! Addresses in requests: a network, or one address, which is the network of itself.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

/// Where a key may be used from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network(IpNet);

impl From<Network> for IpNet {
    fn from(network: Network) -> Self {
        network.0
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let parsed = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match parsed {
            // `10.1.2.3/8` is kept as `10.0.0.0/8`, which is what it means.
            Ok(network) => Ok(Self(network.trunc())),
            Err(_) => Err(serde::de::Error::custom(
                "expected an address or a network, like 203.0.113.7 or 203.0.113.0/24",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        serde_json::from_value::<Network>(text.into()).ok().map(|network| network.0.to_string())
    }

    #[test]
    fn an_address_is_the_network_of_itself() {
        assert_eq!(parse("203.0.113.7").as_deref(), Some("203.0.113.7/32"));
        assert_eq!(parse("2001:db8::1").as_deref(), Some("2001:db8::1/128"));
        assert_eq!(parse("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        for bad in ["", "10.0.0.0/33", "localhost", "10.0.0"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
