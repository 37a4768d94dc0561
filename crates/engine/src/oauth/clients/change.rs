//! Changing a client: its metadata, switching it off and on, deleting it.

use claviger_domain::{
    Action, Actor, ChangeKind, Client, ClientId, ClientMetadata, ClientOrigin, Event, Right,
};
use claviger_oauth::check_client_metadata;

use super::ClientError;
use crate::engine::Engine;

impl Engine {
    /// Gives a client other metadata, whole. One that no longer proves itself by a secret loses those it has; one that
    /// begins to gets its first by [`Engine::rotate_client_secret`].
    ///
    /// # Errors
    /// When there is no such client, the metadata cannot be had, or the database fails.
    pub async fn update_client(
        &self,
        actor: &Actor,
        id: ClientId,
        metadata: ClientMetadata,
    ) -> Result<Client, ClientError> {
        actor.require(Right::WriteClients)?;
        let before = self.find_client_for(actor, id).await?;
        // Whoever has permission may give a client that registered itself more than it could ask for.
        check_client_metadata(&metadata, &*self.client_policy(before.api)?, ClientOrigin::Managed)
            .map_err(ClientError::Metadata)?;
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        let client = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    tx.update_client(id, &metadata, now, &by).await?;
                    if !metadata.authentication.has_secret() {
                        tx.delete_client_secrets(id).await?;
                    }
                    let after = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    audit.record(tx, Event::changed(Action::ClientUpdated, &before, &after)).await?;
                    tx.append_change(&ChangeKind::Client(id), now).await?;
                    Ok::<_, ClientError>(after)
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
        self.look_for_logo(id);
        Ok(client)
    }

    /// Disables a client, and every token of it, or enables it again. Twice is fine.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn switch_client(
        &self,
        actor: &Actor,
        id: ClientId,
        is_enabled: bool,
    ) -> Result<Client, ClientError> {
        self.admit_client_change(actor, id).await?;
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        let client = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    let (action, is_news) = match is_enabled {
                        true => (Action::ClientEnabled, tx.enable_client(id, now, &by).await?),
                        false => (Action::ClientDisabled, tx.disable_client(id, now, &by).await?),
                    };
                    let after = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    if is_news {
                        audit.record(tx, Event::changed(action, &before, &after)).await?;
                        tx.append_change(&ChangeKind::Client(id), now).await?;
                    }
                    Ok::<_, ClientError>(after)
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
        Ok(client)
    }

    /// Deletes a client with its grants and tokens.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn delete_client(&self, actor: &Actor, id: ClientId) -> Result<(), ClientError> {
        self.admit_client_change(actor, id).await?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    if !tx.delete_client(id).await? {
                        return Err(ClientError::UnknownClient);
                    }
                    audit.record(tx, Event::gone(Action::ClientDeleted, &before)).await?;
                    tx.append_change(&ChangeKind::Client(id), now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
        tracing::info!(client = %id, by = %actor, "a client was deleted");
        Ok(())
    }
}
