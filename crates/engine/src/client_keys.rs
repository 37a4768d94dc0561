//! The public keys of clients that publish them at an address, kept for a while.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Clock, Timestamp};
use claviger_secrets::PublicKey;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use crate::fetch::{Fetch, FetchError, FetchLimits};
use crate::lookup_cache::growing;

/// What a client's server may ask of us.
const LIMITS: FetchLimits = FetchLimits { timeout: Duration::from_secs(5), bytes: 64 * 1024 };
/// Addresses remembered.
const ADDRESSES: usize = 10_000;
/// How long keys are kept at least, whatever their server says; and how often an unknown key has them read again.
const FLOOR: Duration = Duration::from_secs(60);
/// How long they are kept at most.
const CEILING: Duration = Duration::from_secs(24 * 60 * 60);
/// How long they are kept when their server does not say.
const USUAL: Duration = Duration::from_secs(5 * 60);
/// How long a failure is remembered.
const FAILURE: Duration = Duration::from_secs(10);

/// Sets of keys by address.
pub(crate) struct ClientKeyCache(Cache<String, Arc<Mutex<Entry>>, UnitWeighter>);

/// What is known of one address. Locked while it is asked, so that it is asked once however many wait.
#[derive(Default)]
struct Entry {
    keys: Option<Arc<[PublicKey]>>,
    read_at: Option<Timestamp>,
    fresh_until: Option<Timestamp>,
    failed: Option<(FetchError, Timestamp)>,
}

impl Default for ClientKeyCache {
    fn default() -> Self {
        Self(growing(ADDRESSES))
    }
}

impl ClientKeyCache {
    /// The keys at an address; read again when they are too old, or when `is_wanted` finds none among them and they
    /// are a minute old.
    pub(crate) async fn find(
        &self,
        (fetch, clock): (&dyn Fetch, &dyn Clock),
        address: &str,
        is_wanted: impl Fn(&PublicKey) -> bool,
    ) -> Result<Arc<[PublicKey]>, FetchError> {
        let entry = match self.0.get(address) {
            Some(entry) => entry,
            None => self.0.get_or_insert_with::<_, FetchError>(address, || Ok(Arc::default()))?,
        };
        let mut entry = entry.lock().await;
        let now = clock.now();
        if let Some(keys) = entry.usable(now, is_wanted) {
            return Ok(keys);
        }
        if let Some((error, at)) = &entry.failed
            && now.since(*at) < FAILURE
        {
            return Err(error.clone());
        }
        match fetch
            .get(address, LIMITS)
            .await
            .and_then(|fetched| Ok((keys_of(&fetched.body)?, fetched.max_age)))
        {
            Ok((keys, max_age)) => {
                let life = max_age.unwrap_or(USUAL).clamp(FLOOR, CEILING);
                let fresh_until = Some(now.plus(life));
                *entry =
                    Entry { keys: Some(Arc::clone(&keys)), read_at: Some(now), fresh_until, failed: None };
                Ok(keys)
            }
            Err(error) => {
                entry.failed = Some((error.clone(), now));
                Err(error)
            }
        }
    }
}

impl Entry {
    fn usable(&self, now: Timestamp, is_wanted: impl Fn(&PublicKey) -> bool) -> Option<Arc<[PublicKey]>> {
        let keys = self.keys.as_ref().filter(|_| self.fresh_until.is_some_and(|end| now < end))?;
        let was_just_read = self.read_at.is_some_and(|at| now.since(at) < FLOOR);
        (was_just_read || keys.iter().any(is_wanted)).then(|| Arc::clone(keys))
    }
}

fn keys_of(body: &[u8]) -> Result<Arc<[PublicKey]>, FetchError> {
    let set = serde_json::from_slice(body).map_err(|_| FetchError::Answer)?;
    Ok(PublicKey::list_of_set(&set).ok_or(FetchError::Answer)?.into())
}

#[cfg(test)]
#[path = "client_keys_tests.rs"]
mod tests;
