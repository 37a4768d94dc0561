//! Use cases: what this server does, whichever door asked for it.
//!
//! The engine knows policies and rows, never wires: no HTTP, no headers, no contract file. Decisions
//! are made by pure functions of `domain`; this crate fetches their input and stores their outcome.

mod activity;
mod apis;
mod engine;
mod error;
mod exchange;
mod feed;
mod idempotency;
mod jobs;
mod keys;
mod limits;
mod load;
mod lookup_cache;
mod master_key;
mod operator_tokens;
mod parents;
mod registry;
mod throttle;
mod tokens;
mod verify;
mod workspaces;

pub use claviger_store::{Belonging, KeyFilter, StateFilter};
pub use engine::{Engine, Options, Parts};
pub use error::Error;
pub use exchange::{Bought, Caller, ExchangeError, KeyProof, NamedSession, Terms, Wish};
pub use idempotency::IdempotencyKey;
pub use keys::{BelongingRequest, IssuedKey, IssuedSecret, KeyError, NewKey, RevokedKey, Wait};
pub use operator_tokens::{AuthenticatedOperator, IssuedOperatorToken, NewOperatorToken, OperatorTokenError};
pub use registry::RegisteredApi;
pub use verify::Question;
pub use workspaces::{NewWorkspace, WorkspaceError, WorkspacePatch};
