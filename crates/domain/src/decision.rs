//! The engine's answer: allow or deny, with everything a door needs to say so.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::credit::ChargeId;
use crate::environment::Environment;
use crate::limit::LimitState;
use crate::principal::{KindSet, Principal};
use crate::scope::Scope;

/// Why a request is refused. The verify door shows the code; a gateway's caller sees what its contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DenialReason {
    /// No credential was presented.
    Missing,
    /// It cannot be one of ours: wrong shape or checksum.
    Malformed,
    /// Two different credentials in one request (RFC 6750 section 2).
    Multiple,
    /// A credential stood in the query string, where logs would keep it.
    InQuery,
    /// It has the right shape, but nobody has it.
    Unknown,
    /// It was revoked.
    Revoked,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It, or its workspace, is switched off for now.
    Disabled,
    /// It belongs to the other environment than the host.
    WrongEnvironment,
    /// This route takes another kind of credential.
    WrongKind,
    /// It may not be used from this address.
    AddressNotAllowed,
    /// The request names a workspace that the credential does not belong to.
    WrongWorkspace,
    /// It lacks a scope.
    InsufficientScope,
    /// Too many requests.
    RateLimited,
    /// No credits left.
    CreditsExhausted,
    /// The credential is good; the contract has no such route.
    UnknownRoute,
    /// The credential is good; the request breaks a rule of its route.
    InvalidRequest,
    /// The credential is good; a value in the request does not belong to it.
    ForeignValue,
    /// It is bound to a key that the request does not prove to have (RFC 9449), or is bound to none and says it is.
    Unproved,
    /// A browser added it by itself, to a request that another site may have made.
    CrossSite,
}

impl DenialReason {
    /// Every reason.
    pub const ALL: [Self; 21] = [
        Self::Missing,
        Self::Malformed,
        Self::Multiple,
        Self::InQuery,
        Self::Unknown,
        Self::Revoked,
        Self::Expired,
        Self::NotYetValid,
        Self::Disabled,
        Self::WrongEnvironment,
        Self::WrongKind,
        Self::AddressNotAllowed,
        Self::WrongWorkspace,
        Self::InsufficientScope,
        Self::RateLimited,
        Self::CreditsExhausted,
        Self::UnknownRoute,
        Self::InvalidRequest,
        Self::ForeignValue,
        Self::Unproved,
        Self::CrossSite,
    ];

    /// The reason of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The verify door's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            // To a caller of verify, both are a request that holds no one credential in its place.
            Self::Malformed | Self::Multiple | Self::InQuery => "MALFORMED",
            Self::Unknown => "UNKNOWN",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Disabled => "DISABLED",
            Self::WrongEnvironment => "WRONG_ENVIRONMENT",
            Self::WrongKind => "WRONG_KIND",
            Self::AddressNotAllowed => "ADDRESS_NOT_ALLOWED",
            Self::WrongWorkspace => "WRONG_WORKSPACE",
            Self::InsufficientScope => "INSUFFICIENT_SCOPE",
            Self::RateLimited => "RATE_LIMITED",
            Self::CreditsExhausted => "CREDITS_EXHAUSTED",
            Self::UnknownRoute => "UNKNOWN_ROUTE",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::ForeignValue => "FOREIGN_VALUE",
            Self::Unproved => "UNPROVED",
            Self::CrossSite => "CROSS_SITE",
        }
    }

    /// The word for logs and metrics, which tells apart what the wire does not.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Multiple => "multiple_credentials",
            Self::InQuery => "credential_in_query",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Disabled => "disabled",
            Self::WrongEnvironment => "wrong_environment",
            Self::WrongKind => "wrong_kind",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::WrongWorkspace => "wrong_workspace",
            Self::InsufficientScope => "insufficient_scope",
            Self::RateLimited => "rate_limited",
            Self::CreditsExhausted => "credits_exhausted",
            Self::UnknownRoute => "unknown_route",
            Self::InvalidRequest => "invalid_request",
            Self::ForeignValue => "foreign_value",
            Self::Unproved => "unproved",
            Self::CrossSite => "cross_site",
        }
    }
}

/// The word for logs and metrics.
impl Serialize for DenialReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DenialReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom("unknown reason of a refusal"))
    }
}

/// Whether a request says that its sender has the key of its token (RFC 9449 section 7.1). A refusal answers in kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PossessionClaim {
    /// It says nothing of the kind.
    #[default]
    Unclaimed,
    /// It says so by its scheme.
    Claimed,
    /// It says so, and what is to prove it is no good.
    BadProof,
}

/// A refusal with what its message may need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub reason: DenialReason,
    /// Whose credential it was, when it was found. For the operator's log, never for the caller.
    pub principal: Option<Arc<Principal>>,
    /// For `InsufficientScope`: all scopes the operation needs (RFC 6750 section 3.1).
    pub required_scopes: Arc<[Scope]>,
    /// For `WrongKind`: the kinds that would do.
    pub accepted: KindSet,
    /// For `WrongEnvironment`: the environment the credential belongs to.
    pub environment: Option<Environment>,
    /// Whether the request claimed to prove possession of a key.
    pub possession: PossessionClaim,
}

impl Denial {
    /// A refusal with this reason and nothing else to say.
    pub fn new(reason: DenialReason) -> Self {
        Self {
            reason,
            principal: None,
            required_scopes: Arc::default(),
            accepted: KindSet::ANY,
            environment: None,
            possession: PossessionClaim::default(),
        }
    }

    /// The same refusal, naming whose credential it was.
    #[must_use]
    pub fn of(mut self, principal: &Arc<Principal>) -> Self {
        self.principal = Some(Arc::clone(principal));
        self
    }
}

/// Allow or deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request may go on, for this principal.
    Allow(Arc<Principal>),
    /// It may not.
    Deny(Denial),
}

/// The engine's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny.
    pub outcome: Outcome,
    /// The limits the request was counted against: one that refused stands first, then the contract's order.
    pub limits: SmallVec<[LimitState; 2]>,
    /// The credits that are reserved for the request, where it costs some: whoever asked says what became of it.
    pub charge: Option<ChargeId>,
}

impl Decision {
    /// A refusal before any limit was looked at.
    pub fn deny(denial: Denial) -> Self {
        Self { outcome: Outcome::Deny(denial), limits: SmallVec::new(), charge: None }
    }

    /// A permission that no limit applies to.
    pub fn allow(principal: Arc<Principal>) -> Self {
        Self { outcome: Outcome::Allow(principal), limits: SmallVec::new(), charge: None }
    }

    /// The verify door's code: `VALID` or the reason's.
    pub const fn code(&self) -> &'static str {
        match &self.outcome {
            Outcome::Allow(_) => "VALID",
            Outcome::Deny(denial) => denial.reason.code(),
        }
    }

    /// Why it was refused, if it was.
    pub const fn denial(&self) -> Option<&Denial> {
        match &self.outcome {
            Outcome::Allow(_) => None,
            Outcome::Deny(denial) => Some(denial),
        }
    }
}
