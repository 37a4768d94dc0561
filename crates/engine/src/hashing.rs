//! Passwords are hashed on threads of their own, few at once and only while nobody else wants the processor, so that
//! sign-ins cannot starve verification.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use claviger_domain::Entropy;
use claviger_secrets::{Password, PasswordHash};
use tokio::sync::{Semaphore, oneshot};

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashingError {
    /// Too many wait already.
    #[error("too many sign-ins are going on")]
    Busy,
    /// The hash function refused.
    #[error("a password could not be hashed")]
    Secrets(#[from] claviger_secrets::Error),
}

/// The bounded pool.
pub(crate) struct Hashing {
    /// Held while hashing.
    hashers: Arc<Semaphore>,
    /// Held while waiting and hashing.
    places: Arc<Semaphore>,
    nobody: PasswordHash,
}

impl Hashing {
    pub(crate) fn new(hashers: NonZeroUsize, queue: usize) -> Result<Self, claviger_secrets::Error> {
        let most = Semaphore::MAX_PERMITS;
        Ok(Self {
            hashers: Arc::new(Semaphore::new(hashers.get().min(most))),
            places: Arc::new(Semaphore::new(hashers.get().saturating_add(queue).min(most))),
            nobody: PasswordHash::of_nobody()?,
        })
    }

    /// Whether the password is the one; without a hash the answer is no, and takes as long.
    pub(crate) async fn matches(
        &self,
        hash: Option<&PasswordHash>,
        password: Password,
    ) -> Result<bool, HashingError> {
        let hash = hash.unwrap_or(&self.nobody).clone();
        self.run(move || hash.matches(&password)).await
    }

    /// A new hash.
    pub(crate) async fn create(
        &self,
        password: Password,
        entropy: Arc<dyn Entropy>,
    ) -> Result<PasswordHash, HashingError> {
        self.run(move || PasswordHash::create(&password, &*entropy)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, claviger_secrets::Error> + Send + 'static,
    ) -> Result<T, HashingError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashingError::Busy)?;
        let hasher = Arc::clone(&self.hashers).acquire_owned().await.map_err(|_| HashingError::Busy)?;
        // A thread for each: starting one takes a five-hundredth of what a hash does, and one that was made to yield to all
        // others must not do other work later.
        let (tell, told) = oneshot::channel();
        let hash = move || {
            yield_to_all();
            let hashed = work();
            // The permits go with the work: a caller that stops waiting does not make room for another thread.
            drop((place, hasher));
            // Nobody may wait any more.
            drop(tell.send(hashed));
        };
        if let Err(error) = thread::Builder::new().name("hasher".to_owned()).spawn(hash) {
            tracing::error!(%error, "no thread to hash a password on could be started");
            return Err(HashingError::Busy);
        }
        Ok(told.await.map_err(|_| claviger_secrets::Error::Crypto)??)
    }
}

/// Makes this thread run only where a processor is idle, or nearly: any other thread that wakes takes its place at once.
#[cfg(target_os = "linux")]
fn yield_to_all() {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
        // Only latency is lost.
        tracing::debug!(?error, "a thread that hashes passwords keeps its priority");
    }
}

/// Elsewhere it takes its turn with all others.
#[cfg(not(target_os = "linux"))]
const fn yield_to_all() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc;

    #[tokio::test]
    async fn whoever_finds_no_place_is_told_at_once_and_places_come_free() {
        let hashing = Arc::new(Hashing::new(NonZeroUsize::MIN, 0).unwrap());
        let (go, wait) = mpsc::channel::<()>();
        let (begun, started) = oneshot::channel();
        let (begun, wait) = (Mutex::new(Some(begun)), Mutex::new(wait));
        let first = {
            let hashing = Arc::clone(&hashing);
            tokio::spawn(async move {
                hashing
                    .run(move || {
                        begun.lock().unwrap().take().unwrap().send(()).unwrap();
                        Ok(wait.lock().unwrap().recv().is_ok())
                    })
                    .await
            })
        };
        started.await.unwrap();
        assert!(matches!(hashing.run(|| Ok(())).await, Err(HashingError::Busy)));
        go.send(()).unwrap();
        assert!(first.await.unwrap().unwrap());
        assert!(hashing.run(|| Ok(())).await.is_ok());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_yields_the_processor_to_whoever_wants_it() {
        use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy};
        let hashing = Hashing::new(NonZeroUsize::MIN, 0).unwrap();
        let policy = hashing.run(|| Ok(thread_schedule_policy().unwrap())).await.unwrap();
        assert_eq!(policy, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle));
        assert_ne!(thread_schedule_policy().unwrap(), policy, "the caller's own thread");
    }
}
