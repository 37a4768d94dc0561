//! Keys: listed, looked at, made, changed. One file per page.

pub(crate) mod create;
pub(crate) mod detail;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod row;
pub(crate) mod shown_once;
pub(crate) mod standing;
