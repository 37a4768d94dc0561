//! The users of APIs: listed, looked at, helped. One file per page.

pub(crate) mod detail;
pub(crate) mod lifecycle;
pub(crate) mod list;
