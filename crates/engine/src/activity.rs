//! "Last used" without a write per request: the hot path sets an atomic, a flusher writes batches.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{SecretId, Timestamp};
use claviger_store::Touch;
use tokio::sync::mpsc;

/// How exact "last used" is. A key in constant use costs one write in this time, so that ten thousand hot keys cost
/// some hundred and not ten thousand a second; the first use after a pause is written at the next flush.
const RESOLUTION: Duration = Duration::from_secs(60);

/// How often uses are written.
pub(crate) const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Keys noted between two flushes; beyond that the newest uses are noted at the next one.
const PENDING: usize = 65_536;

/// One credential's use, kept beside it in memory.
pub(crate) struct Activity {
    /// Whose row says when it was last used; none for a credential that no row speaks of.
    secret: Option<SecretId>,
    last_used: AtomicI64,
    is_pending: AtomicBool,
    from: Mutex<Origin>,
    /// By which the watch tells whether this use is like the one before.
    mark: AtomicU64,
}

#[derive(Clone, Default)]
struct Origin {
    address: Option<IpAddr>,
    agent: Option<String>,
}

impl Activity {
    pub(crate) fn new(secret: SecretId, last_used: Option<Timestamp>) -> Self {
        Self { secret: Some(secret), ..Self::unrecorded(last_used) }
    }

    /// That of a credential whose use is written down nowhere.
    pub(crate) fn unrecorded(last_used: Option<Timestamp>) -> Self {
        Self {
            secret: None,
            last_used: AtomicI64::new(last_used.map_or(0, Timestamp::micros)),
            is_pending: AtomicBool::new(false),
            from: Mutex::default(),
            mark: AtomicU64::new(0),
        }
    }

    /// When it was last used, to within a minute.
    pub(crate) fn last_used(&self) -> Option<Timestamp> {
        let micros = self.last_used.load(Ordering::Relaxed);
        (micros != 0).then(|| Timestamp::from_micros(micros))
    }

    /// Whether the mark of this use differs from that of the use before. Nearly always one atomic load.
    pub(crate) fn is_marked_anew(&self, mark: u64) -> bool {
        self.mark.load(Ordering::Relaxed) != mark && self.mark.swap(mark, Ordering::Relaxed) != mark
    }

    fn origin(&self) -> MutexGuard<'_, Origin> {
        self.from.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self) -> Option<Touch> {
        // Cleared before reading, so that a use during the flush is noted for the next one.
        self.is_pending.store(false, Ordering::Release);
        let Origin { address, agent } = self.origin().clone();
        let at = Timestamp::from_micros(self.last_used.load(Ordering::Acquire));
        Some(Touch { secret: self.secret?, at, address, agent })
    }
}

/// Collects which credentials were used.
pub(crate) struct Recorder {
    pending: mpsc::Sender<Arc<dyn HasActivity>>,
}

/// What the flusher reads from.
pub(crate) struct Pending(mpsc::Receiver<Arc<dyn HasActivity>>);

/// Something in memory that is used.
pub(crate) trait HasActivity: Send + Sync + 'static {
    fn activity(&self) -> &Activity;
}

/// A recorder and where its flusher reads.
pub(crate) fn recorder() -> (Recorder, Pending) {
    let (pending, receiver) = mpsc::channel(PENDING);
    (Recorder { pending }, Pending(receiver))
}

impl Recorder {
    /// Notes a use. Nearly always one atomic load; once a minute per credential a little more. Never waits.
    pub(crate) fn note<T: HasActivity>(
        &self,
        used: &Arc<T>,
        now: Timestamp,
        address: Option<IpAddr>,
        agent: Option<&str>,
    ) {
        let activity = used.activity();
        if activity.secret.is_none() {
            return;
        }
        let last = Timestamp::from_micros(activity.last_used.load(Ordering::Relaxed));
        if now.since(last) < RESOLUTION && last <= now {
            return;
        }
        activity.last_used.store(now.micros(), Ordering::Release);
        if let Ok(mut origin) = activity.from.try_lock() {
            *origin = Origin { address, agent: agent.map(clean_agent) };
        }
        if !activity.is_pending.swap(true, Ordering::AcqRel)
            && self.pending.try_send(Arc::clone(used) as Arc<dyn HasActivity>).is_err()
        {
            activity.is_pending.store(false, Ordering::Release);
        }
    }
}

impl Pending {
    /// What was used since the last call, at most `most` of it.
    pub(crate) fn drain(&mut self, most: usize) -> Vec<Touch> {
        let mut uses = Vec::new();
        while uses.len() < most
            && let Ok(used) = self.0.try_recv()
        {
            uses.extend(used.activity().drain());
        }
        uses
    }
}

/// An agent is text from outside: printable and short.
fn clean_agent(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    struct Thing(Activity);

    impl HasActivity for Thing {
        fn activity(&self) -> &Activity {
            &self.0
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_thousand_uses_in_a_minute_are_one_row() {
        let (recorder, mut pending) = recorder();
        let thing = Arc::new(Thing(Activity::new(SecretId::from_uuid(Uuid::nil()), None)));
        for i in 0..1000 {
            recorder.note(&thing, at(100).plus(Duration::from_micros(i)), None, Some("curl/8\u{7}"));
        }
        let uses = pending.drain(10);
        assert_eq!(uses.len(), 1);
        assert_eq!(uses[0].at, at(100));
        assert_eq!(uses[0].agent.as_deref(), Some("curl/8"));
        assert!(pending.drain(10).is_empty());
    }

    #[test]
    fn a_use_after_a_minute_is_a_new_row() {
        let (recorder, mut pending) = recorder();
        let thing = Arc::new(Thing(Activity::new(SecretId::from_uuid(Uuid::nil()), None)));
        recorder.note(&thing, at(100), None, None);
        assert_eq!(pending.drain(10).len(), 1);
        recorder.note(&thing, at(159), None, None);
        assert!(pending.drain(10).is_empty(), "within the minute nothing is written again");
        recorder.note(&thing, at(160), Some([127, 0, 0, 1].into()), None);
        let uses = pending.drain(10);
        assert_eq!((uses.len(), uses[0].at), (1, at(160)));
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_stop_the_record() {
        let (recorder, mut pending) = recorder();
        let thing = Arc::new(Thing(Activity::new(SecretId::from_uuid(Uuid::nil()), Some(at(500)))));
        recorder.note(&thing, at(100), None, None);
        assert_eq!(pending.drain(10)[0].at, at(100));
    }
}
