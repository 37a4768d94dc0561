//! What of the record is told to webhooks.

use super::{Action, Event, Snapshot};
use crate::webhook::{EventType, Occasion};

impl Event {
    /// What webhooks are told of it, when `by` did it; none when nobody is told.
    pub fn told(&self, by: String) -> Option<Occasion> {
        let object = self.after.as_ref().or(self.before.as_ref());
        Some(Occasion {
            event: told(self.action)?,
            subject: self.object.to_string(),
            workspace: self.workspace,
            by,
            object: object.map(Snapshot::to_value),
        })
    }
}

/// What endpoints are told of an action.
const fn told(action: Action) -> Option<EventType> {
    Some(match action {
        Action::KeyIssued => EventType::KeyCreated,
        Action::KeyUpdated | Action::KeyOverlapEnded | Action::KeySecretReplaced => EventType::KeyChanged,
        Action::KeyRotated => EventType::KeyRotated,
        Action::KeyDisabled | Action::KeyDisabledUnused => EventType::KeyDisabled,
        Action::KeyEnabled => EventType::KeyEnabled,
        Action::KeyRevoked => EventType::KeyRevoked,
        Action::ClientCreated | Action::ClientRegistered => EventType::ClientCreated,
        Action::ClientUpdated | Action::ClientDisabled | Action::ClientEnabled => EventType::ClientChanged,
        Action::ClientSecretRotated => EventType::ClientSecretRotated,
        Action::ClientDeleted => EventType::ClientDeleted,
        Action::GrantGiven => EventType::GrantCreated,
        Action::GrantWidened => EventType::GrantChanged,
        Action::GrantRevoked => EventType::GrantRevoked,
        Action::AccessRequestMade => EventType::AccessRequestMade,
        Action::AccessRequestApproved | Action::AccessRequestDeclined => EventType::AccessRequestDecided,
        Action::SessionEnded | Action::SessionOthersEnded | Action::UserSignedOut => EventType::SessionEnded,
        Action::SandboxResetBegun => EventType::SandboxResetBegun,
        Action::SandboxReset => EventType::SandboxReset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, GrantId};
    use serde_json::json;
    use uuid::Uuid;

    /// What nobody does, and what is asked for to try an endpoint: others tell those.
    const NOT_DONE: [EventType; 6] = [
        EventType::KeyExpiring,
        EventType::KeyExpired,
        EventType::KeyExposed,
        EventType::LimitReached,
        EventType::UnusualActivityFound,
        EventType::WebhookTest,
    ];

    #[test]
    fn every_type_is_told_of_some_action_or_is_nobodys_doing() {
        for event in EventType::ALL {
            let is_done = Action::ALL.iter().any(|action| told(*action) == Some(*event));
            assert_eq!(is_done, !NOT_DONE.contains(event), "{event}");
        }
    }

    #[test]
    fn what_is_recorded_is_told_with_what_the_object_is_or_was() {
        let id = GrantId::from_uuid(Uuid::nil());
        let before = Some(Snapshot::default().with("api", "a"));
        let event = Event { before, ..Event::about(Action::GrantRevoked, id) };
        let told = event.told("system".to_owned()).unwrap();
        assert_eq!((told.event, told.subject), (EventType::GrantRevoked, id.to_string()));
        assert_eq!(told.object, Some(json!({"api": "a"})));
        let changed = event.with(Snapshot::default().with("api", "b"));
        assert_eq!(changed.told(String::new()).unwrap().object, Some(json!({"api": "b"})));
        let other = Event::about(Action::OperatorCreated, AccountId::from_uuid(Uuid::nil()));
        assert_eq!(other.told(String::new()), None);
    }
}
