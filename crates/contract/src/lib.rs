//! The contract language: one TOML file says what an API promises its callers about authentication.
//!
//! [`parse`] makes a [`Contract`] of it or says everything that is wrong with it. A contract has two halves: the
//! policy, which the engine decides by, and the wire, which only doors see: [`Contract::read`] is the way in,
//! [`Contract::refuse`] and its like are the way out. All of it is pure.

mod contract;
mod diagnostics;
mod directory;
mod document;
mod field;
mod finding;
mod host;
mod language;
mod leak_patterns;
mod pattern;
mod reading;
mod request_head;
mod token;
mod wire;

pub use claviger_domain::{
    AccessToken, Algorithm, AssertionRules, ClientAuthentication, Pkce, RefreshToken, Reuse, SessionToken,
    TokenPolicy, TokenShape,
};
pub use contract::{Contract, Presentation, ScopePreset};
pub use diagnostics::{Diagnostic, Diagnostics};
pub use directory::{Directory, HostClash, Installed};
pub use field::{FieldPath, FieldPathError};
pub use finding::Severity;
pub use host::{Deployment, DeploymentError, EnvironmentBy, Host, Role};
pub use language::{Parsed, parse};
pub use leak_patterns::{Scanner, UnknownScanner};
pub use pattern::{PathPattern, PathPatternError};
pub use reading::{Reading, RequestView, Route, Target};
pub use token::{
    Encoding, ExchangeCause, ExchangeRefusal, Grant, GrantKind, Issued, Param, Purpose, Reply,
    StandardRefusal, Summons, TimeFormat, TokenEndpoint, TokenRequest, TokenRequestError,
};
pub use wire::answer::Answer;
pub use wire::cause::Fault;
pub use wire::challenge::{Challenge, ChallengeScheme};
pub use wire::identity::IdentityHeaders;
pub use wire::place::{BasicPart, Place, Spot};
pub use wire::quota::{QuotaHeaders, QuotaStyle};
pub use wire::refusal::RefusalContext;
pub use wire::router::Methods;
pub use wire::rules::{FieldKind, FieldRule, HeaderRule, RequestRules, RuleViolation};
pub use wire::site::Provenance;
