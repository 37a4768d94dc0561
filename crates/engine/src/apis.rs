//! APIs: registered when their contract is first loaded.

use std::sync::Arc;

use claviger_domain::{Action, Actor, Api, Event, Policy, Snapshot};
use claviger_secrets::sha256;
use data_encoding::HEXLOWER;

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

    /// Records the text of a contract that was put in force, by its SHA-256, unless it is the one that was recorded
    /// last: of many nodes that load it, and of many starts, one tells.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_contract(&self, actor: &Actor, api: &Api, text: &str) -> Result<(), Error> {
        let setting = format!("recorded-contract {}", api.id);
        let digest = sha256(text.as_bytes()).to_vec();
        if self.store().read().await?.find_setting(&setting).await?.as_ref() == Some(&digest) {
            return Ok(());
        }
        let audit = self.auditor(actor, self.now());
        let api = api.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let last = tx.find_setting(&setting).await?;
                    if last.as_ref() == Some(&digest) {
                        return Ok(());
                    }
                    if !tx.insert_setting(&setting, &digest).await? {
                        tx.replace_setting(&setting, &digest).await?;
                    }
                    let state = |digest: &[u8]| {
                        let digest = HEXLOWER.encode(digest);
                        Snapshot::default().with("name", api.name.as_str()).with("sha256", digest)
                    };
                    let before = last.as_deref().map(state);
                    let event = Event::about(Action::ContractLoaded, api.id).with(state(&digest));
                    audit.record(tx, Event { before, ..event }).await
                })
            })
            .await?;
        Ok(())
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
