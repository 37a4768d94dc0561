//! APIs: registered when their contract is first loaded.

use std::sync::Arc;

use claviger_domain::{Api, Policy};

use crate::engine::Engine;
use crate::error::Error;
use crate::registry::RegisteredApi;

impl Engine {
    /// Puts a contract's policy in force. The API is registered at its first load and keeps its id ever after.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn install_policy(&self, policy: Arc<Policy>) -> Result<Api, Error> {
        let name = policy.name.clone();
        let now = self.now();
        let id = claviger_domain::ApiId::generate_at(now, self.entropy());
        let api = self
            .store()
            .write(move |tx| {
                let name = name.clone();
                Box::pin(async move { tx.register_api(&Api { id, name, created_at: now }).await })
            })
            .await?;
        let keys = match self.registry().keys(api.id) {
            Some(known) => known,
            None => Arc::new(self.open_api_keys(api.id).await?),
        };
        self.registry().install(&RegisteredApi { api: api.clone(), policy }, &keys);
        // Plans and limits were resolved under the old policy.
        self.credentials().forget_all();
        self.sold().forget_all();
        Ok(api)
    }

    /// The loaded API of this name or id.
    pub fn find_api(&self, name_or_id: &str) -> Option<RegisteredApi> {
        self.registry().find_by_text(name_or_id)
    }

    /// All loaded APIs, by name.
    pub fn list_apis(&self) -> Vec<RegisteredApi> {
        self.registry().list()
    }
}
