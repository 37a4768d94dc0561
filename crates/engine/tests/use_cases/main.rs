//! The engine's promises, kept over real databases with a clock that the tests move.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod accounts;
mod addresses;
mod audit;
mod authorization;
mod client_tokens;
mod clients;
mod credits;
mod house;
mod interleavings;
mod keys;
mod logins;
mod logos;
mod members;
mod nodes;
mod operators;
mod own_accounts;
mod partners;
mod people;
mod receivers;
mod refreshes;
mod refusals;
mod registration;
mod repeated_logins;
mod rotations;
mod second_factors;
mod shared_limits;
mod soak;
mod tokens;
mod unusual;
mod upkeep;
mod usage;
mod users;
mod verification;
mod webhooks;
