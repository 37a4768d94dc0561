//! Making a client: checked against its API's contract, its secret shown once and kept as a keyed hash.

use claviger_domain::{
    Action, Actor, Call, ChangeKind, Client, ClientId, ClientOrigin, ClientSecret, Event, Policy, Right,
    Timestamp, Who,
};
use claviger_oauth::check_client_metadata;
use claviger_secrets::Plain;
use claviger_store::Tx;

use super::{ClientError, IssuedClient, NewClient};
use crate::chain::Auditor;
use crate::engine::Engine;
use crate::error::Error;
use crate::idempotency::{Earlier, IdempotencyKey, Repeat};

/// Who makes a client.
#[derive(Clone, Copy)]
pub(in crate::oauth) enum Registrant<'a> {
    /// Someone with permission.
    Actor(&'a Actor),
    /// The client itself.
    Itself,
}

/// A client that is not stored yet.
pub(in crate::oauth) struct Draft {
    pub(in crate::oauth) client: Client,
    pub(in crate::oauth) secret: Option<(Plain, ClientSecret)>,
}

impl Engine {
    /// Makes a client. Its secret, where it has one, is shown this once; with an `Idempotency-Key` the same request is
    /// answered the same for a day.
    ///
    /// # Errors
    /// When API or workspace are unknown, the metadata cannot be had, or the database fails.
    pub async fn create_client(
        &self,
        actor: &Actor,
        new: NewClient,
        once: Option<IdempotencyKey>,
    ) -> Result<IssuedClient, ClientError> {
        actor.require(Right::WriteClients)?;
        if !actor.reaches(new.workspace) {
            return Err(ClientError::UnknownWorkspace);
        }
        if let Some(once) = &once
            && let Some(earlier) = self.repeat_client(actor, once).await?
        {
            return Ok(earlier);
        }
        let Draft { client, secret } = self.draft_client(Registrant::Actor(actor), new)?;
        let id = client.id.to_string();
        let text = secret.as_ref().map(|(text, _)| text);
        let outcome = once.as_ref().map(|once| self.seal_outcome(actor, once, &id, text)).transpose()?;
        let (row, kept) = (client.clone(), secret.as_ref().map(|(_, kept)| kept.clone()));
        let audit = self.auditor(actor, client.created_at);
        let written = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.find_workspace(row.workspace).await?.ok_or(ClientError::UnknownWorkspace)?;
                    if let Some(outcome) = &outcome
                        && !outcome.insert(tx).await?
                    {
                        return Ok(false);
                    }
                    insert_client(tx, (&row, Action::ClientCreated), &audit, (kept.as_ref(), None)).await?;
                    Ok::<_, ClientError>(true)
                })
            })
            .await?;
        if let (false, Some(once)) = (written, &once) {
            // Another request with the same Idempotency-Key committed first; its answer is the answer.
            return self.repeat_client(actor, once).await?.ok_or(ClientError::KeyReused);
        }
        self.apply(&ChangeKind::Client(client.id));
        self.look_for_logo(client.id);
        Ok(IssuedClient { client, secret: secret.map(|(text, _)| text), is_repeat: false })
    }

    async fn repeat_client(
        &self,
        actor: &Actor,
        once: &IdempotencyKey,
    ) -> Result<Option<IssuedClient>, ClientError> {
        let mut conn = self.store().read().await.map_err(Error::from)?;
        match self.find_repeat(&mut conn, actor, once).await? {
            Repeat::First => Ok(None),
            Repeat::Mismatch => Err(ClientError::KeyReused),
            Repeat::Again(Earlier { id, secret }) => {
                let id = id.parse().map_err(|_| ClientError::KeyReused)?;
                let client = conn.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                drop(conn);
                if secret.is_some() {
                    self.record_alone(actor, Event::touched(Action::ClientShownAgain, &client)).await?;
                }
                Ok(Some(IssuedClient { client, secret, is_repeat: true }))
            }
        }
    }

    /// A client as it would be stored, with a secret where it needs one.
    pub(in crate::oauth) fn draft_client(
        &self,
        by: Registrant<'_>,
        new: NewClient,
    ) -> Result<Draft, ClientError> {
        let policy = self.client_policy(new.api)?;
        let origin = match by {
            Registrant::Actor(_) => ClientOrigin::Managed,
            Registrant::Itself => ClientOrigin::Open,
        };
        check_client_metadata(&new.metadata, &policy, origin).map_err(ClientError::Metadata)?;
        let now = self.now();
        let id = ClientId::generate_at(now, self.entropy());
        let by = match by {
            Registrant::Actor(actor) => actor.to_string(),
            Registrant::Itself => Actor::new(Who::Client(id), Call::NONE).to_string(),
        };
        let client = Client {
            id,
            api: new.api,
            workspace: new.workspace,
            environment: new.environment,
            metadata: new.metadata,
            origin,
            disabled_at: None,
            last_used_at: None,
            created_at: now,
            created_by: by.clone(),
            updated_at: now,
            updated_by: by,
        };
        let secret = client.metadata.authentication.has_secret().then(|| self.draft_client_secret(now));
        Ok(Draft { client, secret })
    }

    /// The policy of an API that has clients.
    pub(in crate::oauth) fn client_policy(
        &self,
        api: claviger_domain::ApiId,
    ) -> Result<std::sync::Arc<Policy>, ClientError> {
        let policy = self.registry().find(api).ok_or(ClientError::UnknownApi)?.policy;
        if policy.tokens.grant_types.is_empty() { Err(ClientError::UnknownApi) } else { Ok(policy) }
    }
}

/// Stores a client with its secret and the keyed hash of its registration token, records it and tells every node.
pub(in crate::oauth) async fn insert_client(
    tx: &mut Tx,
    (client, action): (&Client, Action),
    audit: &Auditor,
    (secret, registration): (Option<&ClientSecret>, Option<&[u8; 32]>),
) -> Result<(), claviger_store::Error> {
    tx.insert_client(client, registration).await?;
    if let Some(secret) = secret {
        tx.insert_client_secret(client.id, secret).await?;
    }
    audit.record(tx, Event::made(action, client)).await?;
    let at: Timestamp = client.created_at;
    tx.append_change(&ChangeKind::Client(client.id), at).await?;
    Ok(())
}
