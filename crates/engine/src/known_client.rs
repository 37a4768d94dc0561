//! A client as it is kept in memory, so that one that proves itself by its secret costs no question to the database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claviger_domain::{Client, ClientId, ClientSecret, Timestamp, WorkspaceState};
use claviger_secrets::Lookup;
use claviger_store::ClientRecord;

/// How exact "last used" of a client is.
const RESOLUTION: Duration = Duration::from_secs(60 * 60);

/// A client as it is kept in memory.
pub(crate) struct KnownClient {
    /// The client; disabled where its workspace is suspended.
    client: Arc<Client>,
    secrets: Vec<ClientSecret>,
    /// In microseconds; 0 for never.
    last_used: AtomicI64,
}

impl KnownClient {
    pub(crate) fn new(record: ClientRecord) -> Self {
        let ClientRecord { mut client, workspace_state, secrets, .. } = record;
        if let WorkspaceState::Suspended { since } = workspace_state {
            client.disabled_at = client.disabled_at.or(Some(since));
        }
        let last_used = AtomicI64::new(client.last_used_at.map_or(0, Timestamp::micros));
        Self { client: Arc::new(client), secrets, last_used }
    }

    pub(crate) const fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Whether a secret with this keyed hash is one of its living ones. Each is looked at.
    pub(crate) fn has_secret(&self, presented: Lookup, now: Timestamp) -> bool {
        let is_it = |secret: &ClientSecret| Lookup::from_bytes(secret.lookup).matches(presented);
        self.secrets.iter().filter(|secret| secret.is_alive(now)).fold(false, |found, s| found | is_it(s))
    }
}

/// When clients were used, until it is written.
#[derive(Default)]
pub(crate) struct ClientUses(Mutex<BTreeMap<ClientId, Timestamp>>);

impl ClientUses {
    pub(crate) fn note(&self, known: &KnownClient, now: Timestamp) {
        let last = known.last_used.load(Ordering::Relaxed);
        let at = Timestamp::from_micros(last);
        if last != 0 && now.since(at) < RESOLUTION && at <= now {
            return;
        }
        // One of those who come at once notes it; the lock is taken once an hour for a client.
        let (mine, relaxed) = (now.micros(), Ordering::Relaxed);
        if known.last_used.compare_exchange(last, mine, relaxed, relaxed).is_ok() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(known.client.id, now);
        }
    }

    pub(crate) fn drain(&self, most: usize) -> Vec<(ClientId, Timestamp)> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| uses.pop_first()).take(most).collect()
    }
}
