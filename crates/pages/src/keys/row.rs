//! A key as lists show it.

use claviger_domain::{Care, Key, KeyHint, Timestamp};

use super::names::Names;
use super::standing::Standing;
use crate::moment::Moment;
use crate::public::duration_text;
use crate::reader::Reader;

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
    /// The age at which its text is better replaced, where it is older.
    pub(crate) overdue: Option<String>,
    /// How long nobody uses a key that counts as unused, where nobody has used it for so long.
    pub(crate) unused: Option<String>,
    pub(crate) ends_soon: bool,
}

impl KeyRow {
    pub(crate) fn new(key: &Key, names: &Names, now: Timestamp) -> Self {
        let upkeep = names.upkeep(key.api);
        let needs = |care| upkeep.needs(care, key, now);
        let said = |care, time: Option<_>| time.filter(|_| needs(care)).map(duration_text);
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
            last_used: key.last_used_at().map(|at| Moment::ago(at, now)),
            expires: key.expires_at.map(Moment::exact),
            overdue: said(Care::Overdue, upkeep.rotate_after),
            unused: said(Care::Unused, upkeep.unused_after),
            ends_soon: needs(Care::EndsSoon),
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
