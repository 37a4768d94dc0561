//! The pages as a browser meets them, with their routers in memory.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod apis;
mod audit;
mod browser;
mod clients;
mod confirm;
mod files;
mod findings;
mod forms;
mod house;
mod installation;
mod keys;
mod languages;
mod many;
mod pages;
mod partners;
mod passkeys;
mod pictures;
mod portal;
mod public;
mod refusals;
mod second_factor;
mod setup;
mod sign_in;
mod trial;
mod usage;
mod users;
mod webhooks;
mod workspaces;
