//! The management API, JSON under `/v1` of the control origin, and the token and OAuth endpoints of contracts.
//!
//! Handlers are thin: parse, one engine call, render. What a caller may do stands in the type of the
//! [`permit::Permit`] a handler takes; every refusal is an RFC 9457 problem document with the request's id.

mod access_requests;
mod apis;
mod audit;
mod belongings;
mod body;
mod call;
mod clients;
mod creation;
mod credits;
mod document;
mod findings;
mod github;
mod grants;
mod help;
mod json;
mod keys;
mod limits;
mod list;
mod members;
mod metrics;
mod nodes;
mod oauth_endpoints;
mod operator_tokens;
mod path;
mod permit;
mod problem;
mod refusals;
mod reply;
mod routes;
mod sandbox;
mod signing_keys;
mod state;
mod test_clock;
mod token_endpoints;
mod tokens;
mod usage;
mod users;
mod verify;
mod webhooks;
mod words;
mod workspaces;

pub use call::CallContext;
pub use oauth_endpoints::OAuthEndpoints;
pub use routes::{openapi, router};
pub use state::ApiState;
pub use token_endpoints::{EndpointCall, TokenEndpoints};
