//! A key as lists show it.

use std::time::Duration;

use claviger_domain::{Key, KeyHint, Timestamp};

use super::names::Names;
use super::standing::Standing;
use crate::moment::Moment;
use crate::reader::Reader;

/// The age at which a key's text is better replaced.
const ROTATE_AFTER: Duration = Duration::from_secs(90 * 86_400);

/// What a list shows of a key.
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) api: String,
    /// Whose it is; none where all are one workspace's.
    pub(crate) workspace: Option<String>,
    /// The address of its page.
    pub(crate) href: String,
    pub(crate) environment: &'static str,
    pub(crate) standing: Standing,
    pub(crate) hint: Option<KeyHint>,
    pub(crate) scopes: Vec<String>,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<Moment>,
    pub(crate) expires: Option<Moment>,
    /// Whether its text is older than is good practice, and nothing replaces it by itself.
    pub(crate) is_overdue: bool,
}

impl KeyRow {
    pub(crate) fn new(key: &Key, names: &Names, now: Timestamp) -> Self {
        let last_used = key.generations.iter().filter_map(|generation| generation.last_used_at).max();
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            api: names.api(key.api),
            workspace: Some(names.workspace(key.workspace)),
            href: format!("/console/keys/{}", key.id),
            environment: key.environment.as_str(),
            standing: Standing::of(key, now),
            hint: key.generations.first().map(|generation| generation.hint.clone()),
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            created: Moment::ago(key.created_at, now),
            last_used: last_used.map(|at| Moment::ago(at, now)),
            expires: key.expires_at.map(Moment::exact),
            is_overdue: is_overdue(key, now),
        }
    }

    /// The key as this reader's pages show it.
    pub(crate) fn for_reader(key: &Key, names: &Names, now: Timestamp, reader: &Reader) -> Self {
        let row = Self::new(key, names, now);
        match reader.visit() {
            None => row,
            Some(_) => Self { workspace: None, href: format!("{}/keys/{}", reader.base(), key.id), ..row },
        }
    }
}

/// Changes with every change of the key.
pub(super) fn version_of(key: &Key) -> String {
    key.updated_at.micros().to_string()
}

fn is_overdue(key: &Key, now: Timestamp) -> bool {
    let newest = key.generations.first().map_or(key.created_at, |generation| generation.created_at);
    Standing::of(key, now) == Standing::Active && now.since(newest) > ROTATE_AFTER
}
