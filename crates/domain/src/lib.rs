//! The words of Claviger and the rules over them.
//!
//! Everything here is a value or a pure function: no I/O, no async, no clock and no
//! randomness of its own. Time and randomness enter through [`Clock`] and [`Entropy`].

mod access_request;
mod account;
mod actor;
mod algorithm;
mod audit;
mod change;
mod check;
mod client;
mod country;
mod credential;
mod credit;
mod decision;
mod email;
mod environment;
mod error;
mod examine;
mod finding;
mod grant;
mod habits;
mod id;
mod key;
mod limit;
mod limiter;
mod member;
mod network;
mod operator;
mod overlap;
mod page;
mod picture;
mod policy;
mod principal;
mod redirect;
mod rule;
mod sandbox;
mod scope;
mod session;
mod sighting;
mod sign_in;
mod signing;
mod test_clock;
mod text;
mod time;
mod token;
mod token_family;
mod token_parent;
mod token_policy;
mod upkeep;
mod usage;
mod webhook;
mod workspace;

pub use access_request::{
    AccessRequest, ReviewCheck, ReviewStep, Ruled, Ruling, UnknownReviewStep, open_steps,
};
pub use account::{Account, MailPurpose, Pool, Profile, UnknownPool};
pub use actor::{Actor, Call, NotAllowed, Who};
pub use algorithm::Algorithm;
pub use audit::{
    Action, AuditEntry, AuditObject, AuditSeq, Audited, ChainFault, ChainHash, ChainPin, Event, FaultKind,
    KeyMoment, KeySnapshot, KeyText, Snapshot, UnknownAction, UnknownObject,
};
pub use change::{Change, ChangeKind, ChangeSeq, Receipt};
pub use check::{Check, Checked, Verdict};
pub use client::{
    ApplicationType, Client, ClientAuthentication, ClientKeys, ClientMetadata, ClientOrigin,
    ClientPresentation, ClientSecret, GrantType, SubjectType,
};
pub use country::{Country, CountryError};
pub use credential::{Credential, Facts, Presented, Standing};
pub use credit::{
    AnchorDay, AnchorDayError, ChargeId, ChargeState, CreditCharge, CreditDay, CreditGrant, CreditRefill,
    draw,
};
pub use decision::{Decision, Denial, DenialReason, Outcome, PossessionClaim};
pub use email::{Email, EmailError};
pub use environment::{Environment, UnknownEnvironment};
pub use error::ErrorKind;
pub use examine::{Examined, examine, examine_networks};
pub use finding::{Acknowledgement, Evidence, Finding, LeakSource, Occurrence, Raised, Replayed, Subject};
pub use grant::Grant;
pub use habits::Habits;
pub use id::{
    AccessRequestId, AccountId, ApiId, ClientId, ClientSecretId, CreditGrantId, FamilyId, FindingId, GrantId,
    IdParseError, InvitationId, KeyId, NodeId, OperatorTokenId, PasskeyId, RequestId, ResetId, SecretId,
    SessionId, SigningKeyId, WebhookId, WebhookMessageId, WorkspaceId,
};
pub use key::{
    Key, KeyGeneration, KeyHint, KeyPatch, KeyState, KeyTransitionError, KeyVersion, Metadata, MetadataError,
    Restriction,
};
pub use limit::{Limit, LimitError, LimitName, LimitState, Pace, Partition, WhenUnavailable};
pub use limiter::{Calendar, Even, Left, Period, Rolling, RollingState};
pub use member::{Invitation, InvitationState, Member, Membership, Right, Role, UnknownRole};
pub use network::{Network, NetworkError};
pub use operator::{OperatorScope, OperatorScopes, OperatorToken, UnknownOperatorScope};
pub use overlap::{NetworkUse, ReplacedVersion, VersionCount};
pub use page::{Page, PageRequest};
pub use picture::{PictureDigest, PictureDigestError, PictureKind};
pub use policy::{
    Api, CollectionName, KeyFormat, KeyKind, KeyLifetimes, KeyShape, KeyUpkeep, Plan, PlanName, Policy,
};
pub use principal::{Belongings, CredentialKind, KindSet, Principal};
pub use redirect::{RedirectUri, RedirectUriError};
pub use rule::{Response, Responses, Rule, UnfitResponse, UnknownWord};
pub use sandbox::{
    KeysAtReset, ResetCause, ResetCounts, ResetSchedule, SandboxPolicy, SandboxReset, TimeOfDay,
    TimeOfDayError, Weekday,
};
pub use scope::{Scope, ScopeCatalog, ScopeCatalogError, ScopeDescription, ScopeParseError, ScopeSet};
pub use session::{Method, Methods, Origin, Session};
pub use sighting::{CredentialSighting, NetworkSighting, Seen, Sighting, Signs};
pub use sign_in::SignInOutcome;
pub use signing::{SigningKey, SigningKeyState, SigningSchedule};
pub use test_clock::{Lead, LeadError, TestClock};
pub use text::{ApiName, Label, Prose, TextError};
pub use time::{Clock, Entropy, Timestamp};
pub use token::{AccessToken, RefreshToken, Reuse, SessionName, Terms, TokenShape};
pub use token_family::{Generation, TokenFamily, TokenName, TokenPart, TokenState};
pub use token_parent::{Parent, ParentId, ParentParseError};
pub use token_policy::{AssertionRules, Pkce, SessionToken, TokenPolicy};
pub use upkeep::{Care, Reminder};
pub use usage::{Grain, Latency, Tally, UsageName, UsageOrigin};
pub use webhook::{
    ATTEMPTS, DisabledFor, EventType, MessageState, Occasion, Subscription, UnknownDisabledFor,
    UnknownEventType, UnknownMessageState, Webhook, WebhookAddress, WebhookAddressError, WebhookAttempt,
    WebhookMessage, pause_after, pause_asked,
};
pub use workspace::{Workspace, WorkspaceState};
