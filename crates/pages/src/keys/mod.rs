//! Keys: listed, looked at, made, changed. One file per page.

mod addresses;
pub(crate) mod care;
pub(crate) mod create;
pub(crate) mod detail;
pub(crate) mod edit;
pub(crate) mod lifecycle;
mod limits;
pub(crate) mod list;
pub(crate) mod names;
mod overlap;
pub(crate) mod row;
pub(crate) mod scopes;
pub(crate) mod shown_once;
pub(crate) mod standing;
