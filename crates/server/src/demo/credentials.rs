//! `credentials.json`: the demo's facts for scripts. It holds secrets and is its owner's alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::seed::Seed;
use crate::private_file;

/// The facts of one contract, by field: origins, keys, secrets, ids.
pub(super) type Facts = IndexMap<String, Fact>;

/// One fact. Not `Debug`: most are secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Fact {
    /// A text.
    Text(String),
    /// Several that belong together: a user, or a key as a JWK.
    Group(serde_json::Map<String, serde_json::Value>),
}

impl Fact {
    /// The text; none of a group.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Group(_) => None,
        }
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The text of a field, or of a field in a group as `group.field`.
pub(super) fn text_of<'f>(facts: &'f Facts, field: &str) -> Option<&'f str> {
    match field.split_once('.') {
        None => facts.get(field)?.text(),
        Some((group, member)) => match facts.get(group)? {
            Fact::Group(members) => members.get(member)?.as_str(),
            Fact::Text(_) => None,
        },
    }
}

/// What the demo's keys are and where it is. Not `Debug`: it is nothing but secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Credentials {
    /// The control origin.
    pub(super) base_url: String,
    /// Who may sign in to the console and drive the management API.
    pub(super) operator: Operator,
    /// Who may sign in to the portal; none in a file of an earlier version.
    #[serde(flatten)]
    pub(super) member: Option<Member>,
    /// By contract.
    pub(super) contracts: IndexMap<String, Facts>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Operator {
    /// Whom the console knows.
    pub(super) email: String,
    pub(super) password: String,
    /// What the management API takes.
    pub(super) token: String,
}

/// An owner of every workspace of the demo.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    #[serde(rename = "member")]
    pub(super) email: String,
    #[serde(rename = "member_password")]
    pub(super) password: String,
}

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error("cannot use {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is damaged (line {line}); start over with --fresh", path.display())]
    Damaged { path: PathBuf, line: usize },
}

impl Credentials {
    /// Those of an earlier start; none if this is the first.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CredentialsError::Io { path: path.to_path_buf(), source }),
        };
        // The parser's own message might repeat a secret.
        let damaged = |error: serde_json::Error| CredentialsError::Damaged {
            path: path.to_path_buf(),
            line: error.line(),
        };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// Writes the file whole or not at all; not at all when it says the same already.
    pub(super) fn write(&self, path: &Path) -> Result<(), CredentialsError> {
        if Self::read(path)?.as_ref() == Some(self) {
            return Ok(());
        }
        let failed = |source| CredentialsError::Io { path: path.to_path_buf(), source };
        let mut text = serde_json::to_string_pretty(self).map_err(io::Error::other).map_err(failed)?;
        text.push('\n');
        private_file::replace(path, &text).map_err(failed)
    }

    /// The same keys, with the origins of this port first.
    pub(super) fn served_at(mut self, seed: &Seed, port: u16) -> Self {
        self.base_url = format!("http://127.0.0.1:{port}");
        for contract in &seed.contracts {
            let facts = self.contracts.entry(contract.name.to_string()).or_default();
            let mut next: Facts = contract
                .origins
                .iter()
                .map(|(field, host)| (field.clone(), format!("http://{host}:{port}").into()))
                .collect();
            for (field, value) in facts.drain(..) {
                next.entry(field).or_insert(value);
            }
            *facts = next;
        }
        self
    }
}
