//! Reading the signing keys of APIs, and reading them again when they changed.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{ApiId, SigningKeyId};
use claviger_secrets::{KeyPair, Keyring, SigningPair};
use claviger_store::StoredSigningKey;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use tokio::sync::MutexGuard;

use crate::api_keyring::{ApiKeys, private_place};
use crate::engine::Engine;
use crate::error::Error;

/// How often unknown keys can have the database asked, however many texts name one.
const MISS_PAUSE: Duration = Duration::from_millis(100);
/// The longest header of a JWT of ours, encoded.
const LONGEST_HEADER: usize = 256;

impl Engine {
    /// The keys of an API as the database has them now.
    pub(crate) async fn open_api_keys(&self, api: ApiId) -> Result<ApiKeys, Error> {
        Ok(ApiKeys::new(self.load_keyring(api).await?))
    }

    /// The keys of an API, read again when this node cannot know that they are still the same.
    pub(crate) async fn current_keyring(&self, api: ApiId) -> Result<Arc<Keyring>, Error> {
        let keys = self.registry().keys(api).ok_or(claviger_secrets::Error::Algorithm)?;
        if !keys.is_stale() && self.feed().is_trusted(self.now()) {
            return Ok(keys.keyring());
        }
        let seen = keys.reads();
        let held = keys.work().await;
        if keys.reads() != seen && !keys.is_stale() {
            // Read while this call waited.
            return Ok(keys.keyring());
        }
        self.reload_keyring(&keys, &held, api).await
    }

    /// Reads the keys again. Whoever calls it holds the lock, so that nobody puts older ones in their place.
    pub(crate) async fn reload_keyring(
        &self,
        keys: &ApiKeys,
        _held: &MutexGuard<'_, ()>,
        api: ApiId,
    ) -> Result<Arc<Keyring>, Error> {
        // Before the read: a change that is noted meanwhile has them read once more.
        keys.note_read();
        match self.load_keyring(api).await {
            Ok(keyring) => {
                let keyring = Arc::new(keyring);
                keys.replace(Arc::clone(&keyring));
                Ok(keyring)
            }
            Err(error) => {
                keys.note_change();
                Err(error)
            }
        }
    }

    /// Reads again what other nodes changed.
    pub(crate) async fn refresh_keyrings(&self) -> Result<(), Error> {
        for entry in self.list_apis() {
            let Some(keys) = self.registry().keys(entry.api.id) else { continue };
            if keys.is_stale() {
                let held = keys.work().await;
                self.reload_keyring(&keys, &held, entry.api.id).await?;
            }
        }
        Ok(())
    }

    /// The signing keys of an API changed.
    pub(crate) fn note_signing_keys(&self, api: ApiId) {
        if let Some(keys) = self.registry().keys(api) {
            keys.note_change();
        }
    }

    /// The signing keys of any API may have changed.
    pub(crate) fn note_all_signing_keys(&self) {
        for entry in self.list_apis() {
            self.note_signing_keys(entry.api.id);
        }
    }

    /// Whether a text names a signing key that this node does not know and may ask the database about.
    pub(crate) fn is_signer_unknown(&self, api: ApiId, text: &[u8]) -> bool {
        let Some(keys) = self.registry().keys(api) else { return false };
        if keys.keyring().knows_signer(text) || named_signer(text).is_none() {
            return false;
        }
        let missed_at = keys.missed_at();
        let now = self.now();
        now < missed_at || now.since(missed_at) >= MISS_PAUSE
    }

    /// Reads the keys of an API again because a text names one that is not known; many at once read once.
    pub(crate) async fn learn_signer(&self, api: ApiId) -> Result<(), Error> {
        let Some(keys) = self.registry().keys(api) else { return Ok(()) };
        let (seen, asked_at) = (keys.missed_at(), self.now());
        let held = keys.work().await;
        if keys.note_miss(seen, asked_at) {
            self.reload_keyring(&keys, &held, api).await?;
        }
        Ok(())
    }

    async fn load_keyring(&self, api: ApiId) -> Result<Keyring, Error> {
        let stored = self.store().read().await?.list_signing_keys(api).await?;
        let now = self.now();
        let living = stored.into_iter().filter(|stored| stored.key.removes_at.is_none_or(|end| now < end));
        let pairs = living.map(|stored| self.open_pair(stored)).collect::<Result<_, _>>()?;
        Ok(Keyring::new(self.token_maker().signer(api), pairs, now))
    }

    fn open_pair(&self, stored: StoredSigningKey) -> Result<SigningPair, Error> {
        let StoredSigningKey { key, private } = stored;
        let der = self.sealer().open(private_place(&key.id.to_string()), &private)?;
        let private = KeyPair::from_pkcs8(key.algorithm, &der)?;
        Ok(SigningPair::new(key, private)?)
    }
}

/// The signing key that a JWT's header names, if it can be one of ours.
fn named_signer(text: &[u8]) -> Option<SigningKeyId> {
    #[derive(Deserialize)]
    struct Header<'h> {
        #[serde(borrow)]
        kid: &'h str,
    }

    let end = text.iter().take(LONGEST_HEADER).position(|byte| *byte == b'.')?;
    let header = BASE64URL_NOPAD.decode(text.get(..end)?).ok()?;
    serde_json::from_slice::<Header<'_>>(&header).ok()?.kid.parse().ok()
}
