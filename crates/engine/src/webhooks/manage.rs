//! Making, reading, changing and deleting webhooks.

use claviger_domain::{
    Action, Actor, DisabledFor, Event, Page, PageRequest, Right, Webhook, WebhookId, WorkspaceId,
};
use claviger_secrets::{Plain, WebhookSecret};
use claviger_store::{Tx, WebhookRecord};

use super::{IssuedWebhook, NewWebhook, WebhookError, WebhookPatch};
use crate::engine::Engine;
use crate::idempotency::{Earlier, IdempotencyKey, Repeat};

/// Webhooks that a workspace can have, and the instance: each costs a row in every change that it is told of.
const MOST: u64 = 20;

impl Engine {
    /// Makes a webhook. Its secret is in the answer and nowhere else in clear; with an `Idempotency-Key` the same
    /// request is answered the same for a day.
    ///
    /// # Errors
    /// When there is no such workspace for the actor, the role does not allow it, its address may not be asked, there
    /// are too many, or the database fails.
    pub async fn create_webhook(
        &self,
        actor: &Actor,
        new: NewWebhook,
        once: Option<IdempotencyKey>,
    ) -> Result<IssuedWebhook, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        if actor.workspace().is_some() && actor.workspace() != new.workspace {
            return Err(WebhookError::UnknownWorkspace);
        }
        if let Some(once) = &once
            && let Some(earlier) = self.repeat_webhook(actor, once).await?
        {
            return Ok(earlier);
        }
        self.check_webhook_address(new.address.as_str())?;
        let secret = WebhookSecret::generate(self.entropy());
        let webhook = self.draft_webhook(actor, new);
        let (id, text) = (webhook.id.to_string(), secret.to_text());
        let outcome =
            once.as_ref().map(|once| self.seal_outcome(actor, once, &id, Some(&text))).transpose()?;
        let sealed = self.seal_webhook_secret(webhook.id, &secret)?;
        let (row, audit) = (webhook.clone(), self.auditor(actor, webhook.created_at));
        let written = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(outcome) = &outcome
                        && !outcome.insert(tx).await?
                    {
                        return Ok(false);
                    }
                    check_count(tx, row.workspace).await?;
                    tx.insert_webhook(&row, &sealed).await?;
                    audit.record(tx, Event::made(Action::WebhookCreated, &row)).await?;
                    Ok::<_, WebhookError>(true)
                })
            })
            .await?;
        if let (false, Some(once)) = (written, &once) {
            // Another request with the same Idempotency-Key committed first; its answer is the answer.
            return self.repeat_webhook(actor, once).await?.ok_or(WebhookError::IdempotencyMismatch);
        }
        tracing::info!(webhook = %webhook.id, by = %actor, "made a webhook");
        Ok(IssuedWebhook { webhook, secret: text, is_repeat: false })
    }

    fn draft_webhook(&self, actor: &Actor, new: NewWebhook) -> Webhook {
        let now = self.now();
        Webhook {
            id: WebhookId::generate_at(now, self.entropy()),
            workspace: new.workspace,
            name: new.name,
            address: new.address,
            events: new.events,
            failing_since: None,
            disabled: None,
            previous_secret_until: None,
            created_at: now,
            created_by: actor.to_string(),
            updated_at: now,
            updated_by: actor.to_string(),
        }
    }

    async fn repeat_webhook(
        &self,
        actor: &Actor,
        once: &IdempotencyKey,
    ) -> Result<Option<IssuedWebhook>, WebhookError> {
        let repeat = self.find_repeat(&mut self.store().read().await?, actor, once).await?;
        let Earlier { id, secret } = match repeat {
            Repeat::First => return Ok(None),
            Repeat::Mismatch => return Err(WebhookError::IdempotencyMismatch),
            Repeat::Again(earlier) => earlier,
        };
        let id = id.parse().map_err(|_| WebhookError::IdempotencyMismatch)?;
        let secret: Plain = secret.ok_or(WebhookError::IdempotencyMismatch)?;
        let webhook = self.webhook_record(actor, id).await?.webhook;
        self.record_alone(actor, Event::touched(Action::WebhookShownAgain, &webhook)).await?;
        Ok(Some(IssuedWebhook { webhook, secret, is_repeat: true }))
    }

    /// The webhook with this id, if it exists for the actor.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_webhook(&self, actor: &Actor, id: WebhookId) -> Result<Webhook, WebhookError> {
        Ok(self.webhook_record(actor, id).await?.webhook)
    }

    /// The webhooks that exist for the actor, newest first; those of one workspace, if one is named.
    ///
    /// # Errors
    /// When the role does not allow it, or the database fails.
    pub async fn list_webhooks(
        &self,
        actor: &Actor,
        workspace: Option<WorkspaceId>,
        page: PageRequest,
    ) -> Result<Page<Webhook>, WebhookError> {
        actor.require(Right::Read)?;
        let workspace = actor.workspace().or(workspace);
        Ok(self.store().read().await?.list_webhooks(workspace, page).await?)
    }

    /// Changes a webhook. Messages that wait go to its new address.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, the role does not allow it, the address may not be asked, or the
    /// database fails.
    pub async fn update_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        patch: WebhookPatch,
    ) -> Result<Webhook, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        if let Some(address) = &patch.address {
            self.check_webhook_address(address.as_str())?;
        }
        self.webhook_record(actor, id).await?;
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)?.webhook;
                    let WebhookPatch { name, address, events } = patch;
                    let name = name.unwrap_or_else(|| before.name.clone());
                    let address = address.unwrap_or_else(|| before.address.clone());
                    let events = events.unwrap_or_else(|| before.events.clone());
                    tx.update_webhook(id, (&name, &address, &events), now, &by).await?;
                    let after = tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)?.webhook;
                    audit.record(tx, Event::changed(Action::WebhookUpdated, &before, &after)).await?;
                    Ok(after)
                })
            })
            .await
    }

    /// Enables a webhook, or disables it: then it is told of nothing more, and what waited for it is dead, to be sent
    /// again by hand. Twice is fine.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, the role does not allow it, or the database fails.
    pub async fn switch_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        is_enabled: bool,
    ) -> Result<Webhook, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        self.webhook_record(actor, id).await?;
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)?.webhook;
                    let (action, is_news) = if is_enabled {
                        (Action::WebhookEnabled, tx.enable_webhook(id, now, &by).await?)
                    } else {
                        (Action::WebhookDisabled, tx.disable_webhook(id, DisabledFor::Hand, now, &by).await?)
                    };
                    if is_news && !is_enabled {
                        tx.kill_waiting_webhook_messages(id, now).await?;
                    }
                    let after = tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)?.webhook;
                    if is_news {
                        audit.record(tx, Event::changed(action, &before, &after)).await?;
                    }
                    Ok(after)
                })
            })
            .await
    }

    /// Deletes a webhook with its messages.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, the role does not allow it, or the database fails.
    pub async fn delete_webhook(&self, actor: &Actor, id: WebhookId) -> Result<(), WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        let before = self.webhook_record(actor, id).await?.webhook;
        let audit = self.auditor(actor, self.now());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.delete_webhook(id).await? {
                        return Err(WebhookError::UnknownWebhook);
                    }
                    audit.record(tx, Event::gone(Action::WebhookDeleted, &before)).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::info!(webhook = %id, by = %actor, "deleted a webhook");
        Ok(())
    }

    /// The webhook, if it exists for the actor. It never moves to another workspace, so what is true before a
    /// transaction is true in it.
    pub(super) async fn webhook_record(
        &self,
        actor: &Actor,
        id: WebhookId,
    ) -> Result<WebhookRecord, WebhookError> {
        actor.require(Right::Read)?;
        let found = self.store().read().await?.find_webhook(id).await?;
        let own = actor.workspace();
        found
            .filter(|found| own.is_none() || found.webhook.workspace == own)
            .ok_or(WebhookError::UnknownWebhook)
    }

    fn check_webhook_address(&self, address: &str) -> Result<(), WebhookError> {
        // Names are looked up when they are asked, so this is not what keeps us out of networks: it spares a wait.
        if self.fetch().may_ask(address) { Ok(()) } else { Err(WebhookError::AddressInside) }
    }
}

async fn check_count(tx: &mut Tx, workspace: Option<WorkspaceId>) -> Result<(), WebhookError> {
    if let Some(workspace) = workspace {
        // Of two who make one at once, one waits for the other.
        tx.hold_members(workspace).await?.ok_or(WebhookError::UnknownWorkspace)?;
    }
    if tx.count_webhooks(workspace).await? >= MOST {
        return Err(WebhookError::TooMany { max: MOST });
    }
    Ok(())
}
