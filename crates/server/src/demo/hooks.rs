//! The demo's webhooks: one for each workspace, told of its keys, at an upstream of the demo's own.

use claviger_domain::{
    Actor, PageRequest, Subscription, TextError, WebhookAddress, WebhookAddressError, WorkspaceId,
};
use claviger_engine::{Engine, NewWebhook, WebhookError, WebhookPatch};

const ACTOR: Actor = Actor::LOCAL;
/// What people call them, and by which they are found again.
const NAME: &str = "Key inventory";

/// Why there is no webhook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    #[error("a webhook could not be made or changed")]
    Webhook(#[from] WebhookError),
    #[error("the receiver's address cannot be a webhook's")]
    Address(#[from] WebhookAddressError),
    #[error(transparent)]
    Name(#[from] TextError),
}

/// Makes the webhook of a workspace, which is told of everything that follows.
pub(super) async fn seed(engine: &Engine, workspace: WorkspaceId, receiver: &str) -> Result<(), HookError> {
    let new = NewWebhook {
        workspace: Some(workspace),
        name: NAME.parse()?,
        address: receiver.parse()?,
        events: Subscription::All,
    };
    engine.create_webhook(&ACTOR, new, None).await?;
    Ok(())
}

/// Tells those that are still there where the receiver is since this start. Their messages that wait go there, too.
pub(super) async fn renew(engine: &Engine, receiver: &str) -> Result<(), HookError> {
    let address: WebhookAddress = receiver.parse()?;
    let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let found = engine.list_webhooks(&ACTOR, None, all).await?.rows;
    for webhook in found.into_iter().filter(|webhook| webhook.name.as_str() == NAME) {
        let patch = WebhookPatch { address: Some(address.clone()), ..WebhookPatch::default() };
        engine.update_webhook(&ACTOR, webhook.id, patch).await?;
    }
    Ok(())
}
