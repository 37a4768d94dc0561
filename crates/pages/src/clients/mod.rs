//! Applications, which is what people call OAuth clients: listed, looked at, registered, changed. One file per page.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod detail;
mod form;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod picture;
pub(crate) mod preview;
mod secret;
mod words;
