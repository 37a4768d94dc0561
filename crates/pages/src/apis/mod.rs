//! APIs: what their contracts promise, and what their tokens are signed with.

pub(crate) mod contract;
pub(crate) mod file;
pub(crate) mod list;
mod promises;
mod refusals;
pub(crate) mod sandbox;
pub(crate) mod signing_keys;
mod words;

pub(crate) use words::limit as limit_in_words;
