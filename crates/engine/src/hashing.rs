//! Passwords are hashed on threads of their own, few at once, so that sign-ins cannot starve verification.

use std::num::NonZeroUsize;
use std::sync::Arc;

use claviger_domain::Entropy;
use claviger_secrets::{Password, PasswordHash};
use tokio::sync::Semaphore;

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
        // The permits go with the work: a caller that stops waiting does not make room for another thread.
        let hashed = tokio::task::spawn_blocking(move || {
            let _held = (place, hasher);
            work()
        });
        Ok(hashed.await.map_err(|_| claviger_secrets::Error::Crypto)??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc;

    #[tokio::test]
    async fn whoever_finds_no_place_is_told_at_once_and_places_come_free() {
        let hashing = Arc::new(Hashing::new(NonZeroUsize::MIN, 0).unwrap());
        let (go, wait) = mpsc::channel::<()>();
        let (begun, started) = tokio::sync::oneshot::channel();
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
}
