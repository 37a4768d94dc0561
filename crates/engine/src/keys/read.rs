//! Reading keys. Their texts cannot be read by anyone.

use claviger_domain::{Actor, Key, KeyId, Page, PageRequest};

use super::KeyError;
use crate::engine::Engine;
use claviger_store::KeyFilter;

/// Keys that are found at once and come first, of those that a search may find.
const AT_ONCE: u16 = 20;

/// What a look at keys found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLook {
    /// The keys.
    pub rows: Vec<Key>,
    /// Before which key the look goes on; none when there is no other.
    pub next: Option<KeyId>,
    /// Whether so many keys were looked at in vain that the page ends before it is full.
    pub is_cut_short: bool,
}

impl Engine {
    /// The key with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_key(&self, id: KeyId) -> Result<Key, KeyError> {
        self.store().read().await?.find_key(id, None).await?.ok_or(KeyError::UnknownKey)
    }

    /// The key with this id, if it exists for the actor.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_key_for(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        let found = self.store().read().await?.find_key(id, actor.workspace()).await?;
        found.ok_or(KeyError::UnknownKey)
    }

    /// A page of the keys that exist for the actor, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys_for(
        &self,
        actor: &Actor,
        filter: KeyFilter,
        page: PageRequest,
    ) -> Result<Page<Key>, KeyError> {
        let workspace = actor.workspace().or(filter.workspace);
        self.list_keys(KeyFilter { workspace, ..filter }, page).await
    }

    /// A page of keys, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&self, filter: KeyFilter, page: PageRequest) -> Result<Page<Key>, KeyError> {
        Ok(self.store().read().await?.list_keys(&filter, page).await?)
    }
    /// A page of the keys that exist for the actor, newest first. What is searched for as a name finds a key by its id and
    /// by what people still see of a text as well. Whatever that finds, and names that begin so, come first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_for_keys(
        &self,
        actor: &Actor,
        filter: KeyFilter,
        before: Option<KeyId>,
    ) -> Result<KeyLook, KeyError> {
        let workspace = actor.workspace().or(filter.workspace);
        let filter = KeyFilter { workspace, ..filter };
        let first = self.find_at_once(&filter).await?;
        let shown = if before.is_none() { u16::try_from(first.len()).unwrap_or(AT_ONCE) } else { 0 };
        let limit = PageRequest::DEFAULT_LIMIT;
        let page = PageRequest { before: before.map(KeyId::uuid), limit };
        let mut listed = self.list_keys(filter, page).await?;
        let mut is_cut_short = listed.is_cut_short(limit);
        let is_first = |key: &Key| first.iter().any(|found| found.id == key.id);
        let mut others: Vec<Key> = listed.rows.into_iter().filter(|key| !is_first(key)).collect();
        // A whole page, whatever of the list stands before it already.
        let room = usize::from(limit.saturating_sub(shown));
        if others.len() > room {
            others.truncate(room);
            listed.next = others.last().map(|key| key.id.uuid());
            is_cut_short = false;
        }
        let mut rows = if before.is_none() { first } else { Vec::new() };
        rows.extend(others);
        Ok(KeyLook { rows, next: listed.next.map(KeyId::from_uuid), is_cut_short })
    }

    /// What an index knows of a searched text, each key once.
    async fn find_at_once(&self, filter: &KeyFilter) -> Result<Vec<Key>, KeyError> {
        let Some(text) = filter.name.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut read = self.store().read().await?;
        if let Ok(id) = text.parse() {
            return Ok(read.find_key(id, filter.workspace).await?.into_iter().collect());
        }
        let mut found = match seen_of_a_text(text) {
            Some(hint) => read.find_keys_by_hint(filter, hint, AT_ONCE).await?,
            None => Vec::new(),
        };
        for key in read.find_keys_by_name(filter, text, AT_ONCE).await? {
            if !found.iter().any(|other| other.id == key.id) {
                found.push(key);
            }
        }
        found.truncate(AT_ONCE.into());
        Ok(found)
    }
}

/// The prefix, where there is one, and the last four characters: `sk_live_…a1B2`, or the four alone.
fn seen_of_a_text(text: &str) -> Option<(Option<&str>, &str)> {
    let (prefix, last_four) = match text.split_once('…').or_else(|| text.split_once("...")) {
        Some((prefix, rest)) => (Some(prefix).filter(|prefix| !prefix.is_empty()), rest),
        None => (None, text),
    };
    let is_seen = last_four.len() == 4 && last_four.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_seen.then_some((prefix, last_four))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_seen_of_a_text_is_told_from_a_name() {
        assert_eq!(seen_of_a_text("sk_live_…a1B2"), Some((Some("sk_live_"), "a1B2")));
        assert_eq!(seen_of_a_text("sk_live_...a1B2"), Some((Some("sk_live_"), "a1B2")));
        assert_eq!(seen_of_a_text("…a1B2"), Some((None, "a1B2")));
        assert_eq!(seen_of_a_text("a1B2"), Some((None, "a1B2")));
        for name in ["", "a1B", "a1B2c", "a b2", "Łódź", "sk_live_a1B2", "sk_live_…"] {
            assert_eq!(seen_of_a_text(name), None, "{name}");
        }
    }
}
