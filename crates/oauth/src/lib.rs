//! OAuth 2.1 and OpenID Connect: what stands on the wire, and the pure rules over it. No I/O, one file per check.

mod authorization;
mod client_metadata;
mod client_proof;
mod code;
pub mod metadata;
mod parameters;
mod refusal;
mod text;
mod token_request;

pub use authorization::{AuthorizationRequest, Prompt, ResponseMode};
pub use client_metadata::{check_client_metadata, read_client_metadata, render_client};
pub use client_proof::ClientProof;
pub use code::ErrorCode;
pub use parameters::{Parameters, ParametersError};
pub use refusal::Refusal;
pub use token_request::TokenRequest;
