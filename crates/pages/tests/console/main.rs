//! The console as a browser meets it, with the router in memory.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod browser;
mod forms;
mod house;
mod keys;
mod pages;
mod sign_in;
mod workspaces;
