//! `[master_key]`: where the key is from which all others are derived.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::anchor;

/// Where the master key and its predecessors are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct MasterKeySettings {
    /// The one in force.
    pub current: KeySource,
    /// Earlier ones, which still open what they sealed.
    pub previous: Vec<KeySource>,
}

/// One place a master key can come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawSource", into = "RawSource")]
pub enum KeySource {
    /// A file that only its owner can read.
    File(PathBuf),
    /// A variable of the environment, by name.
    Environment(String),
    /// A program with its arguments, which prints it.
    Command(Vec<String>),
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previous: Vec<KeySource>,
}

impl TryFrom<RawSource> for KeySource {
    type Error = &'static str;

    fn try_from(raw: RawSource) -> Result<Self, &'static str> {
        match (raw.file, raw.environment, raw.command) {
            (Some(file), None, None) => Ok(Self::File(file)),
            (None, Some(name), None) if name.is_empty() => Err("`environment` names no variable"),
            (None, Some(name), None) => Ok(Self::Environment(name)),
            (None, None, Some(command)) if command.is_empty() => Err("`command` names no program"),
            (None, None, Some(command)) => Ok(Self::Command(command)),
            _ => Err("set exactly one of `file`, `environment` and `command`"),
        }
    }
}

impl From<KeySource> for RawSource {
    fn from(source: KeySource) -> Self {
        match source {
            KeySource::File(file) => Self { file: Some(file), ..Self::default() },
            KeySource::Environment(name) => Self { environment: Some(name), ..Self::default() },
            KeySource::Command(command) => Self { command: Some(command), ..Self::default() },
        }
    }
}

impl TryFrom<Raw> for MasterKeySettings {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, &'static str> {
        let current = RawSource { file: raw.file, environment: raw.environment, command: raw.command };
        Ok(Self { current: current.try_into()?, previous: raw.previous })
    }
}

impl From<MasterKeySettings> for Raw {
    fn from(settings: MasterKeySettings) -> Self {
        let RawSource { file, environment, command } = settings.current.into();
        Self { file, environment, command, previous: settings.previous }
    }
}

impl MasterKeySettings {
    pub(super) fn anchor(&mut self, base: &Path) {
        for source in std::iter::once(&mut self.current).chain(&mut self.previous) {
            if let KeySource::File(file) = source {
                anchor(file, base);
            }
        }
    }
}
