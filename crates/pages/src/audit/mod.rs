//! The audit record: read row by row, exported, checked. Console and portal share its pages.

mod actions;
pub(crate) mod check;
pub(crate) mod detail;
pub(crate) mod export;
pub(crate) mod key_at;
pub(crate) mod list;
mod row;
mod wanted;

use crate::chrome::Section;
use crate::reader::Reader;

/// Where the record begins for this reader.
fn place(reader: &Reader) -> String {
    match reader.visit() {
        None => Section::Audit.path().to_owned(),
        Some(_) => format!("{}/history", reader.base()),
    }
}
