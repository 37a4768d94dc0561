//! Keys that need care, counted for the overviews of console and portal.

use claviger_domain::Care;

use crate::error::PageError;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// Keys of one API that need the same.
pub(crate) struct CareRow {
    /// What they need.
    pub(crate) text: Phrase,
    /// The API's title.
    pub(crate) api: String,
    pub(crate) count: u16,
    /// The address of their list.
    pub(crate) href: String,
}

/// What the keys that a reader sees need, nothing where all is well; none while so many are being counted.
pub(crate) async fn care_rows(
    state: &PagesState,
    reader: &Reader,
) -> Result<Option<Vec<CareRow>>, PageError> {
    let Some(counts) = state.engine.count_care(&reader.actor()).await? else { return Ok(None) };
    let listed = state.engine.list_apis();
    let row = |care: claviger_engine::KeyCare| {
        let entry = listed.iter().find(|entry| entry.api.id == care.api)?;
        let name = &entry.api.name;
        Some(CareRow {
            text: care_text(care.care),
            api: state.title_of(name),
            count: care.count,
            href: format!("{}/keys?api={name}&care={}", reader.base(), care.care.as_str()),
        })
    };
    Ok(Some(counts.into_iter().filter_map(row).collect()))
}

/// For people.
pub(crate) const fn care_text(care: Care) -> Phrase {
    match care {
        Care::EndsSoon => say("care-end-within-30-days"),
        Care::Overdue => say("care-better-rotated"),
        Care::Unused => say("shared-unused"),
    }
}
