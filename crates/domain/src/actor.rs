//! Who did a thing, as it is written beside the thing.

use std::fmt;

use crate::id::{AccountId, ClientId, OperatorTokenId};

/// Who acts. Engine calls that change something take one; only doors make them, from a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Someone who is signed in to this account.
    Account(AccountId),
    /// A script holding this operator token.
    OperatorToken(OperatorTokenId),
    /// Someone with the configuration and the master key at hand: the command line on this machine.
    LocalCommand,
    /// A client that manages its own registration (RFC 7592).
    Client(ClientId),
    /// The server itself: first start, jobs.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::OperatorToken(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::LocalCommand => f.write_str("local"),
            Self::System => f.write_str("system"),
        }
    }
}
