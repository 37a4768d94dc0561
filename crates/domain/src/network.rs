//! Networks: what is kept of an address where the address itself says more than is needed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The network that an address is in: the /24 of an IPv4 address, the /48 of an IPv6 address. Callers who share one are
/// close to each other; whoever reads it cannot tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "IpNet", into = "IpNet")]
pub struct Network(IpNet);

/// The text or block is no network of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a network of the form 203.0.113.0/24 or 2001:db8::/48")]
pub struct NetworkError;

impl Network {
    /// The network of an address. An IPv4 address that a dual-stack socket shows as IPv6 counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let length = if address.is_ipv4() { 24 } else { 48 };
        // No address is too short for its own family's length.
        Self(IpNet::new(address, length).unwrap_or_else(|_| address.into()).trunc())
    }

    /// Its first address.
    pub fn first(self) -> IpAddr {
        self.0.addr()
    }

    /// Its bits, for telling two apart in one comparison: those of one network are the same, those of two nearly
    /// never.
    pub fn mark(self) -> u64 {
        match self.0.addr() {
            IpAddr::V4(address) => u64::from(address.to_bits()),
            IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
        }
    }
}

impl TryFrom<IpNet> for Network {
    type Error = NetworkError;

    fn try_from(net: IpNet) -> Result<Self, NetworkError> {
        let network = Self::of(net.addr());
        if network.0 == net { Ok(network) } else { Err(NetworkError) }
    }
}

impl From<Network> for IpNet {
    fn from(network: Network) -> Self {
        network.0
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        text.parse::<IpNet>().map_err(|_| NetworkError)?.try_into()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_share_a_network_and_strangers_do_not() {
        let of = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(of("203.0.113.7"), "203.0.113.0/24");
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(of("203.0.114.7"), "203.0.114.0/24");
        assert_eq!(of("2001:db8:1:2::3"), "2001:db8:1::/48");
    }

    #[test]
    fn other_blocks_are_none() {
        for bad in ["", "203.0.113.0", "203.0.113.7/24", "203.0.112.0/23", "2001:db8::/64", "x"] {
            assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_network_round_trips_through_text_and_json(address: IpAddr) {
            let network = Network::of(address);
            prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
            let json = serde_json::to_string(&network).unwrap();
            prop_assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), network);
        }
    }
}
