//! Webhooks: listed, made, changed, tried, and what they were sent. One file per page; console and portal share them.

pub(crate) mod create;
pub(crate) mod detail;
pub(crate) mod edit;
mod form;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod message;
mod row;
mod secret;
