//! `claviger webhooks …`.

use clap::{Args, Subcommand};
use claviger_domain::{
    EventType, Label, MessageState, WebhookAddress, WebhookId, WebhookMessageId, WorkspaceId,
};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger webhooks create --name inventory --endpoint https://example.com/hooks --workspace wsp_… > webhook.secret
  claviger webhooks messages whk_… --state dead
  claviger webhooks replay whk_… --all-dead";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("URL", "/url"),
    ("STATE", "/state"),
    ("WORKSPACE", "/workspace"),
    ("FAILING SINCE", "/failing_since"),
];

const MESSAGES: &[Column] = &[
    ("ID", "/id"),
    ("TYPE", "/type"),
    ("SUBJECT", "/subject"),
    ("STATE", "/state"),
    ("ATTEMPTS", "/attempt_count"),
    ("DUE", "/due_at"),
    ("CREATED", "/created_at"),
];

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Make a webhook. Its secret alone is printed on standard output, once.
    Create(CreateWebhook),
    /// List webhooks, newest first.
    List(ListWebhooks),
    /// Show a webhook.
    Show(OneWebhook),
    /// Change a webhook.
    Change(ChangeWebhook),
    /// Switch a webhook off; what waits for it is dead.
    Disable(OneWebhook),
    /// Switch a webhook on again.
    Enable(OneWebhook),
    /// Give a webhook a new secret. The secret alone is printed on standard output, once.
    Rotate(RotateSecret),
    /// Send a webhook a message to try it.
    Test(OneWebhook),
    /// List the messages to a webhook, newest first.
    Messages(ListMessages),
    /// Show a message with its body and the attempts to send it.
    Message(OneMessage),
    /// Send a message again, or every dead one.
    Replay(Replay),
    /// Delete a webhook with its messages.
    Delete(OneWebhook),
}

/// A webhook to make.
#[derive(Debug, Args)]
pub(crate) struct CreateWebhook {
    /// What people call it.
    #[arg(long)]
    name: Label,
    /// Where messages are sent: a public address, by https.
    #[arg(long)]
    endpoint: WebhookAddress,
    /// The workspace whose objects it is told of; without it, those of the whole instance.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// What it is told of, such as key.created; may be given several times, or as a list with commas. Without any:
    /// everything.
    #[arg(long = "event", value_delimiter = ',')]
    events: Vec<EventType>,
    /// A text of your choice that makes repeating this command harmless.
    #[arg(long)]
    idempotency_key: Option<String>,
}

/// Which webhooks to list.
#[derive(Debug, Args)]
pub(crate) struct ListWebhooks {
    /// Only those of this workspace.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    #[command(flatten)]
    page: PageArguments,
}

/// One webhook.
#[derive(Debug, Args)]
pub(crate) struct OneWebhook {
    /// The webhook's id, whk_…
    id: WebhookId,
}

/// A change to a webhook. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct ChangeWebhook {
    #[command(flatten)]
    webhook: OneWebhook,
    /// What people call it.
    #[arg(long)]
    name: Option<Label>,
    /// Where messages are sent from now on.
    #[arg(long)]
    endpoint: Option<WebhookAddress>,
    /// What it is told of from now on; may be given several times, or as a list with commas.
    #[arg(long = "event", value_delimiter = ',')]
    events: Vec<EventType>,
    /// It is told of everything from now on.
    #[arg(long, conflicts_with = "events")]
    all_events: bool,
}

/// How to rotate a webhook's secret.
#[derive(Debug, Args)]
pub(crate) struct RotateSecret {
    #[command(flatten)]
    webhook: OneWebhook,
    /// How long messages are signed by the secret before as well, in seconds.
    #[arg(long, default_value_t = 0)]
    overlap_seconds: u64,
}

/// Which messages to list.
#[derive(Debug, Args)]
pub(crate) struct ListMessages {
    #[command(flatten)]
    webhook: OneWebhook,
    /// Only those that are waiting, delivered or dead.
    #[arg(long)]
    state: Option<MessageState>,
    #[command(flatten)]
    page: PageArguments,
}

/// One message.
#[derive(Debug, Args)]
pub(crate) struct OneMessage {
    #[command(flatten)]
    webhook: OneWebhook,
    /// The message's id, msg_…
    message: WebhookMessageId,
}

/// What to send again.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    webhook: OneWebhook,
    /// The message's id, msg_…
    #[arg(required_unless_present = "all_dead")]
    message: Option<WebhookMessageId>,
    /// Every message that was given up.
    #[arg(long, conflicts_with = "message")]
    all_dead: bool,
}

impl WebhooksCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Create(new) => {
                let members = Members::default()
                    .with("name", &new.name)
                    .with("url", new.endpoint.as_str())
                    .with_some("workspace", new.workspace)
                    .with_list("events", &new.events);
                Call::post(&[&"webhooks"]).body(members).once(new.idempotency_key.as_deref())
            }
            Self::List(list) => {
                let call = Call::get(&[&"webhooks"]);
                list.page.on(call.query("workspace", list.workspace.as_ref().map(|id| id as _)))
            }
            Self::Show(one) => Call::get(&[&"webhooks", &one.id]),
            Self::Change(change) => {
                let members = Members::default()
                    .with_some("name", change.name.as_ref())
                    .with_some("url", change.endpoint.as_ref().map(WebhookAddress::as_str))
                    .with_list("events", &change.events)
                    .clearing("events", change.all_events);
                Call::patch(&[&"webhooks", &change.webhook.id]).body(members)
            }
            Self::Disable(one) => Call::post(&[&"webhooks", &one.id, &"disable"]),
            Self::Enable(one) => Call::post(&[&"webhooks", &one.id, &"enable"]),
            Self::Rotate(rotate) => {
                let members = Members::default().with("overlap_seconds", rotate.overlap_seconds);
                Call::post(&[&"webhooks", &rotate.webhook.id, &"secret"]).body(members)
            }
            Self::Test(one) => Call::post(&[&"webhooks", &one.id, &"test"]),
            Self::Messages(list) => {
                let state = list.state.map(MessageState::as_str);
                let call = Call::get(&[&"webhooks", &list.webhook.id, &"messages"]);
                list.page.on(call.query("state", state.as_ref().map(|state| state as _)))
            }
            Self::Message(one) => Call::get(&[&"webhooks", &one.webhook.id, &"messages", &one.message]),
            Self::Replay(Replay { webhook, message: Some(message), .. }) => {
                Call::post(&[&"webhooks", &webhook.id, &"messages", message, &"replay"])
            }
            Self::Replay(Replay { webhook, message: None, .. }) => {
                Call::post(&[&"webhooks", &webhook.id, &"replay"])
            }
            Self::Delete(one) => Call::delete(&[&"webhooks", &one.id]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::Create(_) | Self::Rotate(_) => View::Secret("secret"),
            Self::List(_) => View::Page(COLUMNS),
            Self::Messages(_) => View::Page(MESSAGES),
            Self::Show(_)
            | Self::Change(_)
            | Self::Disable(_)
            | Self::Enable(_)
            | Self::Test(_)
            | Self::Message(_)
            | Self::Replay(_)
            | Self::Delete(_) => View::Object,
        }
    }
}
