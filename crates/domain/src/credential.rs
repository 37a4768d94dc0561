//! Verification's view of a credential, and the one pure function that judges it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::decision::{Denial, DenialReason};
use crate::environment::Environment;
use crate::id::{SecretId, WorkspaceId};
use crate::limit::Limit;
use crate::principal::{KindSet, Principal};
use crate::scope::{Scope, ScopeCatalog};
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
    /// The thumbprint of the key whose possession the request proves (RFC 9449 section 7): checked by the door, for
    /// this very request and credential.
    pub proof: Option<&'r str>,
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
            proof: None,
        }
    }
}

/// Whether a credential works, apart from its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Good,
    /// Switched off for now, itself or by its workspace.
    Disabled,
    /// Never again.
    Revoked,
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
    /// The order is from "is it anyone's" to "may it do this", so that the operator's log names
    /// the first thing to mend.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(&self, facts: &Facts<'_>, scopes: &ScopeCatalog, now: Timestamp) -> Result<(), Denial> {
        let reason = match self.refusal(facts, now) {
            Some(reason) => reason,
            None if scopes.first_missing(&self.principal.scopes, &facts.required_scopes).is_some() => {
                DenialReason::InsufficientScope
            }
            None if !facts.route_known => DenialReason::UnknownRoute,
            None => return Ok(()),
        };
        let mut denial = Denial::new(reason).of(&self.principal);
        match reason {
            DenialReason::InsufficientScope => denial.required_scopes = Arc::clone(&facts.required_scopes),
            DenialReason::WrongKind => denial.accepted = facts.accepted,
            DenialReason::WrongEnvironment => denial.environment = Some(self.principal.environment),
            _ => {}
        }
        Err(denial)
    }

    fn refusal(&self, facts: &Facts<'_>, now: Timestamp) -> Option<DenialReason> {
        match self.standing {
            Standing::Revoked => return Some(DenialReason::Revoked),
            Standing::Disabled => return Some(DenialReason::Disabled),
            Standing::Good => {}
        }
        if self.ends_at.is_some_and(|end| now >= end) {
            return Some(DenialReason::Expired);
        }
        if self.not_before.is_some_and(|start| now < start) {
            return Some(DenialReason::NotYetValid);
        }
        if self.confirmation.as_deref() != facts.proof {
            return Some(DenialReason::Unproved);
        }
        if !facts.accepted.contains(self.principal.kind) {
            return Some(DenialReason::WrongKind);
        }
        if facts.environment.is_some_and(|wanted| wanted != self.principal.environment) {
            return Some(DenialReason::WrongEnvironment);
        }
        if !self.may_come_from(facts.address) {
            return Some(DenialReason::AddressNotAllowed);
        }
        if facts.workspace.is_some_and(|named| !self.belongs_to(named)) {
            return Some(DenialReason::WrongWorkspace);
        }
        None
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

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
