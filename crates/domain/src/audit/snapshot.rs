//! What an object looked like, without anything secret and without what people are called: a record that nobody can
//! change is no place for either.

use serde::Serialize;
use serde_json::{Map, Value};

use super::key_state::KeySnapshot;
use super::object::AuditObject;
use crate::access_request::{AccessRequest, Ruling};
use crate::account::{Account, Pool};
use crate::client::{Client, ClientKeys};
use crate::finding::Finding;
use crate::grant::Grant;
use crate::id::WorkspaceId;
use crate::key::Key;
use crate::member::{Invitation, Membership};
use crate::operator::OperatorToken;
use crate::sandbox::SandboxReset;
use crate::session::{Method, Session};
use crate::signing::SigningKey;
use crate::token_family::TokenFamily;
use crate::webhook::Webhook;
use crate::workspace::{Workspace, WorkspaceState};

/// An object's public parts, as a small JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(Map<String, Value>);

impl Snapshot {
    /// Adds a part.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        // Texts, numbers and lists of them: JSON can always hold those.
        self.0.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// As it is kept.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    /// As it is told.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Something that the record can show.
pub trait Audited {
    /// Its id.
    fn object(&self) -> AuditObject;
    /// Whose it is.
    fn workspace(&self) -> Option<WorkspaceId>;
    /// Its public parts.
    fn snapshot(&self) -> Snapshot;
}

impl Audited for Key {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        Some(self.workspace)
    }

    fn snapshot(&self) -> Snapshot {
        match serde_json::to_value(KeySnapshot::from(self)) {
            Ok(Value::Object(parts)) => Snapshot(parts),
            // A struct of texts and lists is always an object.
            _ => Snapshot::default(),
        }
    }
}

impl Audited for AccessRequest {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        match self.ruled.as_ref().map(|ruled| &ruled.ruling) {
            Some(Ruling::Approved { workspace, .. }) => Some(*workspace),
            Some(Ruling::Declined { .. }) | None => None,
        }
    }

    fn snapshot(&self) -> Snapshot {
        let scopes = match self.ruled.as_ref().map(|ruled| &ruled.ruling) {
            Some(Ruling::Approved { scopes, .. }) => Some(scopes),
            Some(Ruling::Declined { .. }) | None => None,
        };
        Snapshot::default()
            .with("api", self.api)
            .with("environments", &self.environments)
            .with("state", self.state())
            .with("workspace", Audited::workspace(self))
            .with("scopes", scopes)
    }
}

impl Audited for Finding {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        self.workspace
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("rule", self.rule.as_str())
            .with("subject", self.subject.to_string())
            .with("acknowledged_at", self.acknowledged.as_ref().map(|seen| seen.at))
    }
}

impl Audited for SandboxReset {
    fn object(&self) -> AuditObject {
        self.api.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("reset", self.id)
            .with("api", self.api)
            .with("cause", self.cause)
            .with("keys", self.keys)
            .with("due_at", self.due_at)
            .with("begun_at", self.begun_at)
            .with("ended_at", self.ended_at)
    }
}

impl Audited for Workspace {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        Some(self.id)
    }

    fn snapshot(&self) -> Snapshot {
        let suspended_since = match self.state {
            WorkspaceState::Active => None,
            WorkspaceState::Suspended { since } => Some(since),
        };
        let plan = self.plan.as_ref().map(ToString::to_string);
        Snapshot::default()
            .with("name", &self.name)
            .with("plan", plan)
            .with("suspended_since", suspended_since)
    }
}

impl Audited for Client {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        Some(self.workspace)
    }

    fn snapshot(&self) -> Snapshot {
        let metadata = &self.metadata;
        let keys = match &metadata.keys {
            None => None,
            Some(ClientKeys::Inline(_)) => Some("inline"),
            Some(ClientKeys::Address(address)) => Some(address.as_str()),
        };
        Snapshot::default()
            .with("api", self.api)
            .with("environment", self.environment)
            .with("origin", self.origin.as_str())
            .with("name", &metadata.name)
            .with("authentication", metadata.authentication)
            .with("keys", keys)
            .with("grant_types", &metadata.grant_types)
            .with("redirect_uris", &metadata.redirect_uris)
            .with("scopes", &metadata.scopes)
            .with("requires_dpop", metadata.requires_dpop)
            .with("requires_pushed_requests", metadata.requires_pushed_requests)
            .with("disabled_at", self.disabled_at)
    }
}

impl Audited for Account {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        self.workspace
    }

    fn snapshot(&self) -> Snapshot {
        let api = match self.pool {
            Pool::Instance | Pool::Members => None,
            Pool::Api(api) => Some(api),
        };
        Snapshot::default()
            .with("api", api)
            .with("workspace", self.workspace)
            .with("environment", self.environment)
            .with("scopes", &self.scopes)
            .with("email_verified_at", self.email_verified_at)
            .with("disabled_at", self.disabled_at)
    }
}

impl Audited for Invitation {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        Some(self.workspace)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("role", self.role)
            .with("expires_at", self.expires_at)
            .with("accepted_at", self.accepted_at)
            .with("withdrawn_at", self.withdrawn_at)
    }
}

/// Recorded as something about the account: its roles are told apart by the workspace.
impl Audited for Membership {
    fn object(&self) -> AuditObject {
        self.account.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        Some(self.workspace)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default().with("role", self.role)
    }
}

impl Audited for OperatorToken {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("name", &self.name)
            .with("scopes", self.scopes)
            .with("expires_at", self.expires_at)
            .with("revoked_at", self.revoked_at)
    }
}

impl Audited for Grant {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("api", self.api)
            .with("account", self.account)
            .with("client", self.client)
            .with("scopes", &self.scopes)
            .with("resources", &self.resources)
            .with("revoked_at", self.revoked_at)
    }
}

impl Audited for Session {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("account", self.account)
            .with("methods", self.methods.iter().map(Method::as_str).collect::<Vec<_>>())
            .with("awaits_second_factor", self.awaits_second_factor)
            .with("expires_at", self.expires_at)
    }
}

impl Audited for TokenFamily {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("parent", self.parent.id())
            .with("source", self.source)
            .with("scopes", &self.scopes)
            .with("created_at", self.created_at)
            .with("expires_at", self.ends_at)
            .with("ended_at", self.ended_at)
    }
}

/// Of its address only the host: the rest may be as good as a password.
impl Audited for Webhook {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        self.workspace
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("name", &self.name)
            .with("host", self.address.host())
            .with("events", self.events.to_string())
            .with("disabled_at", self.disabled.map(|(at, _)| at))
            .with("disabled_for", self.disabled.map(|(_, cause)| cause.as_str()))
    }
}

impl Audited for SigningKey {
    fn object(&self) -> AuditObject {
        self.id.into()
    }

    fn workspace(&self) -> Option<WorkspaceId> {
        None
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
            .with("api", self.api)
            .with("algorithm", self.algorithm)
            .with("activates_at", self.activates_at)
            .with("retires_at", self.retires_at)
    }
}
