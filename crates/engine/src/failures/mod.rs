//! Slowing down whoever fails to sign in, before any password is hashed; clients that fail to prove themselves; and
//! whoever registers clients or has mail sent without end.
//!
//! An attempt takes a ticket first and gives it back when it succeeds, so that guesses sent all at once count as
//! well. That is why these buckets are our own: governor's cannot be given anything back.

mod bucket;

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{AccountId, ClientId, Clock, Email, Pool, Timestamp, WorkspaceId};
use claviger_secrets::Lookup;
use quick_cache::sync::Cache;

use self::bucket::Bucket;
pub(crate) use self::bucket::Ticket;

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
    /// Reports of leaked keys from one address, as for [`Source::Address`]: each counts, for none is a success.
    Reports(IpAddr),
    /// Those of clients at one address, as for [`Source::Address`].
    Proofs(IpAddr),
    /// Reads for clients that memory does not know, from an address where too many failed.
    Strangers(IpAddr),
    /// Those of one client, whether or not it exists.
    Client(ClientId),
    /// Registrations from one address, as for [`Source::Address`]. Those that succeed count, too.
    Registrations(IpAddr),
    /// Requests from one address, as for [`Source::Address`], to the endpoints that are ours.
    Requests(IpAddr),
    /// Logins by key from one address, as for [`Source::Address`].
    Logins(IpAddr),
    /// Logins by one key, whether or not it exists.
    Key(Lookup),
    /// Logins by the keys of one workspace.
    Workspace(WorkspaceId),
    /// Not failures: requests that an account has sent for it, to try an API.
    Trials(AccountId),
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

    pub(crate) fn requests(address: IpAddr) -> Self {
        Self::Requests(customer(Some(address)))
    }

    pub(crate) fn strangers(address: IpAddr) -> Self {
        Self::Strangers(customer(Some(address)))
    }

    pub(crate) fn registrations(address: IpAddr) -> Self {
        Self::Registrations(customer(Some(address)))
    }

    pub(crate) fn letters(address: Option<IpAddr>) -> Self {
        Self::Letters(customer(address))
    }

    pub(crate) fn reports(address: Option<IpAddr>) -> Self {
        Self::Reports(customer(address))
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

/// The one customer behind an address, who may have many.
pub(crate) fn customer(address: Option<IpAddr>) -> IpAddr {
    match address.map(|address| address.to_canonical()) {
        None => Ipv6Addr::UNSPECIFIED.into(),
        Some(IpAddr::V4(address)) => address.into(),
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// Too many failed: how long until the next attempt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

/// The failures that this node remembers, and the accounts that proved themselves, with the address of each.
pub(crate) struct Failures(Cache<Source, Arc<Bucket>>, Cache<(AccountId, IpAddr), ()>);

impl Default for Failures {
    fn default() -> Self {
        Self(Cache::new(BUCKETS), Cache::new(BUCKETS))
    }
}

impl Failures {
    /// A ticket for an attempt, or how long it takes until there is one again. For what is counted at once.
    pub(crate) fn take(
        &self,
        source: &Source,
        per_window: NonZeroU32,
        now: Timestamp,
    ) -> Result<Ticket, Duration> {
        self.bucket(source).take((per_window, source.window()), now)
    }

    /// The same for an attempt that takes a while. Where others that are under way leave no room, it waits until they
    /// have succeeded; it is refused when they have failed.
    pub(crate) async fn admit(
        &self,
        source: &Source,
        per_window: NonZeroU32,
        clock: &dyn Clock,
    ) -> Result<Ticket, Duration> {
        self.bucket(source).admit((per_window, source.window()), clock).await
    }

    /// How long until there is a ticket again, where there is none now. Takes none.
    pub(crate) fn wait(&self, source: &Source, per_window: NonZeroU32, now: Timestamp) -> Option<Duration> {
        self.0.get(source)?.wait((per_window, source.window()), now)
    }

    fn bucket(&self, source: &Source) -> Arc<Bucket> {
        let made = self.0.get_or_insert_with(source, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(bucket) = made;
        bucket
    }

    /// Notes that an account proved itself from an address, where no session will say so. Forgotten with the failures:
    /// whoever starts anew has nobody slowed either.
    pub(crate) fn note_proof(&self, account: AccountId, address: IpAddr) {
        self.1.insert((account, customer(Some(address))), ());
    }

    /// Whether an account proved itself from an address.
    pub(crate) fn has_proof(&self, account: AccountId, address: IpAddr) -> bool {
        self.1.get(&(account, customer(Some(address)))).is_some()
    }
}

#[cfg(test)]
#[path = "failures_tests.rs"]
mod tests;
