//! A message to one endpoint, and the attempts to send it.

use std::str::FromStr;
use std::time::Duration;

use super::event_type::EventType;
use crate::id::{WebhookId, WebhookMessageId};
use crate::time::Timestamp;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It is sent when it is due.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was tried often enough, or its endpoint was switched off; it can be sent again.
    Dead,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// The text names no state of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message is waiting, delivered or dead")]
pub struct UnknownMessageState;

impl FromStr for MessageState {
    type Err = UnknownMessageState;

    fn from_str(text: &str) -> Result<Self, UnknownMessageState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownMessageState)
    }
}

/// What one endpoint is told of one thing that happened. Its id is the same however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Its id.
    pub id: WebhookMessageId,
    /// The endpoint.
    pub webhook: WebhookId,
    /// What happened.
    pub event: EventType,
    /// The id of what it happened to. Messages about one thing are sent one after the other.
    pub subject: String,
    /// The body, as it is sent.
    pub payload: String,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: u32,
    /// How often it was tried in vain since it was made, or since somebody sent it again.
    pub failures: u32,
    /// When it is to be tried, as long as it waits.
    pub due_at: Timestamp,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
}

/// One attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAttempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The status of the answer; none when there was none.
    pub status: Option<u16>,
    /// What went wrong, for people; none when the endpoint took it.
    pub fault: Option<String>,
    /// The beginning of the answer's body.
    pub answer: String,
}

impl WebhookAttempt {
    /// Whether the endpoint took the message.
    pub const fn is_success(&self) -> bool {
        self.fault.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_back() {
        for state in MessageState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("lost".parse::<MessageState>(), Err(UnknownMessageState));
    }
}
