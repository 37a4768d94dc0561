//! The audit record: read row by row, exported, checked. Console and portal share its pages.

pub(crate) mod check;
pub(crate) mod detail;
pub(crate) mod export;
pub(crate) mod list;
mod row;
mod wanted;
