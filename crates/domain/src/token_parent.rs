//! What tokens are bought with, and with which they die.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AccountId, ClientId, GrantId, IdParseError, KeyId, SecretId};

/// What a family was bought with, and with which it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    /// A key.
    Key {
        /// The key.
        key: KeyId,
        /// The generation of the key's text.
        secret: SecretId,
    },
    /// A client for itself.
    Client(ClientId),
    /// A user's grant to a client.
    Grant {
        /// The grant.
        grant: GrantId,
        /// Whom it was given.
        client: ClientId,
        /// Who gave it.
        account: AccountId,
    },
    /// A user who signed in at the API itself.
    Account(AccountId),
}

impl Parent {
    /// Its id; of a key, whatever its text is.
    pub const fn id(self) -> ParentId {
        match self {
            Self::Key { key, .. } => ParentId::Key(key),
            Self::Client(client) => ParentId::Client(client),
            Self::Grant { grant, .. } => ParentId::Grant(grant),
            Self::Account(account) => ParentId::Account(account),
        }
    }

    /// The key, where it is one.
    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::Client(_) | Self::Grant { .. } | Self::Account(_) => None,
        }
    }

    /// The client, where one is among what it is.
    pub const fn client(self) -> Option<ClientId> {
        match self {
            Self::Client(client) | Self::Grant { client, .. } => Some(client),
            Self::Key { .. } | Self::Account(_) => None,
        }
    }
}

/// What a family was bought with, by its id alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParentId {
    /// A key.
    Key(KeyId),
    /// A client, for itself and for users.
    Client(ClientId),
    /// A user's grant to a client.
    Grant(GrantId),
    /// A user, by grants and by signing in at the API itself.
    Account(AccountId),
}

impl ParentId {
    /// The bare id, which no other parent has, of whatever kind.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Key(id) => id.uuid(),
            Self::Client(id) => id.uuid(),
            Self::Grant(id) => id.uuid(),
            Self::Account(id) => id.uuid(),
        }
    }
}

impl fmt::Display for ParentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::Grant(id) => id.fmt(f),
            Self::Account(id) => id.fmt(f),
        }
    }
}

/// The text is no id of anything that tokens are bought with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form key_…, cli_…, grt_… or acc_…")]
pub struct ParentParseError;

impl FromStr for ParentId {
    type Err = ParentParseError;

    fn from_str(text: &str) -> Result<Self, ParentParseError> {
        let key = || text.parse().map(Self::Key);
        let client = || text.parse().map(Self::Client);
        let grant = || text.parse().map(Self::Grant);
        let account = || text.parse().map(Self::Account);
        let found = key().or_else(|_| client()).or_else(|_| grant()).or_else(|_| account());
        found.map_err(|_: IdParseError| ParentParseError)
    }
}

impl Serialize for ParentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ParentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FamilyId;

    #[test]
    fn a_parent_is_read_by_its_prefix() {
        let id = Uuid::from_u128(7);
        for parent in [
            ParentId::Key(KeyId::from_uuid(id)),
            ParentId::Client(ClientId::from_uuid(id)),
            ParentId::Grant(GrantId::from_uuid(id)),
            ParentId::Account(AccountId::from_uuid(id)),
        ] {
            assert_eq!(parent.to_string().parse(), Ok(parent));
        }
        for other in [FamilyId::from_uuid(id).to_string(), String::new(), "key_1".to_owned()] {
            assert_eq!(other.parse::<ParentId>(), Err(ParentParseError));
        }
    }
}
