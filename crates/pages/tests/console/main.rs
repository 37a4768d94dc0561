//! The pages as a browser meets them, with their routers in memory.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod browser;
mod forms;
mod house;
mod keys;
mod pages;
mod public;
mod second_factor;
mod sign_in;
mod workspaces;
