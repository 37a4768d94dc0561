//! Access on request: somebody outside asks, staff reviews and decides, and the contact is shown the first keys once.

mod error;
mod letter;
mod request;
mod reveal;
mod review;

pub use error::AccessError;
pub use request::NewAccessRequest;
pub use review::Review;
