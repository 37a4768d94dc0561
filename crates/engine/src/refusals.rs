//! Refusals of late, so that an operator who is given a request's id can see why it was refused.
//!
//! A ring of slots in the memory of this node. Requests that are allowed never touch it; one that is refused takes a
//! number and swaps a pointer, without a lock. What is kept names no secret: the credential's text is not among it.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use claviger_domain::{
    ApiId, Check, Checked, CredentialKind, DenialReason, Environment, Facts, KindSet, LimitState, Presented,
    Principal, Scope, Timestamp,
};
use smallvec::SmallVec;

use crate::known::Known;

/// Refusals that are kept.
const KEPT: usize = 2_048;
/// The longest id of a request that is kept, in bytes.
const LONGEST_ID: usize = 200;

/// Why a request was refused, check by check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The request.
    pub request_id: String,
    /// The API it was for.
    pub api: ApiId,
    /// When it was refused.
    pub at: Timestamp,
    /// Why.
    pub reason: DenialReason,
    /// Whose credential it was, where it was found.
    pub principal: Option<Arc<Principal>>,
    /// Where the request came from, where that is known.
    pub address: Option<IpAddr>,
    /// Every check, in the order in which they are made.
    pub checks: Vec<Checked>,
}

/// The refusals of late.
pub(crate) struct Refusals {
    slots: Box<[ArcSwapOption<Refusal>]>,
    next: AtomicUsize,
}

pub(crate) struct Refusal {
    pub(crate) request_id: Box<str>,
    pub(crate) api: ApiId,
    pub(crate) at: Timestamp,
    pub(crate) reason: DenialReason,
    pub(crate) presented: Form,
    pub(crate) facts: KeptFacts,
    /// The credential as it was judged, where it was found.
    pub(crate) known: Option<Arc<Known>>,
    pub(crate) principal: Option<Arc<Principal>>,
    pub(crate) limits: SmallVec<[LimitState; 2]>,
    /// What a rule of the route found wrong.
    pub(crate) violation: Option<Box<str>>,
}

/// What a request presented, without its text.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Nothing,
    Text {
        bytes: usize,
        kinds: KindSet,
    },
    Multiple,
    InQuery,
    CrossSite,
    /// The engine was not told: the credential was good.
    Accepted,
}

/// [`Facts`] that outlive their request.
pub(crate) struct KeptFacts {
    environment: Option<Environment>,
    accepted: KindSet,
    required_scopes: Arc<[Scope]>,
    pub(crate) address: Option<IpAddr>,
    workspace: Option<Box<str>>,
    route_known: bool,
    cost: NonZeroU32,
    proof: Option<Box<str>>,
    only_reads: bool,
}

impl Refusals {
    pub(crate) fn new() -> Self {
        let slots = std::iter::repeat_with(ArcSwapOption::empty).take(KEPT).collect();
        Self { slots, next: AtomicUsize::new(0) }
    }

    pub(crate) fn keep(&self, refusal: Refusal) {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % KEPT;
        if let Some(slot) = self.slots.get(place) {
            slot.store(Some(Arc::new(refusal)));
        }
    }

    /// The newest of a request. Ids that callers choose may repeat.
    pub(crate) fn find(&self, request_id: &str) -> Option<Arc<Refusal>> {
        let kept = self.slots.iter().filter_map(ArcSwapOption::load_full);
        kept.filter(|refusal| &*refusal.request_id == request_id).max_by_key(|refusal| refusal.at)
    }
}

impl Refusal {
    /// The check that refused the request.
    pub(crate) const fn failed_check(&self) -> Check {
        match self.reason {
            DenialReason::Missing
            | DenialReason::Multiple
            | DenialReason::InQuery
            | DenialReason::CrossSite => Check::Place,
            DenialReason::Malformed => Check::Form,
            // The form alone tells some kinds apart.
            DenialReason::WrongKind if self.known.is_none() => Check::Form,
            DenialReason::Unknown => Check::Owner,
            DenialReason::Revoked | DenialReason::Disabled => Check::Standing,
            DenialReason::Expired => Check::End,
            DenialReason::NotYetValid => Check::Start,
            DenialReason::Unproved => Check::Possession,
            DenialReason::WrongKind => Check::Kind,
            DenialReason::WrongEnvironment => Check::Environment,
            DenialReason::AddressNotAllowed => Check::Address,
            DenialReason::WrongWorkspace => Check::Workspace,
            DenialReason::InsufficientScope => Check::Scopes,
            DenialReason::UnknownRoute => Check::Route,
            DenialReason::RateLimited | DenialReason::CreditsExhausted => Check::Limits,
            DenialReason::InvalidRequest | DenialReason::ForeignValue => Check::Rules,
        }
    }

    /// What the checks looked at that are none of the credential's own.
    pub(crate) fn input(&self, check: Check) -> String {
        match check {
            Check::Place => self.presented.in_words(self.reason),
            Check::Form => match self.presented {
                Form::Text { bytes, .. } => format!("{bytes} bytes"),
                _ => String::new(),
            },
            Check::Owner => match (&self.principal, self.reason) {
                (Some(principal), _) => format!("{} of {}", principal.credential, principal.workspace),
                (None, DenialReason::Unknown) => "nobody has it, or not at this API".to_owned(),
                (None, _) => String::new(),
            },
            Check::Limits => self.limits_in_words(),
            Check::Rules => self.violation.as_deref().unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }

    fn limits_in_words(&self) -> String {
        let refusing = self.limits.iter().find(|state| state.retry_at.is_some());
        refusing.map_or_else(String::new, |state| {
            let limit = &state.limit;
            let retry = state.retry_at.map_or_else(String::new, |at| format!("; room again at {at}"));
            format!(
                "{}: {} requests in {} seconds, this one counting {}{retry}",
                limit.name,
                limit.requests,
                limit.per_seconds(),
                self.facts.cost
            )
        })
    }
}

impl Form {
    pub(crate) const fn of(presented: Presented<'_>) -> Self {
        match presented {
            Presented::Nothing => Self::Nothing,
            Presented::Text { bytes, kinds } => Self::Text { bytes: bytes.len(), kinds },
            Presented::Multiple => Self::Multiple,
            Presented::InQuery => Self::InQuery,
            Presented::CrossSite => Self::CrossSite,
        }
    }

    fn in_words(self, reason: DenialReason) -> String {
        match self {
            Self::Nothing => "nothing stands where the contract looks".to_owned(),
            Self::Text { kinds, .. } => {
                let kinds: Vec<_> = kinds.iter().map(CredentialKind::as_str).collect();
                format!("one credential, in a place for: {}", kinds.join(", "))
            }
            Self::Multiple => "two that differ".to_owned(),
            Self::InQuery => "one in the query string, where logs would keep it".to_owned(),
            Self::CrossSite => "a cookie, on a request that another site may have made".to_owned(),
            Self::Accepted => match reason {
                DenialReason::UnknownRoute => "a good credential".to_owned(),
                _ => "a good credential; the request itself is refused".to_owned(),
            },
        }
    }
}

impl KeptFacts {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let short = |text: &str| text.chars().take(100).collect::<String>().into_boxed_str();
        Self {
            environment: facts.environment,
            accepted: facts.accepted,
            required_scopes: Arc::clone(&facts.required_scopes),
            address: facts.address,
            workspace: facts.workspace.map(short),
            route_known: facts.route_known,
            cost: facts.cost,
            proof: facts.proof.map(Into::into),
            only_reads: facts.only_reads,
        }
    }

    pub(crate) fn borrow(&self) -> Facts<'_> {
        Facts {
            environment: self.environment,
            accepted: self.accepted,
            required_scopes: Arc::clone(&self.required_scopes),
            address: self.address,
            workspace: self.workspace.as_deref(),
            route_known: self.route_known,
            cost: self.cost,
            proof: self.proof.as_deref(),
            only_reads: self.only_reads,
            ..Facts::none()
        }
    }
}

/// The id to keep a refusal under, where there is one.
pub(crate) fn kept_id(facts: &Facts<'_>) -> Option<Box<str>> {
    facts.request_id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).map(Into::into)
}
