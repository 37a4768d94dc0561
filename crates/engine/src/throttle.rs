//! Slowing down whoever guesses: failed attempts are counted, good ones are not.
//!
//! Each counter is the instant at which it will be empty again (GCRA, as governor has it; governor counts what it
//! looks at, and here an attempt is looked at before it is known to fail).

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use claviger_domain::Timestamp;
use claviger_secrets::Lookup;
use quick_cache::sync::Cache;

/// Counters kept at once; the coldest are forgotten first.
const COUNTERS: usize = 100_000;
/// The time over which failures are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Too many attempts failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slowed {
    /// When the next is looked at.
    pub(crate) retry_at: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Origin {
    Address(IpAddr),
    Credential(Lookup),
}

/// Counters of failed attempts, in the memory of this node.
pub(crate) struct Throttle {
    counters: Cache<Origin, Arc<AtomicI64>>,
    /// What one failure costs.
    step: Duration,
}

impl Throttle {
    /// So many failures a minute.
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self { counters: Cache::new(COUNTERS), step: WINDOW / per_minute.get() }
    }

    /// Refuses an attempt from an address with too many failures, without looking at it.
    pub(crate) fn check_address(&self, address: IpAddr, now: Timestamp) -> Result<(), Slowed> {
        self.check(Origin::Address(network_of(address)), now)
    }

    /// Counts a failure against its address and the credential it named. A credential with too many failures is
    /// refused only where it fails again: a stranger's guesses never lock its owner out.
    pub(crate) fn count(&self, address: IpAddr, credential: Lookup, now: Timestamp) -> Result<(), Slowed> {
        self.add(Origin::Address(network_of(address)), now);
        let named = Origin::Credential(credential);
        let verdict = self.check(named, now);
        self.add(named, now);
        verdict
    }

    fn check(&self, origin: Origin, now: Timestamp) -> Result<(), Slowed> {
        let Some(counter) = self.counters.get(&origin) else { return Ok(()) };
        let empty_at = Timestamp::from_micros(counter.load(Ordering::Relaxed));
        // Room for one more failure must be left.
        let room_at = empty_at.plus(self.step).minus(WINDOW);
        if room_at > now { Err(Slowed { retry_at: room_at }) } else { Ok(()) }
    }

    fn add(&self, origin: Origin, now: Timestamp) {
        let made = self.counters.get_or_insert_with(&origin, || {
            Ok::<_, std::convert::Infallible>(Arc::new(AtomicI64::new(now.micros())))
        });
        let Ok(counter) = made;
        let later = |empty_at: i64| {
            let from = Timestamp::from_micros(empty_at).max(now);
            Some(from.plus(self.step).min(now.plus(WINDOW)).micros())
        };
        // The closure always answers, so this always succeeds.
        let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    }
}

/// Whoever has one IPv6 address has the /64 around it.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: NonZeroU32 = NonZeroU32::new(60).unwrap();

    fn credential(byte: u8) -> Lookup {
        Lookup::from_bytes([byte; 32])
    }

    #[test]
    fn an_address_gets_so_many_failures_a_minute_and_then_one_by_one() {
        let throttle = Throttle::new(LIMIT);
        let now = Timestamp::from_seconds(1_000);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        for failure in 0..60_u8 {
            assert!(throttle.check_address(address, now).is_ok(), "{failure}");
            throttle.count(address, credential(failure), now).unwrap();
        }
        let refused = throttle.check_address(address, now);
        let Err(Slowed { retry_at }) = refused else { panic!("{refused:?}") };
        assert_eq!(retry_at, now.plus(Duration::from_secs(1)));
        assert!(throttle.check_address(address, retry_at).is_ok());
        assert!(throttle.check_address("192.0.2.2".parse().unwrap(), now).is_ok());
        assert!(throttle.check_address(address, now.plus(WINDOW)).is_ok());
    }

    #[test]
    fn guesses_at_one_credential_are_counted_from_everywhere() {
        let throttle = Throttle::new(LIMIT);
        let now = Timestamp::from_seconds(1_000);
        for guess in 0..60_u8 {
            throttle.count(IpAddr::from([192, 0, 2, guess]), credential(1), now).unwrap();
        }
        let last = throttle.count(IpAddr::from([192, 0, 2, 200]), credential(1), now);
        assert!(last.is_err());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let throttle = Throttle::new(LIMIT);
        let now = Timestamp::from_seconds(1_000);
        for host in 0..60_u16 {
            let address = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]);
            throttle.count(address, credential(1), now).unwrap();
        }
        assert!(throttle.check_address("2001:db8::ffff".parse().unwrap(), now).is_err());
        assert!(throttle.check_address("2001:db8:0:1::1".parse().unwrap(), now).is_ok());
    }
}
