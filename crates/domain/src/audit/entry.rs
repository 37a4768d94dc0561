//! One row of the record, and how rows are chained.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use crate::time::Timestamp;

/// Where in the record a row stands: 1, 2, 3 … without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditSeq(i64);

impl AuditSeq {
    /// The number that a database row holds.
    pub const fn from_i64(seq: i64) -> Self {
        Self(seq)
    }

    /// The bare number.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The number after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AuditSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AuditSeq {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The keyed hash that chains a row to all rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// What the first row is chained to.
    pub const GENESIS: Self = Self([0; 32]);
}

/// In hexadecimal.
impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The text is no hash of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NoHash;

impl FromStr for ChainHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let bytes = HEXLOWER.decode(text.to_ascii_lowercase().as_bytes()).map_err(|_| NoHash)?;
        bytes.try_into().map(Self).map_err(|_| NoHash)
    }
}

/// One row as it is kept. All of it is text, so that a row that was tampered with, or that a later version wrote, can
/// still be read and named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Where it stands.
    pub seq: AuditSeq,
    /// When it was done.
    pub at: Timestamp,
    /// What sort of actor did it.
    pub actor_kind: String,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what: an id.
    pub object: String,
    /// The id of the workspace whose object it is.
    pub workspace: Option<String>,
    /// The id of the request.
    pub request: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
    /// What the object was, as JSON.
    pub before: Option<String>,
    /// What it is since, as JSON.
    pub after: Option<String>,
    /// The hash of the row before.
    pub previous: ChainHash,
    /// The keyed hash over `previous` and all else but the number, which follows from the chain.
    pub hash: ChainHash,
}

impl AuditEntry {
    /// What is hashed: each part with its length before it, so that no two rows have the same bytes.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = b"claviger audit 1\n".to_vec();
        bytes.extend_from_slice(&self.previous.0);
        bytes.extend_from_slice(&self.at.micros().to_be_bytes());
        for text in [&self.actor_kind, &self.actor, &self.action, &self.object] {
            put(&mut bytes, Some(text));
        }
        for text in [&self.workspace, &self.request, &self.address, &self.before, &self.after] {
            put(&mut bytes, text.as_ref());
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, text: Option<&String>) {
    bytes.push(u8::from(text.is_some()));
    let text = text.map(String::as_bytes).unwrap_or_default();
    bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend_from_slice(text);
}

/// A row that somebody noted elsewhere, where whoever holds the database cannot change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPin {
    /// Which row.
    pub seq: AuditSeq,
    /// Its hash.
    pub hash: ChainHash,
}

/// `12:0123abcd…`
impl fmt::Display for ChainPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// The text is no pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a row's number, a colon and its hash")]
pub struct NoPin;

impl FromStr for ChainPin {
    type Err = NoPin;

    fn from_str(text: &str) -> Result<Self, NoPin> {
        let (seq, hash) = text.split_once(':').ok_or(NoPin)?;
        Ok(Self { seq: seq.parse().map_err(|_| NoPin)?, hash: hash.parse().map_err(|_| NoPin)? })
    }
}

/// What is wrong with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The row is not as it was written.
    Altered,
    /// A row that stood here is gone.
    Missing,
    /// The row was never written by this server.
    Inserted,
    /// The row is genuine and stands in the wrong place.
    Reordered,
    /// The record ends before this row, which was written.
    Truncated,
    /// The note of where the record ends is not as it was written, or was not when a row was added.
    HeadAltered,
    /// The row is not the one that was noted elsewhere: the record, or an older copy of it, took its place.
    NotAsPinned,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Altered,
        Self::Missing,
        Self::Inserted,
        Self::Reordered,
        Self::Truncated,
        Self::HeadAltered,
        Self::NotAsPinned,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Inserted => "inserted",
            Self::Reordered => "reordered",
            Self::Truncated => "truncated",
            Self::HeadAltered => "head_altered",
            Self::NotAsPinned => "not_as_pinned",
        }
    }
}

/// The first place at which the record cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// At which row.
    pub seq: AuditSeq,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(texts: [String; 4], optional: [Option<String>; 5]) -> AuditEntry {
        let [actor_kind, actor, action, object] = texts;
        let [workspace, request, address, before, after] = optional;
        AuditEntry {
            seq: AuditSeq::from_i64(1),
            at: Timestamp::from_seconds(0),
            actor_kind,
            actor,
            action,
            object,
            workspace,
            request,
            address,
            before,
            after,
            previous: ChainHash::GENESIS,
            hash: ChainHash::GENESIS,
        }
    }

    proptest! {
        #[test]
        fn rows_that_differ_have_different_bytes(
            a: ([String; 4], [Option<String>; 5]),
            b: ([String; 4], [Option<String>; 5]),
        ) {
            let (one, other) = (entry(a.0, a.1), entry(b.0, b.1));
            prop_assert_eq!(one.canonical() == other.canonical(), one == other);
        }

        #[test]
        fn a_pin_round_trips(seq: i64, hash: [u8; 32]) {
            let pin = ChainPin { seq: AuditSeq::from_i64(seq), hash: ChainHash(hash) };
            prop_assert_eq!(pin.to_string().parse(), Ok(pin));
        }
    }

    #[test]
    fn text_cannot_move_from_one_part_to_the_next() {
        let texts = |actor: &str, action: &str| {
            entry([String::new(), actor.to_owned(), action.to_owned(), String::new()], Default::default())
        };
        assert_ne!(texts("ab", "c").canonical(), texts("a", "bc").canonical());
        let nothing = entry(Default::default(), Default::default());
        let empty = entry(Default::default(), [Some(String::new()), None, None, None, None]);
        assert_ne!(nothing.canonical(), empty.canonical());
    }
}
