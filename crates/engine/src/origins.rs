//! Where the requests came from that are counted together: few networks nearly always, and never many.

use std::net::IpAddr;
use std::ops::AddAssign;

use claviger_domain::{KeyVersion, Network};
use smallvec::SmallVec;

/// Networks that are told apart of one name between two flushes. Beyond that a network is not known.
const NETWORKS: usize = 16;

/// Where a request came from, and which version of a key it presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) version: Option<KeyVersion>,
    pub(crate) network: Option<Network>,
}

impl Origin {
    pub(crate) fn new(version: Option<KeyVersion>, address: Option<IpAddr>) -> Self {
        Self { version, network: address.map(Network::of) }
    }
}

/// How often each origin was seen. Two of them stand beside the count itself, so that nothing is allocated for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origins(SmallVec<[(Origin, u64); 2]>);

impl Origins {
    pub(crate) fn add(&mut self, origin: Origin, requests: u64) {
        if let Some((_, sum)) = self.0.iter_mut().find(|(known, _)| *known == origin) {
            *sum = sum.saturating_add(requests);
        } else if self.0.len() < NETWORKS || origin.network.is_none() {
            // Those without a network are no more than a key has versions.
            self.0.push((origin, requests));
        } else {
            self.add(Origin { network: None, ..origin }, requests);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Origin, u64)> {
        self.0.iter()
    }
}

impl AddAssign for Origins {
    fn add_assign(&mut self, other: Self) {
        for (origin, requests) in other.0 {
            self.add(origin, requests);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::SecretId;
    use uuid::Uuid;

    fn version(number: u128) -> KeyVersion {
        KeyVersion { id: SecretId::from_uuid(Uuid::from_u128(number)), is_replaced: number == 1 }
    }

    fn from(number: u32) -> Option<IpAddr> {
        Some(std::net::Ipv4Addr::from_bits(number << 8 | 7).into())
    }

    #[test]
    fn neighbours_are_one_origin_and_versions_of_a_key_are_two() {
        let mut origins = Origins::default();
        origins.add(Origin::new(Some(version(1)), Some([203, 0, 113, 7].into())), 1);
        origins.add(Origin::new(Some(version(1)), Some([203, 0, 113, 8].into())), 2);
        origins.add(Origin::new(Some(version(2)), Some([203, 0, 113, 8].into())), 4);
        origins.add(Origin::new(None, None), 8);
        let counts: Vec<_> = origins.iter().map(|(_, requests)| *requests).collect();
        assert_eq!(counts, [3, 4, 8]);
    }

    #[test]
    fn a_flood_of_networks_is_counted_in_bounded_memory_and_keeps_its_version() {
        let (mut one, mut other) = (Origins::default(), Origins::default());
        for number in 0..1_000 {
            one.add(Origin::new(Some(version(1)), from(number)), 1);
            other.add(Origin::new(Some(version(2)), from(number)), 1);
        }
        one += other;
        assert!(one.0.len() <= NETWORKS + 2, "{}", one.0.len());
        let of = |wanted: u128| {
            let counts = one.iter().filter(|(origin, _)| origin.version == Some(version(wanted)));
            counts.map(|(_, requests)| requests).sum::<u64>()
        };
        assert_eq!((of(1), of(2)), (1_000, 1_000));
    }
}
