//! Verification's view of a credential, and the one pure function that judges it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::check::{Check, Checked, Verdict};
use crate::decision::{Denial, DenialReason};
use crate::environment::Environment;
use crate::id::{SecretId, WorkspaceId};
use crate::limit::Limit;
use crate::principal::{CredentialKind, KindSet, Principal};
use crate::scope::{Scope, ScopeCatalog};
use crate::sighting::Signs;
use crate::time::Timestamp;

/// What a request presents as its credential. The text is a secret and is never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'r> {
    /// Nothing where the contract looks.
    Nothing,
    /// One text, read from a place that carries these kinds.
    Text {
        /// The credential as it came, which need not be UTF-8.
        bytes: &'r [u8],
        /// The kinds its place can carry.
        kinds: KindSet,
    },
    /// Two or more that differ.
    Multiple,
    /// One in the query string, where it may not be.
    InQuery,
    /// One that a browser added by itself to a request that another site may have made.
    CrossSite,
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Text { .. } => "Text(…)",
            Self::Multiple => "Multiple",
            Self::InQuery => "InQuery",
            Self::CrossSite => "CrossSite",
        })
    }
}

/// What a door knows about the request besides its credential.
#[derive(Clone, Debug)]
pub struct Facts<'r> {
    /// The environment the host demands, if its contract fixes one.
    pub environment: Option<Environment>,
    /// The kinds the route accepts.
    pub accepted: KindSet,
    /// All scopes the operation needs.
    pub required_scopes: Arc<[Scope]>,
    /// Limits of the route, beside those of API, plan and key.
    pub limits: &'r [Arc<Limit>],
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: Option<IpAddr>,
    /// The workspace the request names, where its contract lets it.
    pub workspace: Option<&'r str>,
    /// Whether the contract has such a route.
    pub route_known: bool,
    /// The caller's user agent, for "last used".
    pub user_agent: Option<&'r str>,
    /// What the request costs against limits; at least 1.
    pub cost: std::num::NonZeroU32,
    /// What the request costs in credits of its workspace, if it costs some.
    pub credits: Option<std::num::NonZeroU32>,
    /// The thumbprint of the key whose possession the request proves (RFC 9449 section 7): checked by the door, for
    /// this very request and credential.
    pub proof: Option<&'r str>,
    /// The request's id, under which its refusal can be explained for a while; none where nobody is refused.
    pub request_id: Option<&'r str>,
    /// Whether the request only reads, by its method (RFC 9110 section 9.2.1).
    pub only_reads: bool,
    /// What shows on the request besides its credential.
    pub signs: Signs,
}

impl Facts<'_> {
    /// No demands at all: whether the credential is good by itself.
    pub fn none() -> Self {
        Facts {
            environment: None,
            accepted: KindSet::ANY,
            required_scopes: Arc::default(),
            limits: &[],
            address: None,
            workspace: None,
            route_known: true,
            user_agent: None,
            cost: std::num::NonZeroU32::MIN,
            credits: None,
            proof: None,
            request_id: None,
            only_reads: false,
            signs: Signs::default(),
        }
    }
}

/// Whether a credential works, apart from its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Good,
    /// Only for requests that only read, until an operator lifts that.
    ReadOnly,
    /// Switched off for now, itself or by its workspace.
    Disabled,
    /// Never again.
    Revoked,
    /// Never: it was made to see who uses it. To the caller it is a revoked one.
    Canary,
}

impl Standing {
    /// The worse of two: what stands on both stands no better than either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    const fn described(self, only_reads: bool) -> &'static str {
        match self {
            Self::Good => "it is in use",
            Self::Disabled => "it, or its workspace, is switched off",
            Self::Revoked => "it was revoked",
            Self::ReadOnly if only_reads => "it is quarantined and only reads, as this request does",
            Self::ReadOnly => "it is quarantined and only reads; the request does more, or nobody knows",
            Self::Canary => "it is a canary, which opens nothing",
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::ReadOnly => 1,
            Self::Disabled => 2,
            Self::Revoked => 3,
            Self::Canary => 4,
        }
    }
}

/// Everything verification needs to know of one credential, as it is cached.
#[derive(Debug)]
pub struct Credential {
    /// Whom it stands for.
    pub principal: Arc<Principal>,
    /// The generation of the key that was presented, where a key is behind it.
    pub secret: Option<SecretId>,
    /// Whether it works, apart from its dates.
    pub standing: Standing,
    /// It does not work before.
    pub not_before: Option<Timestamp>,
    /// It does not work from then on. The earlier of the key's end and its generation's.
    pub ends_at: Option<Timestamp>,
    /// Where it may be used from; empty for anywhere.
    pub addresses: Box<[IpNet]>,
    /// The thumbprint of the key that it is bound to (RFC 9449 section 6); it does not work without.
    pub confirmation: Option<Arc<str>>,
}

impl Credential {
    /// Judges everything but limits. Pure: the same input gives the same answer.
    ///
    /// The order is [`Check::OF_CREDENTIAL`]: from "is it anyone's" to "may it do this", so that the operator's log names
    /// the first thing to mend.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(&self, facts: &Facts<'_>, scopes: &ScopeCatalog, now: Timestamp) -> Result<(), Denial> {
        let failed = Check::OF_CREDENTIAL.into_iter().find_map(|check| self.fails(check, facts, scopes, now));
        let Some(reason) = failed else { return Ok(()) };
        let mut denial = Denial::new(reason).of(&self.principal);
        match reason {
            DenialReason::InsufficientScope => denial.required_scopes = Arc::clone(&facts.required_scopes),
            DenialReason::WrongKind => denial.accepted = facts.accepted,
            DenialReason::WrongEnvironment => denial.environment = Some(self.principal.environment),
            _ => {}
        }
        Err(denial)
    }

    /// Why a check fails, if it does. Those that are not of [`Check::OF_CREDENTIAL`] pass here.
    #[inline]
    fn fails(
        &self,
        check: Check,
        facts: &Facts<'_>,
        scopes: &ScopeCatalog,
        now: Timestamp,
    ) -> Option<DenialReason> {
        let (is_failed, reason) = match check {
            Check::Standing => match self.standing {
                Standing::Revoked | Standing::Canary => (true, DenialReason::Revoked),
                Standing::Disabled => (true, DenialReason::Disabled),
                Standing::ReadOnly => (!facts.only_reads, DenialReason::Disabled),
                Standing::Good => return None,
            },
            Check::End => (self.ends_at.is_some_and(|end| now >= end), DenialReason::Expired),
            Check::Start => (self.not_before.is_some_and(|start| now < start), DenialReason::NotYetValid),
            Check::Possession => (self.confirmation.as_deref() != facts.proof, DenialReason::Unproved),
            Check::Kind => (!facts.accepted.contains(self.principal.kind), DenialReason::WrongKind),
            Check::Environment => {
                let is_other = |wanted: Environment| wanted != self.principal.environment;
                (facts.environment.is_some_and(is_other), DenialReason::WrongEnvironment)
            }
            Check::Address => (!self.may_come_from(facts.address), DenialReason::AddressNotAllowed),
            Check::Workspace => {
                (facts.workspace.is_some_and(|named| !self.belongs_to(named)), DenialReason::WrongWorkspace)
            }
            Check::Scopes => {
                let missing = scopes.first_missing(&self.principal.scopes, &facts.required_scopes);
                (missing.is_some(), DenialReason::InsufficientScope)
            }
            Check::Route => (!facts.route_known, DenialReason::UnknownRoute),
            Check::Place | Check::Form | Check::Owner | Check::Limits | Check::Rules => return None,
        };
        is_failed.then_some(reason)
    }

    /// Every check of the credential in the order of [`Credential::decide`], with what it looked at and what came of it.
    /// Nothing secret is among it.
    pub fn explain(&self, facts: &Facts<'_>, scopes: &ScopeCatalog, now: Timestamp) -> Vec<Checked> {
        let mut is_over = false;
        let checked = |check: Check| {
            let verdict = match self.fails(check, facts, scopes, now) {
                _ if is_over => Verdict::NotReached,
                Some(_) => Verdict::Failed,
                None => Verdict::Passed,
            };
            is_over |= verdict == Verdict::Failed;
            Checked { check, input: self.input(check, facts, now), verdict }
        };
        Check::OF_CREDENTIAL.into_iter().map(checked).collect()
    }

    /// What a check looks at, in words.
    fn input(&self, check: Check, facts: &Facts<'_>, now: Timestamp) -> String {
        let principal = &self.principal;
        match check {
            Check::Standing => self.standing.described(facts.only_reads).to_owned(),
            Check::End => self.ends_at.map_or_else(
                || "it has no end".to_owned(),
                |end| format!("it ends at {end}; the request came at {now}"),
            ),
            Check::Start => self.not_before.map_or_else(
                || "it has no start".to_owned(),
                |start| format!("it starts at {start}; the request came at {now}"),
            ),
            Check::Possession => match (self.confirmation.is_some(), facts.proof.is_some()) {
                (false, false) => "it is bound to no key, and none was proved".to_owned(),
                (false, true) => "it is bound to no key, but one was proved".to_owned(),
                (true, false) => "it is bound to a key, and none was proved".to_owned(),
                (true, true) => "it is bound to a key, and one was proved".to_owned(),
            },
            Check::Kind => {
                format!("it is a {}; the route takes {}", principal.kind.as_str(), words(facts.accepted))
            }
            Check::Environment => match facts.environment {
                Some(wanted) => format!("it is for {}; the host is for {wanted}", principal.environment),
                None => format!("it is for {}; the host takes both", principal.environment),
            },
            Check::Address => match (facts.address, self.addresses.is_empty()) {
                (_, true) => "it may be used from anywhere".to_owned(),
                (address, false) => {
                    let allowed: Vec<_> = self.addresses.iter().map(ToString::to_string).collect();
                    let from = address.map_or_else(|| "an unknown address".to_owned(), |a| a.to_string());
                    format!("the request came from {from}; allowed are {}", allowed.join(", "))
                }
            },
            Check::Workspace => match facts.workspace {
                // What somebody wrote into a request may be anything, and as long.
                Some(named) => {
                    let named: String = named.chars().filter(|c| !c.is_control()).take(60).collect();
                    format!("it is of {}; the request names “{named}”", principal.workspace)
                }
                None => "the request names none".to_owned(),
            },
            Check::Scopes => match facts.required_scopes.is_empty() {
                true => "none is needed".to_owned(),
                false => {
                    let needed: Vec<_> = facts.required_scopes.iter().map(Scope::as_str).collect();
                    let has = principal.scopes.to_string();
                    let has = if has.is_empty() { "none" } else { &has };
                    format!("needed: {}; it has: {has}", needed.join(" "))
                }
            },
            Check::Route if facts.route_known => "the contract has such a route".to_owned(),
            Check::Route => "the contract has no such route".to_owned(),
            Check::Place | Check::Form | Check::Owner | Check::Limits | Check::Rules => String::new(),
        }
    }

    /// An allowlist refuses callers whose address nobody knows: deny by default.
    fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        if self.addresses.is_empty() {
            return true;
        }
        // An IPv4 caller of a dual-stack socket shows up as ::ffff:a.b.c.d.
        let Some(address) = address.map(|a| a.to_canonical()) else { return false };
        self.addresses.iter().any(|net| net.contains(&address))
    }

    fn belongs_to(&self, named: &str) -> bool {
        named.parse::<WorkspaceId>().is_ok_and(|id| id == self.principal.workspace)
    }
}

/// Kinds as a sentence has them.
fn words(kinds: KindSet) -> String {
    kinds.iter().map(CredentialKind::as_str).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
