//! Passkeys (WebAuthn level 2): registered by someone who is signed in, and used to sign in.

use claviger_domain::{Origin, PasskeyId, Pool, Timestamp};

use super::AccountError;
use crate::engine::Engine;
use crate::sessions::SignedIn;
use crate::sign_in::IssuedSession;

/// One half of a ceremony, for the browser.
#[derive(Clone, Debug)]
pub struct PasskeyCeremony {
    /// What `navigator.credentials` is called with, as JSON.
    pub options: String,
    /// What has to come back with its answer: sealed, URL-safe, good for five minutes.
    pub state: String,
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySummary {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl Engine {
    /// Begins to register a passkey at this origin.
    ///
    /// # Errors
    /// When a part fails.
    pub async fn begin_passkey(&self, who: &SignedIn, origin: &str) -> Result<PasskeyCeremony, AccountError> {
        let _ = (who, origin);
        Err(AccountError::NotOffered)
    }

    /// Takes the authenticator's answer, as JSON.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; when a part fails.
    pub async fn register_passkey(
        &self,
        who: &SignedIn,
        (origin, state): (&str, &str),
        name: &str,
        answer: &str,
    ) -> Result<(), AccountError> {
        let _ = (who, origin, state, name, answer);
        Err(AccountError::NotOffered)
    }

    /// Removes one of someone's own passkeys.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when there is none; when the database fails.
    pub async fn remove_passkey(&self, who: &SignedIn, id: PasskeyId) -> Result<(), AccountError> {
        let _ = (who, id);
        Err(AccountError::NotOffered)
    }

    /// Begins to sign in with whichever passkey the browser has for this origin.
    ///
    /// # Errors
    /// When a part fails.
    pub async fn begin_passkey_sign_in(&self, origin: &str) -> Result<PasskeyCeremony, AccountError> {
        let _ = origin;
        Err(AccountError::NotOffered)
    }

    /// Takes the authenticator's answer, as JSON: a session that needs no second factor.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; when a part fails.
    pub async fn sign_in_with_passkey(
        &self,
        pool: Pool,
        (origin, state): (&str, &str),
        answer: &str,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let _ = (pool, origin, state, answer, from);
        Err(AccountError::NotOffered)
    }
}
