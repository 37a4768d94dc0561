//! Signing keys of APIs: made when first needed, sealed at rest, replaced on a schedule.
//!
//! A key is announced in the JWK set before it signs, signs until its successor does, and stays in the set until the
//! last token that it signed has ended. Which node makes a key is decided by a unique index; the others read it.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Action, Actor, Algorithm, ApiId, ChangeKind, ErrorKind, Event, NotAllowed, Policy, SigningKey,
    SigningKeyId, SigningKeyState, SigningSchedule, Timestamp, TokenShape,
};
use claviger_secrets::{KeyPair, Keyring, Plain};
use claviger_store::StoredSigningKey;
use serde_json::{Map, Value};
use tokio::sync::MutexGuard;

pub(crate) use claviger_secrets::JwtType;

use crate::api_keyring::{ApiKeys, private_place};
use crate::engine::Engine;
use crate::error::Error;
use crate::registry::RegisteredApi;

/// How long a JWK set may be kept by those who read it; so long a key is announced at least before it signs, unless
/// somebody wants it to sign at once.
pub const JWK_SET_MAX_AGE: Duration = Duration::from_secs(5 * 60);
/// How long a retired key stays in the set at least: ID tokens, and clocks that differ.
const RETIRED_AT_LEAST: Duration = Duration::from_secs(24 * 60 * 60);
/// How often this node looks whether a key is missing or has left its set.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Why signing keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// There is no such API.
    #[error("no such API")]
    UnknownApi,
    /// The algorithm has no key pair.
    #[error("{} has no key pair: its key is derived from the master key", .0.as_str())]
    Symmetric(Algorithm),
    /// Only the provider does this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SigningKeyError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownApi => ErrorKind::NotFound,
            Self::Symmetric(_) => ErrorKind::InvalidRequest,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SigningKeyError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A key to be made.
struct KeyOrder<'o> {
    /// Who orders it, and how it is recorded.
    by: (&'o Actor, Action),
    entry: &'o RegisteredApi,
    algorithm: Algorithm,
    /// The newest key when it was ordered. Another one then: somebody else was faster.
    after: Option<SigningKeyId>,
    activates_at: Timestamp,
}

/// A key that the server makes because it is needed, or its time comes.
const BY_ITSELF: (&Actor, Action) = (&Actor::SYSTEM, Action::SigningKeyMade);

impl Engine {
    /// A JWT of an API with these claims, which are a JSON object, by the key that signs now. The same key, type and
    /// claims give the same text wherever the algorithm allows it (not ES256, ES384, PS256).
    pub(crate) async fn sign_jwt(
        &self,
        api: ApiId,
        (algorithm, kind): (Algorithm, JwtType),
        claims: &str,
    ) -> Result<Plain, Error> {
        let now = self.now();
        if algorithm.is_symmetric() {
            let keys = self.registry().keys(api).ok_or(claviger_secrets::Error::Algorithm)?;
            return Ok(keys.keyring().sign(algorithm, kind, claims, now)?);
        }
        let mut keyring = self.current_keyring(api).await?;
        if !keyring.can_sign(algorithm, now) {
            let entry = self.registry().find(api).ok_or(claviger_secrets::Error::Algorithm)?;
            keyring = Box::pin(self.make_first_key(&entry, algorithm)).await?;
        }
        Ok(keyring.sign(algorithm, kind, claims, now)?)
    }

    /// The claims of a JWT that one of the API's keys signed, announced and retired ones included. Dates and all else
    /// are not looked at. A key that another node just made may be unknown: [`Engine::read_any_jwt`] asks.
    pub(crate) fn read_jwt(&self, api: ApiId, text: &[u8]) -> Option<Map<String, Value>> {
        let claims = self.registry().keys(api)?.keyring().claims(text, self.now())?;
        serde_json::from_slice(&claims).ok()
    }

    /// As [`Engine::read_jwt`], and reads the keys again when the text names one that is not known.
    pub(crate) async fn read_any_jwt(
        &self,
        api: ApiId,
        text: &[u8],
    ) -> Result<Option<Map<String, Value>>, Error> {
        if self.is_signer_unknown(api, text) {
            self.learn_signer(api).await?;
        }
        Ok(self.read_jwt(api, text))
    }

    /// The JWK set of an API (RFC 7517 section 5) as JSON: announced, active and retired keys.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn jwk_set(&self, api: ApiId) -> Result<Arc<str>, SigningKeyError> {
        let entry = self.registry().find(api).ok_or(SigningKeyError::UnknownApi)?;
        // A set that lacked a key which is about to be made would be kept by its readers.
        self.make_missing_keys(&entry).await?;
        Ok(self.current_keyring(api).await?.jwk_set())
    }

    /// When signing keys change by themselves.
    pub fn signing_schedule(&self) -> SigningSchedule {
        self.options().signing
    }

    /// The signing keys of an API, newest first, removed ones included as long as they are kept.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn list_signing_keys(&self, api: ApiId) -> Result<Vec<SigningKey>, SigningKeyError> {
        self.registry().find(api).ok_or(SigningKeyError::UnknownApi)?;
        let stored = self.store().read().await?.list_signing_keys(api).await?;
        Ok(stored.into_iter().map(|stored| stored.key).collect())
    }

    /// Makes the next key: announced first, or signing from now on. What earlier keys signed stays good. When another
    /// node makes one at the same time, that is the one.
    ///
    /// # Errors
    /// When there is no such API, the algorithm is symmetric, or the database fails.
    pub async fn rotate_signing_key(
        &self,
        actor: &Actor,
        api: ApiId,
        algorithm: Algorithm,
        at_once: bool,
    ) -> Result<SigningKey, SigningKeyError> {
        actor.require_provider()?;
        if algorithm.is_symmetric() {
            return Err(SigningKeyError::Symmetric(algorithm));
        }
        let entry = self.registry().find(api).ok_or(SigningKeyError::UnknownApi)?;
        let keys = self.registry().keys(api).ok_or(SigningKeyError::UnknownApi)?;
        let held = keys.work().await;
        let before = self.reload_keyring(&keys, &held, api).await?;
        let after = newest(&before, algorithm).map(|key| key.id);
        let is_waiting = after.is_some() && !at_once;
        let pause = if is_waiting { JWK_SET_MAX_AGE } else { Duration::ZERO };
        let activates_at = self.now().plus(pause);
        let by = (actor, Action::SigningKeyRotated);
        let order = KeyOrder { by, entry: &entry, algorithm, after, activates_at };
        let keyring = Box::pin(self.make_key(&keys, &held, &order)).await?;
        let key = newest(&keyring, algorithm).cloned();
        let key = key.ok_or_else(|| Error::from(claviger_secrets::Error::Algorithm))?;
        tracing::info!(%actor, %api, key = %key.id, algorithm = algorithm.as_str(), "a signing key was replaced");
        Ok(key)
    }

    /// Makes successors of keys whose time comes. One node at a time does it.
    pub(crate) async fn succeed_signing_keys(&self) -> Result<(), Error> {
        let schedule = self.options().signing;
        for entry in self.list_apis() {
            let Some(keys) = self.registry().keys(entry.api.id) else { continue };
            let keyring = self.current_keyring(entry.api.id).await?;
            for algorithm in Algorithm::ALL {
                let Some(key) = newest(&keyring, algorithm) else { continue };
                let (due, soon) =
                    (key.activates_at.plus(schedule.rotation), self.now().plus(schedule.announcement));
                if soon < due {
                    continue;
                }
                let (after, activates_at) = (Some(key.id), due.max(soon));
                let order = KeyOrder { by: BY_ITSELF, entry: &entry, algorithm, after, activates_at };
                let held = keys.work().await;
                Box::pin(self.make_key(&keys, &held, &order)).await?;
            }
        }
        Ok(())
    }

    /// Makes keys as soon as a contract needs them, and drops those whose time is over. A failure is tried again.
    pub(crate) async fn keep_signing_keys(&self) {
        loop {
            if let Err(error) = self.look_after_keyrings().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "signing keys could not be made and will be tried again"
                );
            }
            let _ = tokio::time::timeout(LOOK_EVERY, self.registry().installed()).await;
        }
    }

    async fn look_after_keyrings(&self) -> Result<(), Error> {
        for entry in self.list_apis() {
            self.make_missing_keys(&entry).await?;
            let Some(keys) = self.registry().keys(entry.api.id) else { continue };
            let now = self.now();
            if keys.keyring().keys().any(|key| key.state(now) == SigningKeyState::Removed) {
                let held = keys.work().await;
                self.reload_keyring(&keys, &held, entry.api.id).await?;
            }
        }
        Ok(())
    }

    /// Makes the keys that a contract needs and nobody has made.
    async fn make_missing_keys(&self, entry: &RegisteredApi) -> Result<(), Error> {
        for algorithm in needed_algorithms(&entry.policy) {
            let can_sign = match self.registry().keys(entry.api.id) {
                Some(keys) => keys.keyring().can_sign(algorithm, self.now()),
                None => continue,
            };
            if !can_sign {
                Box::pin(self.make_first_key(entry, algorithm)).await?;
            }
        }
        Ok(())
    }

    /// The keyring with a key that can sign with this algorithm, made here or by another node.
    async fn make_first_key(
        &self,
        entry: &RegisteredApi,
        algorithm: Algorithm,
    ) -> Result<Arc<Keyring>, Error> {
        let api = entry.api.id;
        let keys = self.registry().keys(api).ok_or(claviger_secrets::Error::Algorithm)?;
        let held = keys.work().await;
        let keyring = self.reload_keyring(&keys, &held, api).await?;
        if keyring.can_sign(algorithm, self.now()) {
            return Ok(keyring);
        }
        let after = newest(&keyring, algorithm).map(|key| key.id);
        let order = KeyOrder { by: BY_ITSELF, entry, algorithm, after, activates_at: self.now() };
        self.make_key(&keys, &held, &order).await
    }

    /// Makes a key, unless somebody else was faster. Answers the keyring with whichever it is.
    async fn make_key(
        &self,
        keys: &ApiKeys,
        held: &MutexGuard<'_, ()>,
        order: &KeyOrder<'_>,
    ) -> Result<Arc<Keyring>, Error> {
        let api = order.entry.api.id;
        let stored = self.generate_key(order).await?;
        let life = order.entry.policy.tokens.longest_access.max(RETIRED_AT_LEAST);
        let removes_at = order.activates_at.plus(life).plus(RETIRED_AT_LEAST);
        let (algorithm, after, action) = (order.algorithm, order.after, order.by.1);
        let audit = self.auditor(order.by.0, stored.key.created_at);
        let made = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let known = tx.list_signing_keys(api).await?;
                    let is_newest = |known: &&StoredSigningKey| {
                        known.key.algorithm == algorithm && known.key.retires_at.is_none()
                    };
                    if known.iter().find(is_newest).map(|known| known.key.id) != after {
                        return Ok(());
                    }
                    tx.insert_signing_key(&stored, removes_at).await?;
                    audit.record(tx, Event::made(action, &stored.key)).await?;
                    tx.append_change(&ChangeKind::SigningKeys(api), stored.key.created_at).await?;
                    Ok(())
                })
            })
            .await;
        match made {
            // Of two nodes at the same instant, one meets the other's row.
            Ok(()) | Err(claviger_store::Error::Conflict { .. }) => {
                self.reload_keyring(keys, held, api).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A key pair with its private half sealed, made on a thread where nobody waits for it.
    async fn generate_key(&self, order: &KeyOrder<'_>) -> Result<StoredSigningKey, Error> {
        let algorithm = order.algorithm;
        let made = tokio::task::spawn_blocking(move || KeyPair::generate(algorithm)).await;
        let pair = made.map_err(|_| claviger_secrets::Error::Crypto)??;
        let now = self.now();
        let id = SigningKeyId::generate_at(now, self.entropy());
        let name = id.to_string();
        let private = self.sealer().seal(private_place(&name), &pair.to_pkcs8()?, self.entropy())?;
        let key = SigningKey {
            id,
            api: order.entry.api.id,
            algorithm,
            public_jwk: pair.public_jwk(&name)?.to_string(),
            created_at: now,
            activates_at: order.activates_at,
            retires_at: None,
            removes_at: None,
        };
        Ok(StoredSigningKey { key, private })
    }
}

/// The newest key of an algorithm: the one that has no successor.
fn newest(keyring: &Keyring, algorithm: Algorithm) -> Option<&SigningKey> {
    keyring.keys().find(|key| key.algorithm == algorithm && key.retires_at.is_none())
}

/// The algorithms whose key pairs an API needs from the start: those of its access tokens, and the one of ID tokens
/// unless their client wants another.
fn needed_algorithms(policy: &Policy) -> Vec<Algorithm> {
    let of_shape = |shape: &TokenShape| match shape {
        TokenShape::Jwt { algorithm, .. } if !algorithm.is_symmetric() => Some(*algorithm),
        _ => None,
    };
    let mut needed: Vec<_> = policy.tokens.has_users.then_some(Algorithm::Rs256).into_iter().collect();
    needed.extend(policy.access_tokens.iter().filter_map(of_shape));
    // RSA last: its keys take longest to make.
    needed.sort_unstable_by_key(|algorithm| std::cmp::Reverse(*algorithm));
    needed.dedup();
    needed
}

#[cfg(test)]
#[path = "signing_keys_tests.rs"]
mod tests;
