//! An endpoint, and what it wants to be told of.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::address::WebhookAddress;
use super::event_type::{EventType, UnknownEventType};
use crate::id::{WebhookId, WorkspaceId};
use crate::text::Label;
use crate::time::Timestamp;

/// What an endpoint wants to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// Everything, and what later versions add.
    All,
    /// These and no others; never empty.
    Only(BTreeSet<EventType>),
}

impl Subscription {
    /// These types; none when there are none.
    pub fn only(types: impl IntoIterator<Item = EventType>) -> Option<Self> {
        let types: BTreeSet<EventType> = types.into_iter().collect();
        (!types.is_empty()).then_some(Self::Only(types))
    }

    /// Whether it includes this type. A test is sent to whoever asks for one.
    pub fn includes(&self, event: EventType) -> bool {
        match self {
            _ if event == EventType::WebhookTest => true,
            Self::All => true,
            Self::Only(types) => types.contains(&event),
        }
    }
}

/// `*`, or the types with spaces between them.
impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Only(types) => {
                for (at, event) in types.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { " " })?;
                    f.write_str(event.as_str())?;
                }
                Ok(())
            }
        }
    }
}

/// Words of a later version, which a node of this one does not know, are left out; an endpoint that wanted only those
/// is told of nothing.
impl FromStr for Subscription {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        if text == "*" {
            return Ok(Self::All);
        }
        Ok(Self::Only(text.split(' ').filter_map(|word| word.parse().ok()).collect()))
    }
}

/// Why an endpoint is sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledFor {
    /// Somebody switched it off.
    Hand,
    /// For days it took no message.
    Failures,
    /// It answered 410: it is gone for good.
    Gone,
}

impl DisabledFor {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Hand, Self::Failures, Self::Gone];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Failures => "failures",
            Self::Gone => "gone",
        }
    }
}

/// The text names no such reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint is disabled by hand, for failures or because it is gone")]
pub struct UnknownDisabledFor;

impl FromStr for DisabledFor {
    type Err = UnknownDisabledFor;

    fn from_str(text: &str) -> Result<Self, UnknownDisabledFor> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text).ok_or(UnknownDisabledFor)
    }
}

/// An endpoint that is told of what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The workspace whose objects it is told of; none for those of the whole instance.
    pub workspace: Option<WorkspaceId>,
    /// What people call it.
    pub name: Label,
    /// Where it is.
    pub address: WebhookAddress,
    /// What it wants to be told of.
    pub events: Subscription,
    /// Since when it takes no message; none when it took the last one.
    pub failing_since: Option<Timestamp>,
    /// Since when it is sent nothing, and why.
    pub disabled: Option<(Timestamp, DisabledFor)>,
    /// Until when messages are signed by the secret before as well.
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

impl Webhook {
    /// Whether it is sent messages.
    pub const fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_reads_back() {
        for subscription in
            [Subscription::All, Subscription::only([EventType::KeyRevoked, EventType::KeyCreated]).unwrap()]
        {
            assert_eq!(subscription.to_string().parse(), Ok(subscription));
        }
        assert_eq!(Subscription::only([]), None);
        let newer: Subscription = "key.created key.teleported".parse().unwrap();
        assert_eq!(newer, Subscription::only([EventType::KeyCreated]).unwrap());
    }

    #[test]
    fn an_endpoint_is_told_of_what_it_wants_and_of_tests() {
        let some = Subscription::only([EventType::KeyCreated]).unwrap();
        assert!(some.includes(EventType::KeyCreated) && !some.includes(EventType::KeyRevoked));
        assert!(some.includes(EventType::WebhookTest));
        assert!(EventType::ALL.iter().all(|event| Subscription::All.includes(*event)));
    }

    #[test]
    fn a_reason_reads_back() {
        for cause in DisabledFor::ALL {
            assert_eq!(cause.as_str().parse(), Ok(cause));
        }
        assert_eq!("".parse::<DisabledFor>(), Err(UnknownDisabledFor));
    }
}
