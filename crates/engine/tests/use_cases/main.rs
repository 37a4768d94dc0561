//! The engine's promises, kept over real databases with a clock that the tests move.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod accounts;
mod clients;
mod house;
mod interleavings;
mod keys;
mod nodes;
mod operators;
mod registration;
mod tokens;
mod verification;
