//! Reading keys. Their texts cannot be read by anyone.

use claviger_domain::{Actor, Key, KeyId, Page, PageRequest};

use super::KeyError;
use crate::engine::Engine;
use claviger_store::KeyFilter;

impl Engine {
    /// The key with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_key(&self, id: KeyId) -> Result<Key, KeyError> {
        self.store().read().await?.find_key(id, None).await?.ok_or(KeyError::UnknownKey)
    }

    /// The key with this id, if it exists for the actor.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_key_for(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        let found = self.store().read().await?.find_key(id, actor.workspace()).await?;
        found.ok_or(KeyError::UnknownKey)
    }

    /// A page of the keys that exist for the actor, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys_for(
        &self,
        actor: &Actor,
        filter: KeyFilter,
        page: PageRequest,
    ) -> Result<Page<Key>, KeyError> {
        let workspace = actor.workspace().or(filter.workspace);
        self.list_keys(KeyFilter { workspace, ..filter }, page).await
    }

    /// A page of keys, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&self, filter: KeyFilter, page: PageRequest) -> Result<Page<Key>, KeyError> {
        Ok(self.store().read().await?.list_keys(&filter, page).await?)
    }
}
