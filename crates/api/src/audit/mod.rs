//! `/v1/audit`: the record of who did what.

pub(crate) mod export;
pub(crate) mod key_at;
pub(crate) mod list;
mod object;
mod query;
pub(crate) mod verify;
