//! Webhooks: made, changed, switched, deleted; their messages sent, looked at and sent again.

mod attempt;
mod courier;
mod error;
mod letter;
mod manage;
mod messages;
mod secret;
mod settle;
mod totals;

use claviger_domain::{Label, Subscription, Webhook, WebhookAddress, WorkspaceId};
use claviger_secrets::Plain;

pub use error::WebhookError;
pub use totals::WebhookBacklog;

/// What a new webhook is to be.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The workspace whose objects it is told of; none for those of the whole instance, which only operators may ask.
    pub workspace: Option<WorkspaceId>,
    /// What people call it.
    pub name: Label,
    /// Where it is.
    pub address: WebhookAddress,
    /// What it wants to be told of.
    pub events: Subscription,
}

/// A change to a webhook; `None` leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookPatch {
    /// A new name.
    pub name: Option<Label>,
    /// A new address.
    pub address: Option<WebhookAddress>,
    /// A new choice of events.
    pub events: Option<Subscription>,
}

/// A webhook and, this once, its secret.
#[derive(Debug)]
pub struct IssuedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What signs its messages from now on, as its owner is shown it.
    pub secret: Plain,
    /// Whether this repeats the answer to an earlier request with the same `Idempotency-Key`.
    pub is_repeat: bool,
}
