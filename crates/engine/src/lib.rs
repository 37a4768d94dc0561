//! Use cases: what this server does, whichever door asked for it.
//!
//! The engine knows policies and rows, never wires: no HTTP, no headers, no contract file. Decisions
//! are made by pure functions of `domain`; this crate fetches their input and stores their outcome.

mod access;
mod account_error;
mod accounts;
mod activity;
mod api_keyring;
mod apis;
mod audit;
mod bought;
mod caller;
mod caretakers;
mod chain;
mod claim;
mod clean_up;
mod client_keys;
mod countries;
mod counts;
mod credits;
mod delivery;
mod engine;
mod error;
mod exchange;
mod explain;
mod failures;
mod families;
mod feed;
mod fetch;
mod floods;
mod follow;
mod forms;
mod hashing;
mod health;
mod idempotency;
mod jobs;
mod kept_care;
mod keyrings;
mod keys;
mod known;
mod known_client;
mod letter;
mod limits;
mod load;
mod logos;
mod lookup_cache;
mod mailer;
mod master_key;
mod members;
mod message;
mod nodes;
mod oauth;
mod operator_tokens;
mod operators;
mod options;
mod origins;
mod outbox;
mod pace;
mod parents;
mod providers;
mod question;
mod refusals;
mod registry;
mod rowless;
mod sandbox;
mod session_credentials;
mod sessions;
mod setup;
mod sign_in;
mod sign_in_counts;
mod sign_ins;
mod signing_keys;
mod sold;
mod standing;
mod support;
mod tallies;
mod test_clock;
mod tidings;
mod token_details;
mod tokens;
mod trials;
mod turns;
mod unusual;
mod upkeep;
mod usage;
mod usage_parts;
mod user_sessions;
mod users;
mod verify;
mod wait;
mod watch;
mod webhook_counts;
mod webhook_options;
mod webhooks;
mod workspaces;

pub use access::{AccessError, NewAccessRequest, Review};
pub use account_error::AccountError;
pub use accounts::{
    AccountOverview, LinkedProvider, PasskeyCeremony, PasskeySummary, RecoveryCodes, SignUp, TotpEnrolment,
    UpstreamArrival, UpstreamErrand, UpstreamStart,
};
pub use audit::{AuditError, AuditExport, AuditPage, AuditVerdict, ExportFormat, KeyAt};
pub use bought::Bought;
pub use caller::Caller;
pub use claviger_secrets::{
    FormToken, NewPassword, Password, PasswordError, Plain, ReportKeys, ReportKeysError,
};
pub use claviger_store::{
    AuditFilter, Belonging, FindingFilter, KeyFilter, SignInSum, StateFilter, UsagePart, UsageSum,
    WatchedWrite, WriteWatcher, watch_writes,
};
pub use clean_up::CleanUp;
pub use countries::Countries;
pub use counts::{TotalName, Use};
pub use credits::{CreditError, Credits, NewCreditGrant};
pub use engine::{Engine, Parts};
pub use error::Error;
pub use exchange::{
    Branch, BranchState, EndedFamily, ExchangeError, FamilyError, KeyProof, NamedSession, Proof, TokenTree,
    Wish,
};
pub use fetch::{Answered, Fetch, FetchError, FetchLimits, Fetched, Form, NoFetch, Outgoing};
pub use idempotency::IdempotencyKey;
pub use kept_care::KeyCare;
pub use keys::{BelongingRequest, IssuedKey, IssuedSecret, KeyError, KeyLook, NewKey, RevokedKey};
pub use letter::Letter as AccountLetter;
pub use limits::{CounterAway, CounterHealth, LeaseAnswer, LeaseQuestion, SharedCounter};
pub use mailer::{Mail, MailError, Mailer, NoMail};
pub use members::{Invited, MemberError, NewInvitation, NewMember, Visit};
pub use message::{Message, NamedKey};
pub use nodes::{Installation, NodeStatus};
pub use oauth::{
    AuthenticatedClient, Authorization, ClientError, ClientFilter, ClientRules, ClientSecretSummary,
    ConnectedApplication, Consent, ConsentAnswer, DeviceAuthorization, DeviceQuestion, DpopProof, Flow,
    Introspection, Issued, IssuedClient, IssuedClientSecret, Logout, MOST_PICTURE_BYTES, NewClient,
    OAuthError, PictureError, RegisteredClient, Step, TokenTerms,
};
pub use operator_tokens::{AuthenticatedOperator, IssuedOperatorToken, NewOperatorToken, OperatorTokenError};
pub use operators::OperatorError;
pub use options::{AccountOptions, Options, UnusualOptions, UsageKeeps};
pub use providers::{UpstreamProvider, UpstreamRegistration};
pub use question::Question;
pub use refusals::Explanation;
pub use registry::RegisteredApi;
pub use sandbox::{Sandbox, SandboxError};
pub use sessions::{RECENT, SecondFactorDue, SessionError, SignedIn};
pub use setup::SetupError;
pub use sign_in::{IssuedSession, SignIn, SignInError};
pub use sign_ins::SignInsError;
pub use signing_keys::{JWK_SET_MAX_AGE, SigningKeyError};
pub use test_clock::TestClockError;
pub use trials::TrialError;
pub use unusual::{FindingError, LeakError};
pub use upkeep::Upkeep;
pub use usage::{UsageError, UsageQuery};
pub use users::{NewUser, UserError, UserPatch};
pub use wait::Wait;
pub use webhook_counts::WebhookTotals;
pub use webhook_options::WebhookOptions;
pub use webhooks::{IssuedWebhook, NewWebhook, WebhookBacklog, WebhookError, WebhookPatch};
pub use workspaces::{NewWorkspace, WorkspaceError, WorkspacePatch};
