//! What the record knows of a key, and what the key could do at an instant.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::id::{ApiId, SecretId, WorkspaceId};
use crate::key::{Key, KeyHint, KeyState, Restriction};
use crate::limit::Limit;
use crate::policy::KeyKind;
use crate::scope::Scope;
use crate::text::Label;
use crate::time::Timestamp;

/// One of a key's texts, of which only the hint is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyText {
    /// Its id.
    pub id: SecretId,
    /// What may be shown of it.
    pub hint: KeyHint,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends because a newer one took its place.
    pub retires_at: Option<Timestamp>,
}

/// A key as the record shows it. What its owner wrote into its metadata is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySnapshot {
    /// The API it opens.
    pub api: ApiId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The world it belongs to.
    pub environment: Environment,
    /// Single or pair.
    pub kind: KeyKind,
    /// What people call it.
    pub name: Label,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Since when it is switched off.
    pub disabled_since: Option<Timestamp>,
    /// When it was ended for ever.
    pub revoked_at: Option<Timestamp>,
    /// What it may no longer do until an operator lifts it.
    #[serde(default)]
    pub restriction: Option<Restriction>,
    /// Whether it is a canary.
    #[serde(default)]
    pub canary: bool,
    /// It does not work before.
    pub not_before: Option<Timestamp>,
    /// It does not work from then on.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from; empty for anywhere.
    pub addresses: Vec<IpNet>,
    /// Its own limits.
    pub limits: Vec<Limit>,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// Its texts, newest first.
    pub texts: Vec<KeyText>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<&Key> for KeySnapshot {
    fn from(key: &Key) -> Self {
        let (disabled_since, revoked_at) = match key.state {
            KeyState::Active => (None, None),
            KeyState::Disabled { since } => (Some(since), None),
            KeyState::Revoked { at } => (None, Some(at)),
        };
        let texts = key.generations.iter().map(|generation| KeyText {
            id: generation.id,
            hint: generation.hint.clone(),
            created_at: generation.created_at,
            retires_at: generation.retires_at,
        });
        Self {
            api: key.api,
            workspace: key.workspace,
            environment: key.environment,
            kind: key.kind,
            name: key.name.clone(),
            scopes: key.scopes.iter().cloned().collect(),
            disabled_since,
            revoked_at,
            restriction: key.restriction,
            canary: key.is_canary,
            not_before: key.not_before,
            expires_at: key.expires_at,
            addresses: key.addresses.clone(),
            limits: key.limits.clone(),
            has_secret: key.secret.is_some(),
            texts: texts.collect(),
            created_at: key.created_at,
        }
    }
}

/// Whether a key worked at an instant, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMoment {
    /// It did.
    Active,
    /// It was not made yet.
    NotMadeYet,
    /// Its first day had not come.
    NotYetValid,
    /// It was switched off.
    Disabled,
    /// It was ended for ever.
    Revoked,
    /// Its time was over.
    Expired,
    /// Its workspace was suspended.
    WorkspaceSuspended,
}

impl KeyMoment {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::NotMadeYet,
        Self::NotYetValid,
        Self::Disabled,
        Self::Revoked,
        Self::Expired,
        Self::WorkspaceSuspended,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NotMadeYet => "not_made_yet",
            Self::NotYetValid => "not_yet_valid",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::WorkspaceSuspended => "workspace_suspended",
        }
    }
}

impl KeySnapshot {
    /// Whether a key that was in this state worked at `instant`.
    pub fn moment(&self, instant: Timestamp, is_workspace_suspended: bool) -> KeyMoment {
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= instant);
        if instant < self.created_at {
            KeyMoment::NotMadeYet
        } else if is_past(self.revoked_at) {
            KeyMoment::Revoked
        } else if is_past(self.disabled_since) {
            KeyMoment::Disabled
        } else if is_past(self.expires_at) {
            KeyMoment::Expired
        } else if self.not_before.is_some_and(|start| instant < start) {
            KeyMoment::NotYetValid
        } else if is_workspace_suspended {
            KeyMoment::WorkspaceSuspended
        } else {
            KeyMoment::Active
        }
    }

    /// The texts that worked at `instant`.
    pub fn texts_at(&self, instant: Timestamp) -> impl Iterator<Item = &KeyText> {
        self.texts
            .iter()
            .filter(move |text| text.created_at <= instant && text.retires_at.is_none_or(|end| instant < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn text(created_at: i64, retires_at: Option<i64>) -> KeyText {
        KeyText {
            id: SecretId::from_uuid(Uuid::nil()),
            hint: KeyHint { prefix: "sk_".into(), last_four: "abcd".into() },
            created_at: at(created_at),
            retires_at: retires_at.map(at),
        }
    }

    fn key() -> KeySnapshot {
        KeySnapshot {
            api: ApiId::from_uuid(Uuid::nil()),
            workspace: WorkspaceId::from_uuid(Uuid::nil()),
            environment: Environment::Live,
            kind: KeyKind::Single,
            name: "k".parse().unwrap(),
            scopes: vec!["read".parse().unwrap()],
            disabled_since: None,
            revoked_at: None,
            restriction: None,
            canary: false,
            not_before: Some(at(20)),
            expires_at: Some(at(90)),
            addresses: Vec::new(),
            limits: Vec::new(),
            has_secret: false,
            texts: vec![text(50, None), text(10, Some(60))],
            created_at: at(10),
        }
    }

    #[test]
    fn a_key_worked_between_its_dates() {
        let moments = [9, 10, 19, 20, 89, 90].map(|second| key().moment(at(second), false));
        assert_eq!(
            moments,
            [
                KeyMoment::NotMadeYet,
                KeyMoment::NotYetValid,
                KeyMoment::NotYetValid,
                KeyMoment::Active,
                KeyMoment::Active,
                KeyMoment::Expired
            ]
        );
        assert_eq!(key().moment(at(30), true), KeyMoment::WorkspaceSuspended);
        assert_eq!(
            KeySnapshot { disabled_since: Some(at(25)), ..key() }.moment(at(30), false),
            KeyMoment::Disabled
        );
        assert_eq!(
            KeySnapshot { revoked_at: Some(at(25)), ..key() }.moment(at(30), true),
            KeyMoment::Revoked
        );
    }

    #[test]
    fn an_overlap_has_two_texts() {
        let count = |second| key().texts_at(at(second)).count();
        assert_eq!((count(9), count(49), count(50), count(60)), (0, 1, 2, 1));
    }

    #[test]
    fn a_snapshot_reads_back_from_its_json() {
        let json = serde_json::to_string(&key()).unwrap();
        assert_eq!(serde_json::from_str::<KeySnapshot>(&json).unwrap(), key());
    }
}
