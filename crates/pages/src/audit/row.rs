//! A row of the record for people.

use std::collections::BTreeMap;

use claviger_domain::{AuditEntry, AuditObject, Email};
use serde_json::Value;

use super::actions::words;
use super::place;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::words::{Phrase, say};

/// Somebody or something, and where more of it is.
pub(super) struct Party {
    /// What it is.
    pub(super) kind: Phrase,
    /// What it is called.
    pub(super) name: String,
    /// The address of its page.
    pub(super) href: Option<String>,
    /// The address of the rows about it; none where there is no telling them apart.
    pub(super) rows: Option<String>,
}

/// A row of the record.
pub(super) struct AuditRow {
    /// The address of its page.
    pub(super) href: String,
    pub(super) at: Moment,
    pub(super) who: Party,
    pub(super) action: String,
    pub(super) object: Party,
    /// Whose it is; none where all is one workspace's.
    pub(super) workspace: Option<String>,
}

/// What rows are told with.
pub(super) struct Teller<'t> {
    pub(super) reader: &'t Reader,
    pub(super) names: &'t Names,
    pub(super) people: &'t BTreeMap<String, Email>,
}

impl Teller<'_> {
    pub(super) fn row(&self, entry: &AuditEntry) -> AuditRow {
        let workspace = entry.workspace.as_ref().filter(|_| self.reader.visit().is_none());
        AuditRow {
            href: format!("{}/{}", place(self.reader), entry.seq),
            at: Moment::exact(entry.at),
            who: self.actor(entry),
            action: words(&entry.action),
            object: self.object(entry),
            workspace: workspace
                .map(|id| id.parse().map_or_else(|_| id.clone(), |id| self.names.workspace(id))),
        }
    }

    fn actor(&self, entry: &AuditEntry) -> Party {
        let (kind, name) = match entry.actor_kind.as_str() {
            "operator" => (say("record-operator"), None),
            "member" => (say("record-member"), None),
            "user" => (say("shared-user"), None),
            "operator_token" => (say("record-operator-token"), None),
            "client" => (say("shared-application"), None),
            "local" => (say("record-server"), Some(say("record-command-line"))),
            "system" => (say("record-server"), Some(say("record-server-itself"))),
            "visitor" => (say("record-visitor"), Some(say("record-somebody-unknown"))),
            "provider" => (say("record-provider"), Some(say("record-provider-2"))),
            _ => (say("record-actor"), None),
        };
        let is_reader = entry.actor == self.reader.signed_in().account().id.to_string();
        let name = match name {
            _ if is_reader => say("word-you").to_string(),
            Some(name) => name.to_string(),
            None => self.person(&entry.actor),
        };
        // Of the provider's people members see no more than that.
        let rows =
            (entry.actor_kind != "provider").then(|| format!("{}?who={}", place(self.reader), entry.actor));
        Party { kind, name, href: None, rows }
    }

    fn object(&self, entry: &AuditEntry) -> Party {
        let id = entry.object.as_str();
        let known = id.parse::<AuditObject>().ok();
        let kind = match known {
            Some(AuditObject::Api(_)) => say("word-api"),
            Some(AuditObject::Workspace(_)) => say("word-workspace"),
            Some(AuditObject::Key(_)) => say("word-key"),
            Some(AuditObject::Client(_)) => say("shared-application"),
            Some(AuditObject::Grant(_)) => say("record-consent"),
            Some(AuditObject::Account(_)) => say("record-account"),
            Some(AuditObject::Invitation(_)) => say("record-invitation"),
            Some(AuditObject::Session(_)) => say("record-session"),
            Some(AuditObject::TokenFamily(_)) => say("record-tokens"),
            Some(AuditObject::SigningKey(_)) => say("record-signing-key"),
            Some(AuditObject::OperatorToken(_)) => say("record-operator-token"),
            Some(AuditObject::Webhook(_)) => say("record-webhook"),
            Some(AuditObject::Finding(_)) => say("record-finding"),
            Some(AuditObject::AccessRequest(_)) => say("record-request-access"),
            None => say("record-object"),
        };
        Party {
            kind,
            name: called(entry).unwrap_or_else(|| self.person(id)),
            href: known.and_then(|object| self.page_of(object, id)),
            rows: known.map(|_| format!("{}?object={id}", place(self.reader))),
        }
    }

    /// Where an object's own page is, as long as there is such an object.
    fn page_of(&self, object: AuditObject, id: &str) -> Option<String> {
        let base = self.reader.base();
        match object {
            AuditObject::Key(_) => Some(format!("{base}/keys/{id}")),
            AuditObject::Webhook(_) => Some(format!("{base}/webhooks/{id}")),
            _ if self.reader.visit().is_some() => None,
            AuditObject::Client(_) => Some(format!("{base}/clients/{id}")),
            AuditObject::Finding(_) => Some(format!("{base}/findings/{id}")),
            AuditObject::AccessRequest(_) => Some(format!("{base}/access-requests/{id}")),
            AuditObject::Api(_) => Some(format!("{base}/apis/{id}")),
            AuditObject::Workspace(_) => Some(format!("{base}/keys?workspace={id}")),
            // Whoever is neither operator nor member is an API's user.
            AuditObject::Account(_) if !self.people.contains_key(id) => Some(format!("{base}/users/{id}")),
            AuditObject::Grant(_)
            | AuditObject::Account(_)
            | AuditObject::Invitation(_)
            | AuditObject::Session(_)
            | AuditObject::TokenFamily(_)
            | AuditObject::SigningKey(_)
            | AuditObject::OperatorToken(_) => None,
        }
    }

    fn person(&self, id: &str) -> String {
        self.people.get(id).map_or_else(|| id.to_owned(), ToString::to_string)
    }
}

/// What the object was called when it was done.
fn called(entry: &AuditEntry) -> Option<String> {
    let text = entry.after.as_deref().or(entry.before.as_deref())?;
    let state: Value = serde_json::from_str(text).ok()?;
    state.get("name")?.as_str().map(str::to_owned)
}

/// A part of an object, before and after.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) is_changed: bool,
}

/// The parts of what an object was and is, in the order in which they stand.
pub(super) fn parts(entry: &AuditEntry) -> Vec<Part> {
    let read = |text: &Option<String>| match serde_json::from_str(text.as_deref()?) {
        Ok(Value::Object(parts)) => Some(parts),
        _ => None,
    };
    let (before, after) = (read(&entry.before), read(&entry.after));
    let is_change = before.is_some() && after.is_some();
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names
        .map(|name| {
            let (old, new) = (before.get(name), after.get(name));
            Part {
                name: name.replace('_', " "),
                before: old.and_then(shown),
                after: new.and_then(shown),
                is_changed: is_change && old != new,
            }
        })
        .collect()
}

/// A value for people; none for what is empty.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) if values.iter().all(Value::is_string) => {
            Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::{AuditSeq, ChainHash, Timestamp};

    use super::*;

    fn entry(before: Option<&str>, after: Option<&str>) -> AuditEntry {
        AuditEntry {
            seq: AuditSeq::from_i64(1),
            at: Timestamp::from_seconds(0),
            actor_kind: "local".to_owned(),
            actor: "local".to_owned(),
            action: "key.updated".to_owned(),
            object: "key_1".to_owned(),
            workspace: None,
            request: None,
            address: None,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            previous: ChainHash::GENESIS,
            hash: ChainHash::GENESIS,
        }
    }

    #[test]
    fn what_changed_is_told_from_what_stayed() {
        let old = r#"{"name":"a","scopes":["read","write"],"expires_at":null}"#;
        let new = r#"{"name":"b","scopes":["read","write"],"limits":[{"quota":1}]}"#;
        let said: Vec<_> = parts(&entry(Some(old), Some(new)))
            .into_iter()
            .map(|part| (part.name, part.before, part.after, part.is_changed))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            said,
            [
                ("name".to_owned(), text("a"), text("b"), true),
                ("scopes".to_owned(), text("read, write"), text("read, write"), false),
                ("expires at".to_owned(), None, None, true),
                ("limits".to_owned(), None, text(r#"[{"quota":1}]"#), true),
            ]
        );
    }

    #[test]
    fn of_what_was_made_or_is_gone_nothing_has_changed() {
        for (before, after) in
            [(Some(r#"{"a":1}"#), None), (None, Some(r#"{"a":1}"#)), (None, Some("no JSON"))]
        {
            assert!(parts(&entry(before, after)).iter().all(|part| !part.is_changed));
        }
    }
}
