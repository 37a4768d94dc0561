//! A client's metadata: read from JSON, checked against its API, and rendered (RFC 7591 section 2, OpenID Connect
//! Dynamic Registration section 2).

mod check;
mod keys;
mod members;
mod read;
mod render;

pub use check::check_client_metadata;
pub use read::read_client_metadata;
pub use render::{render_client, render_client_metadata};

use crate::code::ErrorCode;
use crate::refusal::Refusal;

fn invalid(description: String) -> Refusal {
    Refusal::new(ErrorCode::InvalidClientMetadata, description)
}

#[cfg(test)]
#[path = "client_metadata_tests.rs"]
mod tests;
