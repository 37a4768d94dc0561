//! Use cases: what this server does, whichever door asked for it.
//!
//! The engine knows policies and rows, never wires: no HTTP, no headers, no contract file. Decisions
//! are made by pure functions of `domain`; this crate fetches their input and stores their outcome.

mod accounts;
mod activity;
mod apis;
mod audit;
mod chain;
mod clean_up;
mod client_keys;
mod engine;
mod error;
mod exchange;
mod failures;
mod feed;
mod fetch;
mod follow;
mod forms;
mod hashing;
mod idempotency;
mod jobs;
mod keyrings;
mod keys;
mod known;
mod limits;
mod load;
mod lookup_cache;
mod mailer;
mod master_key;
mod oauth;
mod operator_tokens;
mod operators;
mod parents;
mod registry;
mod rowless;
mod session_credentials;
mod sessions;
mod sign_in;
mod signing_keys;
mod standing;
mod tokens;
mod users;
mod verify;
mod workspaces;

pub use accounts::{
    AccountError, AccountOverview, PasskeyCeremony, PasskeySummary, RecoveryCodes, SignUp, TotpEnrolment,
    UpstreamProvider, UpstreamRegistration, UpstreamStart,
};
pub use audit::{AuditError, AuditPage, AuditVerdict, KeyAt};
pub use claviger_secrets::{FormToken, NewPassword, Password, PasswordError, Plain};
pub use claviger_store::{AuditFilter, Belonging, KeyFilter, StateFilter};
pub use clean_up::CleanUp;
pub use engine::{AccountOptions, Engine, Options, Parts};
pub use error::Error;
pub use exchange::{Bought, Branch, Caller, ExchangeError, KeyProof, NamedSession, Proof, Terms, Wish};
pub use fetch::{Fetch, FetchError, FetchLimits, Fetched, Form, NoFetch};
pub use idempotency::IdempotencyKey;
pub use keys::{BelongingRequest, IssuedKey, IssuedSecret, KeyError, NewKey, RevokedKey, Wait};
pub use mailer::{Mail, MailError, Mailer, NoMail};
pub use oauth::{
    AuthenticatedClient, Authorization, ClientError, ClientFilter, ClientRules, ConnectedApplication,
    Consent, ConsentAnswer, DeviceAuthorization, DeviceQuestion, DpopProof, Flow, Introspection, Issued,
    IssuedClient, IssuedClientSecret, Logout, NewClient, OAuthError, RegisteredClient, Step, TokenTerms,
};
pub use operator_tokens::{AuthenticatedOperator, IssuedOperatorToken, NewOperatorToken, OperatorTokenError};
pub use operators::OperatorError;
pub use registry::RegisteredApi;
pub use sessions::{SecondFactorDue, SessionError, SignedIn};
pub use sign_in::{IssuedSession, SignIn, SignInError};
pub use signing_keys::{JWK_SET_MAX_AGE, SigningKeyError};
pub use users::{NewUser, UserError, UserPatch};
pub use verify::Question;
pub use workspaces::{NewWorkspace, WorkspaceError, WorkspacePatch};
