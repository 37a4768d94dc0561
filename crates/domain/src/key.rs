//! Keys: static credentials of a workspace, shown once.

use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::id::{ApiId, KeyId, SecretId, WorkspaceId};
use crate::limit::Limit;
use crate::policy::KeyKind;
use crate::scope::ScopeSet;
use crate::text::Label;
use crate::time::Timestamp;

/// Whether a key works, apart from its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// It does not until it is enabled again.
    Disabled {
        /// Since when.
        since: Timestamp,
    },
    /// It never will again.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// A move that a key's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTransitionError {
    /// Revocation is final.
    #[error("the key is revoked, which is final")]
    Revoked,
    /// Only a working key can be rotated.
    #[error("the key is disabled; enable it first")]
    Disabled,
}

impl KeyState {
    /// The state after disabling; disabling twice keeps the first instant.
    ///
    /// # Errors
    /// When the key is revoked.
    pub const fn disable(self, now: Timestamp) -> Result<Self, KeyTransitionError> {
        match self {
            Self::Active => Ok(Self::Disabled { since: now }),
            Self::Disabled { .. } => Ok(self),
            Self::Revoked { .. } => Err(KeyTransitionError::Revoked),
        }
    }

    /// The state after enabling; enabling twice is fine.
    ///
    /// # Errors
    /// When the key is revoked.
    pub const fn enable(self) -> Result<Self, KeyTransitionError> {
        match self {
            Self::Active | Self::Disabled { .. } => Ok(Self::Active),
            Self::Revoked { .. } => Err(KeyTransitionError::Revoked),
        }
    }

    /// The state after revoking; revoking twice keeps the first instant.
    #[must_use]
    pub const fn revoke(self, now: Timestamp) -> Self {
        match self {
            Self::Active | Self::Disabled { .. } => Self::Revoked { at: now },
            Self::Revoked { .. } => self,
        }
    }

    /// Whether a new generation of the secret may be made.
    ///
    /// # Errors
    /// When the key is revoked or disabled.
    pub const fn check_rotatable(self) -> Result<(), KeyTransitionError> {
        match self {
            Self::Active => Ok(()),
            Self::Disabled { .. } => Err(KeyTransitionError::Disabled),
            Self::Revoked { .. } => Err(KeyTransitionError::Revoked),
        }
    }

    /// The word shown on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled { .. } => "disabled",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// What a key may no longer do, though it works, until an operator lifts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// It is slowed down to a limit of its own.
    Throttled,
    /// It opens only what reads.
    ReadOnly,
}

impl Restriction {
    /// Every restriction, the mildest first.
    pub const ALL: [Self; 2] = [Self::Throttled, Self::ReadOnly];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::ReadOnly => "read_only",
        }
    }

    /// The restriction of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|restriction| restriction.as_str() == name)
    }
}

/// What may be shown of a key for ever: its prefix and last four characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHint {
    /// The contract's prefix.
    pub prefix: Arc<str>,
    /// The last four characters of the whole key.
    pub last_four: Arc<str>,
}

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", self.prefix, self.last_four)
    }
}

/// One generation of a key's text. A rotation adds one and lets the older end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGeneration {
    /// Its id.
    pub id: SecretId,
    /// The keyed hash under which it is found.
    pub lookup: [u8; 32],
    /// What may be shown of it.
    pub hint: KeyHint,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this generation ends because a newer one took its place.
    pub retires_at: Option<Timestamp>,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    pub last_used_address: Option<String>,
    /// The user agent it was last used by.
    pub last_used_agent: Option<String>,
}

/// A generation of a key as a request presents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyVersion {
    /// The generation.
    pub id: SecretId,
    /// Whether a newer one has taken its place, so that it is on its way out or has ended.
    pub is_replaced: bool,
}

impl From<&KeyGeneration> for KeyVersion {
    fn from(generation: &KeyGeneration) -> Self {
        Self { id: generation.id, is_replaced: generation.retires_at.is_some() }
    }
}

/// Free data of the key's owner: a JSON object of at most 4 KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(serde_json::Map<String, serde_json::Value>);

/// The metadata is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata may take at most 4096 bytes as JSON")]
pub struct MetadataError;

impl Metadata {
    /// The most bytes it may take as JSON.
    pub const MAX_BYTES: usize = 4096;

    /// The object inside.
    pub const fn as_object(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0
    }
}

impl TryFrom<serde_json::Map<String, serde_json::Value>> for Metadata {
    type Error = MetadataError;

    fn try_from(object: serde_json::Map<String, serde_json::Value>) -> Result<Self, MetadataError> {
        let bytes = serde_json::to_vec(&object).map_err(|_| MetadataError)?;
        if bytes.len() > Self::MAX_BYTES { Err(MetadataError) } else { Ok(Self(object)) }
    }
}

/// A key. It belongs to a workspace and outlives whoever made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, which rotation keeps.
    pub id: KeyId,
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
    pub scopes: ScopeSet,
    /// Whether it works, apart from its dates.
    pub state: KeyState,
    /// What it may no longer do until an operator lifts it.
    pub restriction: Option<Restriction>,
    /// Whether it is a canary: made for nobody to use. It opens nothing, and each use of it is found.
    pub is_canary: bool,
    /// It does not work before.
    pub not_before: Option<Timestamp>,
    /// It does not work from then on.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from; empty for anywhere.
    pub addresses: Vec<IpNet>,
    /// Its own limits, beside those of API and plan.
    pub limits: Vec<Limit>,
    /// Free data of its owner.
    pub metadata: Metadata,
    /// Its texts' hashes, newest first. One, or two during an overlap.
    pub generations: Vec<KeyGeneration>,
    /// The keyed hash of its secret, once it has one. A pair needs it; a single key may have it.
    pub secret: Option<[u8; 32]>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

/// A change to a key's editable parts; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPatch {
    /// A new name.
    pub name: Option<Label>,
    /// New scopes.
    pub scopes: Option<ScopeSet>,
    /// A new end; `Some(None)` for no end.
    pub expires_at: Option<Option<Timestamp>>,
    /// A new start; `Some(None)` for none.
    pub not_before: Option<Option<Timestamp>>,
    /// New addresses; empty for anywhere.
    pub addresses: Option<Vec<IpNet>>,
    /// New limits.
    pub limits: Option<Vec<Limit>>,
    /// New metadata.
    pub metadata: Option<Metadata>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocation_is_final() {
        let at = Timestamp::from_seconds(1);
        let later = Timestamp::from_seconds(2);
        let revoked = KeyState::Active.revoke(at);
        assert_eq!(revoked.revoke(later), KeyState::Revoked { at });
        assert_eq!(revoked.enable(), Err(KeyTransitionError::Revoked));
        assert_eq!(revoked.disable(later), Err(KeyTransitionError::Revoked));
        assert_eq!(revoked.check_rotatable(), Err(KeyTransitionError::Revoked));
    }

    #[test]
    fn disabling_twice_keeps_the_first_instant() {
        let since = Timestamp::from_seconds(1);
        let disabled = KeyState::Active.disable(since).unwrap();
        assert_eq!(disabled.disable(Timestamp::from_seconds(2)).unwrap(), disabled);
        assert_eq!(disabled.enable().unwrap(), KeyState::Active);
    }
}
