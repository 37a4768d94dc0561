//! Finding clients, in memory where that may be trusted, and noting their use.

use std::sync::Arc;

use claviger_domain::{Client, ClientId, Timestamp};

use crate::engine::Engine;
use crate::error::Error;
use crate::known_client::KnownClient;
use crate::lookup_cache::Found;

/// Clients whose use is written at once.
const BATCH: usize = 500;

impl Engine {
    /// The client with this id as this node knows it, from memory where it can. One whose workspace is suspended
    /// counts as disabled.
    pub(crate) async fn known_client(&self, id: ClientId) -> Result<Option<Arc<Client>>, Error> {
        Ok(self.find_known_client(id, self.now()).await?.map(|known| Arc::clone(known.client())))
    }

    /// The same with its secrets.
    pub(crate) async fn find_known_client(
        &self,
        id: ClientId,
        now: Timestamp,
    ) -> Result<Option<Arc<KnownClient>>, Error> {
        if let Some(known) = self.remembered_client(id, now) {
            return Ok(Some(known));
        }
        let load = Box::pin(self.load_client(id));
        if !self.feed().is_trusted(now) {
            return load.await;
        }
        Ok(match self.clients().get_or_load(id, load).await? {
            Found::Known(known) => Some(known),
            Found::Unknown => None,
        })
    }

    /// The same, where that needs no database.
    pub(super) fn remembered_client(&self, id: ClientId, now: Timestamp) -> Option<Arc<KnownClient>> {
        match self.clients().get(id) {
            Some(Found::Known(known)) if self.feed().is_trusted(now) => Some(known),
            _ => None,
        }
    }

    async fn load_client(&self, id: ClientId) -> Result<Option<Arc<KnownClient>>, Error> {
        let record = self.store().read().await?.find_client_record(id).await?;
        Ok(record.map(|record| Arc::new(KnownClient::new(record))))
    }

    /// Notes that a client was used, to within an hour.
    pub(crate) fn note_client_use(&self, known: &KnownClient, now: Timestamp) {
        self.client_uses().note(known, now);
    }

    /// Writes when clients were used. What cannot be written is lost: "last used" is a hint.
    pub(crate) async fn flush_client_uses(&self) {
        let uses = self.client_uses().drain(BATCH);
        if uses.is_empty() {
            return;
        }
        let written =
            self.store().write(move |tx| Box::pin(async move { tx.touch_clients(uses).await })).await;
        if let Err(error) = written {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "\"last used\" of clients could not be written"
            );
        }
    }
}
