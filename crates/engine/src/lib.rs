//! Use cases: what this server does, whichever door asked for it.
//!
//! The engine knows policies and rows, never wires: no HTTP, no headers, no contract file. Decisions
//! are made by pure functions of `domain`; this crate fetches their input and stores their outcome.

mod activity;
mod apis;
mod engine;
mod error;
mod exchange;
mod failures;
mod feed;
mod follow;
mod forms;
mod hashing;
mod idempotency;
mod jobs;
mod keys;
mod known;
mod limits;
mod load;
mod lookup_cache;
mod master_key;
mod operator_tokens;
mod operators;
mod parents;
mod registry;
mod sessions;
mod sign_in;
mod throttle;
mod tokens;
mod verify;
mod workspaces;

pub use claviger_secrets::{FormToken, NewPassword, Password, PasswordError, Plain};
pub use claviger_store::{Belonging, KeyFilter, StateFilter};
pub use engine::{AccountOptions, Engine, Options, Parts};
pub use error::Error;
pub use exchange::{Bought, Caller, ExchangeError, KeyProof, NamedSession, Terms, Wish};
pub use idempotency::IdempotencyKey;
pub use keys::{BelongingRequest, IssuedKey, IssuedSecret, KeyError, NewKey, RevokedKey, Wait};
pub use operator_tokens::{AuthenticatedOperator, IssuedOperatorToken, NewOperatorToken, OperatorTokenError};
pub use operators::OperatorError;
pub use registry::RegisteredApi;
pub use sessions::{SessionError, SignedIn};
pub use sign_in::{IssuedSession, SignIn, SignInError};
pub use verify::Question;
pub use workspaces::{NewWorkspace, WorkspaceError, WorkspacePatch};
