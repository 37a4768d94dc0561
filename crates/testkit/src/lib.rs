//! testkit.

pub mod upstream;
