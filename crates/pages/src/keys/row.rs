//! A key as lists show it.

use claviger_domain::{Key, KeyHint, Timestamp};

use super::names::Names;
use super::standing::Standing;
use crate::moment::Moment;

/// What a list shows of a key.
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) api: String,
    pub(crate) workspace: String,
    pub(crate) environment: &'static str,
    pub(crate) standing: Standing,
    pub(crate) hint: Option<KeyHint>,
    pub(crate) scopes: Vec<String>,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<Moment>,
}

impl KeyRow {
    pub(crate) fn new(key: &Key, names: &Names, now: Timestamp) -> Self {
        let last_used = key.generations.iter().filter_map(|generation| generation.last_used_at).max();
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            api: names.api(key.api),
            workspace: names.workspace(key.workspace),
            environment: key.environment.as_str(),
            standing: Standing::of(key, now),
            hint: key.generations.first().map(|generation| generation.hint.clone()),
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            created: Moment::ago(key.created_at, now),
            last_used: last_used.map(|at| Moment::ago(at, now)),
        }
    }
}
