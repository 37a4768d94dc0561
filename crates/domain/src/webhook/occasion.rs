//! Something that happened, before it is known whom it is told.

use serde_json::{Map, Value, json};

use super::event_type::EventType;
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

#[cfg(test)]
mod tests {
    use super::*;
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
}
