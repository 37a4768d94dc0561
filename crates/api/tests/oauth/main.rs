//! The OAuth endpoints of an API, asked as clients and strangers ask them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bad_input;
mod documents;
mod house;
mod sharing;
