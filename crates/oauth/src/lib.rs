//! OAuth 2.1 and OpenID Connect: what stands on the wire, and the pure rules over it. No I/O, one file per check.

mod assertion;
mod authorization;
mod claims_request;
mod client_metadata;
mod client_proof;
mod code;
mod dpop;
mod id_token;
mod jose;
pub mod metadata;
mod parameters;
mod pkce;
mod prompt;
mod refusal;
mod resource;
mod text;
mod token_request;
mod user_claims;
mod vouching;

pub use assertion::{Assertion, AssertionCheck};
pub use authorization::{AuthorizationRequest, PUSHED_REQUEST_PREFIX, ResponseMode, echoed_state};
pub use client_metadata::{
    check_client_metadata, read_client_metadata, render_client, render_client_metadata,
};
pub use client_proof::ClientProof;
pub use code::ErrorCode;
pub use dpop::{Possession, PossessionCheck};
pub use id_token::IdToken;
pub use jose::Jwt;
pub use parameters::{Parameters, ParametersError};
pub use pkce::{check_code_verifier, is_code_verifier};
pub use prompt::Prompt;
pub use refusal::Refusal;
pub use resource::{canonical_resource, canonical_resources};
pub use token_request::TokenRequest;
pub use user_claims::{KNOWN_CLAIMS, user_claims};
pub use vouching::{Vouched, VouchingCheck};
