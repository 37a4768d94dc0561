//! `[database]`: where the database is.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Breach, anchor};
use crate::secret::Secret;

/// Where the database is and how long anything may wait for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct DatabaseSettings {
    /// Its URL, or the file that holds it.
    pub url: DatabaseUrl,
    /// Connections; none for the engine's usual number.
    pub connections: Option<NonZeroU32>,
    /// The longest wait for an answer.
    pub deadline: Duration,
    /// The longest wait for another process that writes to the same SQLite file.
    pub lock_wait: Duration,
}

/// A database's URL, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The URL itself.
    Text(Secret),
    /// A file that holds it.
    File(PathBuf),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<NonZeroU32>,
    #[serde(with = "crate::duration")]
    deadline: Duration,
    #[serde(with = "crate::duration")]
    lock_wait: Duration,
}

impl TryFrom<Raw> for DatabaseSettings {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, &'static str> {
        let url = match (raw.url, raw.url_file) {
            (Some(_), Some(_)) => return Err("set `url` or `url_file`, not both"),
            (None, Some(file)) => DatabaseUrl::File(file),
            (Some(url), None) => DatabaseUrl::Text(url),
            (None, None) => DatabaseUrl::Text(Secret::new("sqlite:claviger.db".to_owned())),
        };
        Ok(Self { url, connections: raw.connections, deadline: raw.deadline, lock_wait: raw.lock_wait })
    }
}

impl From<DatabaseSettings> for Raw {
    fn from(settings: DatabaseSettings) -> Self {
        let (url, url_file) = match settings.url {
            DatabaseUrl::Text(url) => (Some(url), None),
            DatabaseUrl::File(file) => (None, Some(file)),
        };
        Self {
            url,
            url_file,
            connections: settings.connections,
            deadline: settings.deadline,
            lock_wait: settings.lock_wait,
        }
    }
}

impl DatabaseSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if self.lock_wait >= self.deadline {
            breaches.push(Breach::new("database.lock_wait", "must be shorter than `database.deadline`"));
        }
    }

    pub(super) fn anchor(&mut self, base: &Path) {
        match &mut self.url {
            DatabaseUrl::File(file) => anchor(file, base),
            DatabaseUrl::Text(url) => *url = anchor_url(url, base),
        }
    }
}

/// `sqlite:FILE` with a relative file starts at `base` too, like any other path.
fn anchor_url(url: &Secret, base: &Path) -> Secret {
    let Some(rest) = url.expose().strip_prefix("sqlite:") else { return url.clone() };
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.is_empty() || rest.starts_with(':') || rest.starts_with('/') {
        return url.clone();
    }
    Secret::new(format!("sqlite:{}", base.join(rest).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_relative_sqlite_file_is_anchored() {
        let base = Path::new("/srv/claviger");
        let anchored = |url: &str| anchor_url(&Secret::new(url.to_owned()), base).expose().to_owned();
        assert_eq!(anchored("sqlite:data.db"), "sqlite:/srv/claviger/data.db");
        assert_eq!(anchored("sqlite://data.db"), "sqlite:/srv/claviger/data.db");
        for same in ["sqlite::memory:", "sqlite:/var/x.db", "sqlite:///var/x.db", "postgres://h/d"] {
            assert_eq!(anchored(same), same);
        }
    }
}
