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
    ApiId, Check, CredentialKind, Denial, DenialReason, Environment, Facts, Finding, KindSet, LimitState,
    Presented, Principal, Scope, Timestamp, Verdict,
};
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::known::Known;
use crate::verify::Question;

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
    pub findings: Vec<Finding>,
}

/// The refusals of late.
pub(crate) struct Refusals {
    slots: Box<[ArcSwapOption<Refusal>]>,
    next: AtomicUsize,
}

struct Refusal {
    request_id: Box<str>,
    api: ApiId,
    at: Timestamp,
    reason: DenialReason,
    presented: Form,
    facts: KeptFacts,
    /// The credential as it was judged, where it was found.
    known: Option<Arc<Known>>,
    principal: Option<Arc<Principal>>,
    limits: SmallVec<[LimitState; 2]>,
    /// What a rule of the route found wrong.
    violation: Option<Box<str>>,
}

/// What a request presented, without its text.
#[derive(Clone, Copy)]
enum Form {
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
struct KeptFacts {
    environment: Option<Environment>,
    accepted: KindSet,
    required_scopes: Arc<[Scope]>,
    address: Option<IpAddr>,
    workspace: Option<Box<str>>,
    route_known: bool,
    cost: NonZeroU32,
    proof: Option<Box<str>>,
}

impl Refusals {
    pub(crate) fn new() -> Self {
        let slots = std::iter::repeat_with(ArcSwapOption::empty).take(KEPT).collect();
        Self { slots, next: AtomicUsize::new(0) }
    }

    fn keep(&self, refusal: Refusal) {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % KEPT;
        if let Some(slot) = self.slots.get(place) {
            slot.store(Some(Arc::new(refusal)));
        }
    }

    /// The newest of a request. Ids that callers choose may repeat.
    fn find(&self, request_id: &str) -> Option<Arc<Refusal>> {
        let kept = self.slots.iter().filter_map(ArcSwapOption::load_full);
        kept.filter(|refusal| &*refusal.request_id == request_id).max_by_key(|refusal| refusal.at)
    }
}

impl Engine {
    /// Why this node refused a request, as long as it remembers: the last two thousand or so.
    pub fn explain_refusal(&self, request_id: &str) -> Option<Explanation> {
        let refusal = self.refusals().find(request_id)?;
        let findings = self.findings(&refusal);
        Some(Explanation {
            request_id: refusal.request_id.to_string(),
            api: refusal.api,
            at: refusal.at,
            reason: refusal.reason,
            principal: refusal.principal.clone(),
            address: refusal.facts.address,
            findings,
        })
    }

    /// Keeps the refusal of a request whose credential was good: by a rule of its route, or for want of a route.
    pub fn note_violation(&self, (api, facts): (ApiId, &Facts<'_>), denial: &Denial, detail: Option<&str>) {
        let Some(request_id) = kept_id(facts) else { return };
        self.refusals().keep(Refusal {
            request_id,
            api,
            at: self.now(),
            reason: denial.reason,
            presented: Form::Accepted,
            facts: KeptFacts::of(facts),
            known: None,
            principal: denial.principal.clone(),
            limits: SmallVec::new(),
            violation: detail.map(Into::into),
        });
    }

    /// Keeps a refusal of the engine's own.
    pub(crate) fn note_refusal(
        &self,
        question: &Question<'_>,
        denial: &Denial,
        known: Option<&Arc<Known>>,
        limits: &[LimitState],
    ) {
        let Some(request_id) = kept_id(question.facts) else { return };
        self.refusals().keep(Refusal {
            request_id,
            api: question.api,
            at: self.now(),
            reason: denial.reason,
            presented: Form::of(question.presented),
            facts: KeptFacts::of(question.facts),
            known: known.map(Arc::clone),
            principal: denial.principal.clone(),
            limits: limits.into(),
            violation: None,
        });
    }

    fn findings(&self, refusal: &Refusal) -> Vec<Finding> {
        let mut findings = Vec::with_capacity(Check::ALL.len());
        let mut is_over = false;
        let failed = refusal.failed_check();
        for check in Check::ALL {
            let is_known = refusal.principal.is_some() || matches!(check, Check::Place | Check::Form);
            let verdict = match check {
                _ if is_over => Verdict::NotReached,
                _ if check == failed => Verdict::Failed,
                // A bad proof of possession is told before anybody looks whose credential it is.
                _ if !is_known => Verdict::NotReached,
                _ => Verdict::Passed,
            };
            is_over |= verdict == Verdict::Failed;
            findings.push(Finding { check, input: refusal.input(check), verdict });
        }
        let (Some(known), Some(entry)) = (&refusal.known, self.registry().find(refusal.api)) else {
            return findings;
        };
        let judged = known.credential.explain(&refusal.facts.borrow(), &entry.policy.scopes, refusal.at);
        for finding in &mut findings {
            if let Some(judged) = judged.iter().find(|judged| judged.check == finding.check) {
                finding.input.clone_from(&judged.input);
            }
        }
        findings
    }
}

impl Refusal {
    /// The check that refused the request.
    const fn failed_check(&self) -> Check {
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
    fn input(&self, check: Check) -> String {
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
                limit.name, limit.requests, limit.per_seconds, self.facts.cost
            )
        })
    }
}

impl Form {
    const fn of(presented: Presented<'_>) -> Self {
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
    fn of(facts: &Facts<'_>) -> Self {
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
        }
    }

    fn borrow(&self) -> Facts<'_> {
        Facts {
            environment: self.environment,
            accepted: self.accepted,
            required_scopes: Arc::clone(&self.required_scopes),
            address: self.address,
            workspace: self.workspace.as_deref(),
            route_known: self.route_known,
            cost: self.cost,
            proof: self.proof.as_deref(),
            ..Facts::none()
        }
    }
}

/// The id to keep a refusal under, where there is one.
fn kept_id(facts: &Facts<'_>) -> Option<Box<str>> {
    facts.request_id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).map(Into::into)
}
