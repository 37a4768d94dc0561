//! Slowing down whoever fails to sign in, before any password is hashed; clients that fail to prove themselves; and
//! whoever registers clients or has mail sent without end.
//!
//! An attempt takes a ticket first and gives it back when it succeeds, so that guesses sent all at once count as
//! well. That is why these buckets are our own: governor's cannot be given anything back.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use claviger_domain::{AccountId, ClientId, Email, Pool, Timestamp, WorkspaceId};
use claviger_secrets::Lookup;
use quick_cache::sync::Cache;

/// The window over which failures are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// That of second factors, whose few digits could be guessed by someone who is patient.
const LONG_WINDOW: Duration = Duration::from_secs(60 * 60);
/// Buckets kept at once; the coldest are forgotten first.
const BUCKETS: usize = 100_000;

/// Whose failures are counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// One client's: its IPv4 address, or the /64 that is one IPv6 customer's.
    Address(IpAddr),
    /// Those against one account of a pool, whether or not it exists.
    Account(Pool, Box<str>),
    /// Those against the second factor of an account.
    SecondFactor(AccountId),
    /// Not failures: how often it is recorded that an account is locked.
    Locked(AccountId),
    /// Wrong codes of devices that an account typed.
    DeviceCodes(AccountId),
    /// Letters that one client has sent: each counts, for none is a success.
    Letters(IpAddr),
    /// Those of clients at one address, as for [`Source::Address`].
    Proofs(IpAddr),
    /// Those of one client, whether or not it exists.
    Client(ClientId),
    /// Registrations from one address, as for [`Source::Address`]. Those that succeed count, too.
    Registrations(IpAddr),
    /// Logins by key from one address, as for [`Source::Address`].
    Logins(IpAddr),
    /// Logins by one key, whether or not it exists.
    Key(Lookup),
    /// Logins by the keys of one workspace.
    Workspace(WorkspaceId),
}

impl Source {
    /// The clients whose address is not known count as one.
    pub(crate) fn address(address: Option<IpAddr>) -> Self {
        Self::Address(customer(address))
    }

    pub(crate) fn logins(address: IpAddr) -> Self {
        Self::Logins(customer(Some(address)))
    }

    pub(crate) fn proofs(address: IpAddr) -> Self {
        Self::Proofs(customer(Some(address)))
    }

    pub(crate) fn registrations(address: IpAddr) -> Self {
        Self::Registrations(customer(Some(address)))
    }

    pub(crate) fn letters(address: Option<IpAddr>) -> Self {
        Self::Letters(customer(address))
    }

    pub(crate) fn account(pool: Pool, email: &Email) -> Self {
        Self::Account(pool, email.folded().into())
    }

    const fn window(&self) -> Duration {
        match self {
            Self::SecondFactor(_) | Self::Locked(_) => LONG_WINDOW,
            _ => WINDOW,
        }
    }
}

fn customer(address: Option<IpAddr>) -> IpAddr {
    match address.map(|address| address.to_canonical()) {
        None => Ipv6Addr::UNSPECIFIED.into(),
        Some(IpAddr::V4(address)) => address.into(),
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// Too many failed: how long until the next attempt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

/// The failures that this node remembers.
pub(crate) struct Failures(Cache<Source, Arc<Bucket>>);

impl Default for Failures {
    fn default() -> Self {
        Self(Cache::new(BUCKETS))
    }
}

/// The right to one attempt.
#[must_use = "a ticket that is not given back counts as a failure"]
pub(crate) struct Ticket {
    bucket: Arc<Bucket>,
    price: i64,
}

impl Ticket {
    /// The attempt was no failure.
    pub(crate) fn give_back(self) {
        self.bucket.0.fetch_sub(self.price, Ordering::AcqRel);
    }
}

impl Failures {
    /// A ticket for an attempt, or how long it takes until there is one again.
    pub(crate) fn take(
        &self,
        source: &Source,
        per_window: NonZeroU32,
        now: Timestamp,
    ) -> Result<Ticket, Duration> {
        let made = self.0.get_or_insert_with(source, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(bucket) = made;
        let price = bucket.take(per_window, source.window(), now)?;
        Ok(Ticket { bucket, price })
    }
}

/// The instant, in microseconds, at which all that was taken will have flowed back (GCRA's theoretical arrival time).
#[derive(Default)]
struct Bucket(AtomicI64);

impl Bucket {
    fn take(&self, per_window: NonZeroU32, window: Duration, now: Timestamp) -> Result<i64, Duration> {
        let (now, window) = (now.micros(), i64::try_from(window.as_micros()).unwrap_or(i64::MAX));
        let price = window / i64::from(per_window.get());
        let after = |full_at: i64| {
            // Never further ahead than a whole window, also after the clock jumped back.
            full_at.clamp(now, now.saturating_add(window)).saturating_add(price)
        };
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| {
                Some(after(full_at)).filter(|next| *next <= now.saturating_add(window))
            })
            .map(|_| price)
            .map_err(|full_at| {
                let wait = after(full_at).saturating_sub(now).saturating_sub(window);
                Duration::from_micros(u64::try_from(wait).unwrap_or(0))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn ada() -> Source {
        Source::account(Pool::Instance, &"ada@example.com".parse().unwrap())
    }

    #[test]
    fn ten_failures_pass_and_the_next_waits_for_one_to_flow_back() {
        let failures = Failures::default();
        for _ in 0..10 {
            drop(failures.take(&ada(), TEN, at(0)).ok().unwrap());
        }
        assert_eq!(failures.take(&ada(), TEN, at(0)).err(), Some(Duration::from_secs(6)));
        assert_eq!(failures.take(&ada(), TEN, at(2)).err(), Some(Duration::from_secs(4)));
        assert!(failures.take(&ada(), TEN, at(6)).is_ok());
        assert!(failures.take(&ada(), TEN, at(6)).is_err());
    }

    #[test]
    fn a_ticket_given_back_counts_for_nothing() {
        let failures = Failures::default();
        for _ in 0..1_000 {
            failures.take(&ada(), TEN, at(0)).ok().unwrap().give_back();
        }
    }

    #[test]
    fn a_clock_that_jumps_back_shuts_nobody_out_for_longer_than_a_window() {
        let failures = Failures::default();
        for _ in 0..10 {
            drop(failures.take(&ada(), TEN, at(1_000_000)).ok().unwrap());
        }
        assert!(failures.take(&ada(), TEN, at(0)).err().unwrap() <= WINDOW);
    }

    #[test]
    fn one_customer_of_ipv6_is_one_source() {
        let source = |text: &str| Source::address(Some(text.parse().unwrap()));
        assert!(source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff::9"));
        assert!(source("2001:db8:1:2::1") != source("2001:db8:1:3::1"));
        assert!(source("::ffff:192.0.2.1") == source("192.0.2.1"));
        assert!(source("192.0.2.1") != source("192.0.2.2"));
    }
}
