//! Operator tokens: what drives the management API.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::OperatorTokenId;
use crate::text::Label;
use crate::time::Timestamp;

/// What an operator token may do. Least privilege: a gateway's token has `verify` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorScope {
    /// Call `POST /v1/verify`.
    Verify,
    /// Read workspaces and APIs.
    WorkspacesRead,
    /// Make and change workspaces.
    WorkspacesWrite,
    /// Read keys; never their text, which nobody can read.
    KeysRead,
    /// Make, change, rotate and revoke keys.
    KeysWrite,
    /// Read OAuth clients, users, grants, signing keys, and what tokens were bought.
    ClientsRead,
    /// Make and change OAuth clients, users, grants and signing keys, and end tokens.
    ClientsWrite,
    /// Make and revoke operator tokens.
    TokensWrite,
    /// Read, export and check the audit record.
    AuditRead,
    /// Read webhooks, their messages and attempts; never their secrets.
    WebhooksRead,
    /// Make and change webhooks, and send messages again.
    WebhooksWrite,
    /// Read metrics and the state of nodes.
    Observe,
    /// Read what was found unusual.
    FindingsRead,
    /// Acknowledge findings, and lift what was done about them.
    FindingsWrite,
}

impl OperatorScope {
    /// Every scope there is.
    pub const ALL: [Self; 14] = [
        Self::Verify,
        Self::WorkspacesRead,
        Self::WorkspacesWrite,
        Self::KeysRead,
        Self::KeysWrite,
        Self::ClientsRead,
        Self::ClientsWrite,
        Self::TokensWrite,
        Self::AuditRead,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::Observe,
        Self::FindingsRead,
        Self::FindingsWrite,
    ];

    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::WorkspacesRead => "workspaces:read",
            Self::WorkspacesWrite => "workspaces:write",
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::ClientsRead => "clients:read",
            Self::ClientsWrite => "clients:write",
            Self::TokensWrite => "tokens:write",
            Self::AuditRead => "audit:read",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::Observe => "observe",
            Self::FindingsRead => "findings:read",
            Self::FindingsWrite => "findings:write",
        }
    }

    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

impl fmt::Display for OperatorScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no operator scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown operator scope `{0}`")]
pub struct UnknownOperatorScope(String);

impl FromStr for OperatorScope {
    type Err = UnknownOperatorScope;

    fn from_str(text: &str) -> Result<Self, UnknownOperatorScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownOperatorScope(text.chars().take(40).collect()))
    }
}

/// A set of operator scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperatorScopes(u32);

impl OperatorScopes {
    /// All of them.
    pub fn all() -> Self {
        OperatorScope::ALL.into_iter().collect()
    }

    /// Whether `scope` is in the set. Writing implies reading the same thing.
    pub const fn allows(self, scope: OperatorScope) -> bool {
        let implied_by = match scope {
            OperatorScope::WorkspacesRead => OperatorScope::WorkspacesWrite.bit(),
            OperatorScope::KeysRead => OperatorScope::KeysWrite.bit(),
            OperatorScope::ClientsRead => OperatorScope::ClientsWrite.bit(),
            OperatorScope::FindingsRead => OperatorScope::FindingsWrite.bit(),
            OperatorScope::WebhooksRead => OperatorScope::WebhooksWrite.bit(),
            _ => 0,
        };
        self.0 & (scope.bit() | implied_by) != 0
    }

    /// The scopes named in it.
    pub fn iter(self) -> impl Iterator<Item = OperatorScope> {
        OperatorScope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Parses the space-separated form the database holds.
    ///
    /// # Errors
    /// When a word is no operator scope.
    pub fn parse_spaced(text: &str) -> Result<Self, UnknownOperatorScope> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl FromIterator<OperatorScope> for OperatorScopes {
    fn from_iter<I: IntoIterator<Item = OperatorScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

/// Space-separated, in declaration order.
impl fmt::Display for OperatorScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for OperatorScopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(OperatorScope::as_str))
    }
}

impl<'de> Deserialize<'de> for OperatorScopes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        words.iter().map(|word| word.parse()).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
    }
}

/// A token by which an operator's script manages this instance. Kept like a key: hashed, shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorToken {
    /// Its id.
    pub id: OperatorTokenId,
    /// What people call it.
    pub name: Label,
    /// What it may do.
    pub scopes: OperatorScopes,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl OperatorToken {
    /// Whether it works at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading_and_nothing_else() {
        let writer: OperatorScopes = [OperatorScope::KeysWrite].into_iter().collect();
        assert!(writer.allows(OperatorScope::KeysRead));
        assert!(!writer.allows(OperatorScope::WorkspacesRead));
        assert!(!writer.allows(OperatorScope::Verify));
    }

    #[test]
    fn scopes_round_trip_through_text() {
        let all = OperatorScopes::all();
        assert_eq!(OperatorScopes::parse_spaced(&all.to_string()).unwrap(), all);
        assert!(OperatorScopes::parse_spaced("verify sudo").is_err());
    }
}
