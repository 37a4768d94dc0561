//! OAuth 2.1 and OpenID Connect: what stands on the wire, and the pure rules over it. No I/O, one file per check.

mod assertion;
mod authorization;
mod client_proof;
mod code;
mod dpop;
mod jose;
mod parameters;
mod refusal;
mod token_request;

pub use assertion::{Assertion, AssertionCheck};
pub use authorization::{AuthorizationRequest, Prompt, ResponseMode};
pub use client_proof::ClientProof;
pub use code::ErrorCode;
pub use dpop::{Possession, PossessionCheck};
pub use jose::Jwt;
pub use parameters::{Parameters, ParametersError};
pub use refusal::Refusal;
pub use token_request::TokenRequest;
