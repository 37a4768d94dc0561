//! Webhooks: endpoints that are told of what happens, the messages they are sent and how sending went.

mod address;
mod endpoint;
mod event_type;
mod message;
mod occasion;
mod schedule;

pub use address::{WebhookAddress, WebhookAddressError};
pub use endpoint::{DisabledFor, Subscription, UnknownDisabledFor, Webhook};
pub use event_type::{EventType, UnknownEventType};
pub use message::{MessageState, UnknownMessageState, WebhookAttempt, WebhookMessage};
pub use occasion::Occasion;
pub use schedule::{ATTEMPTS, pause_after, pause_asked};
