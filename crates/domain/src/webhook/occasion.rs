//! Something that happened, before it is known whom it is told.

use serde_json::{Map, Value, json};

use super::event_type::EventType;
use crate::audit::{Action, Event, Snapshot};
use crate::id::WorkspaceId;
use crate::time::Timestamp;

/// Something that happened, to be told to the endpoints of its workspace and of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// What happened.
    pub event: EventType,
    /// The id of what it happened to.
    pub subject: String,
    /// Whose that is.
    pub workspace: Option<WorkspaceId>,
    /// Who did it, as an actor is written.
    pub by: String,
    /// The public parts of what it happened to; none when the id says all.
    pub object: Option<Value>,
}

impl Occasion {
    /// What is told of an event that is recorded; none when nobody is told.
    pub fn of(event: &Event, by: String) -> Option<Self> {
        let object = event.after.as_ref().or(event.before.as_ref());
        Some(Self {
            event: told(event.action)?,
            subject: event.object.to_string(),
            workspace: event.workspace,
            by,
            object: object.map(Snapshot::to_value),
        })
    }

    /// The body of a message about it (Standard Webhooks: `type`, `timestamp`, `data`).
    pub fn payload(&self, at: Timestamp) -> String {
        let mut data = Map::new();
        data.insert("id".to_owned(), json!(self.subject));
        data.insert("workspace".to_owned(), json!(self.workspace));
        data.insert("by".to_owned(), json!(self.by));
        if let Some(object) = &self.object {
            data.insert(self.event.kind().to_owned(), object.clone());
        }
        json!({ "type": self.event, "timestamp": at, "data": data }).to_string()
    }
}

/// What endpoints are told of an action.
const fn told(action: Action) -> Option<EventType> {
    Some(match action {
        Action::KeyIssued => EventType::KeyCreated,
        Action::KeyUpdated | Action::KeySecretReplaced => EventType::KeyChanged,
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
        Action::SessionEnded | Action::SessionOthersEnded | Action::UserSignedOut => EventType::SessionEnded,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditObject;
    use crate::id::GrantId;
    use uuid::Uuid;

    #[test]
    fn a_payload_says_what_happened_when_and_to_what() {
        let occasion = Occasion {
            event: EventType::KeyRevoked,
            subject: "key_1".to_owned(),
            workspace: Some(WorkspaceId::from_uuid(Uuid::nil())),
            by: "local".to_owned(),
            object: Some(json!({"name": "server"})),
        };
        let expected = concat!(
            r#"{"type":"key.revoked","timestamp":"1970-01-01T00:00:05Z","data":{"id":"key_1","#,
            r#""workspace":"wsp_00000000000000000000000000","by":"local","key":{"name":"server"}}}"#
        );
        assert_eq!(occasion.payload(Timestamp::from_seconds(5)), expected);
        let bare = Occasion { object: None, workspace: None, ..occasion };
        let bare: Value = serde_json::from_str(&bare.payload(Timestamp::from_seconds(5))).unwrap();
        assert_eq!(bare["data"], json!({"id": "key_1", "workspace": null, "by": "local"}));
    }

    #[test]
    fn every_type_but_the_test_is_told_of_some_action() {
        for event in EventType::ALL.iter().filter(|event| **event != EventType::WebhookTest) {
            let actions: Vec<_> =
                Action::ALL.iter().filter(|action| told(**action) == Some(*event)).collect();
            assert!(!actions.is_empty(), "{event}");
        }
    }

    #[test]
    fn what_is_recorded_is_told_with_what_the_object_is_or_was() {
        let grant = AuditObject::from(GrantId::from_uuid(Uuid::nil()));
        let event = Event {
            before: Some(Snapshot::default().with("api", "a")),
            ..Event::about(Action::GrantRevoked, GrantId::from_uuid(Uuid::nil()))
        };
        let told = Occasion::of(&event, "system".to_owned()).unwrap();
        assert_eq!((told.event, told.subject), (EventType::GrantRevoked, grant.to_string()));
        assert_eq!(told.object, Some(json!({"api": "a"})));
        let with = event.with(Snapshot::default().with("api", "b"));
        assert_eq!(Occasion::of(&with, String::new()).unwrap().object, Some(json!({"api": "b"})));
        let other = Event::about(Action::OperatorCreated, crate::id::AccountId::from_uuid(Uuid::nil()));
        assert_eq!(Occasion::of(&other, String::new()), None);
    }
}
