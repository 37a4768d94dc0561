//! What was found unusual: listed, explained, acknowledged, lifted.

pub(crate) mod detail;
pub(crate) mod list;
pub(crate) mod row;
pub(crate) mod words;
