//! Webhooks as JSON.

use std::collections::BTreeSet;

use claviger_domain::{
    DisabledFor, EventType, Label, Subscription, Timestamp, Webhook, WebhookId, WorkspaceId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::{DisabledForWord, EventTypeWord};

/// An endpoint that is told of what happens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookObject<'w> {
    /// Its id.
    #[schema(value_type = String, example = "whk_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: WebhookId,
    /// The workspace whose objects it is told of; null for those of the whole instance.
    #[schema(value_type = Option<String>, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: Option<WorkspaceId>,
    /// What people call it.
    #[schema(value_type = String, example = "Key inventory")]
    name: &'w Label,
    /// Where messages are sent.
    #[schema(example = "https://example.com/hooks/claviger")]
    url: &'w str,
    /// What it is told of; null for everything, what later versions add included.
    #[schema(value_type = Option<Vec<EventTypeWord>>)]
    events: Option<&'w BTreeSet<EventType>>,
    /// Whether it is sent messages.
    state: WebhookStatus,
    /// Since when it is disabled.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// Why it is disabled.
    #[schema(value_type = Option<DisabledForWord>)]
    disabled_for: Option<&'static str>,
    /// Since when it takes no message; null when it took the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// Until when messages are signed by the secret before as well; null when it has none that counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    previous_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it.
    created_by: &'w str,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: &'w str,
}

/// Whether a webhook is sent messages.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WebhookStatus {
    /// It is.
    Enabled,
    /// It is not, until it is enabled.
    Disabled,
}

impl<'w> WebhookObject<'w> {
    /// A webhook as it stands at `now`.
    pub(crate) fn at(webhook: &'w Webhook, now: Timestamp) -> Self {
        Self {
            id: webhook.id,
            workspace: webhook.workspace,
            name: &webhook.name,
            url: webhook.address.as_str(),
            events: match &webhook.events {
                Subscription::All => None,
                Subscription::Only(types) => Some(types),
            },
            state: if webhook.is_enabled() { WebhookStatus::Enabled } else { WebhookStatus::Disabled },
            disabled_at: webhook.disabled.map(|(at, _)| at),
            disabled_for: webhook.disabled.map(|(_, cause): (_, DisabledFor)| cause.as_str()),
            failing_since: webhook.failing_since,
            previous_secret_until: webhook.previous_secret_until.filter(|until| now < *until),
            created_at: webhook.created_at,
            created_by: &webhook.created_by,
            updated_at: webhook.updated_at,
            updated_by: &webhook.updated_by,
        }
    }
}

/// A webhook and, this once, its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedWebhook)]
pub(crate) struct IssuedWebhookObject<'w> {
    #[serde(flatten)]
    pub(crate) object: WebhookObject<'w>,
    /// What the receiver checks signatures by. It is shown now and never again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw…")]
    pub(crate) secret: &'w str,
}
