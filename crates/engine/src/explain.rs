//! Keeping refusals, and explaining them.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_domain::{Actor, ApiId, Check, Checked, Denial, Facts, LimitState, Verdict};
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::known::Known;
use crate::question::Question;
use crate::refusals::{Explanation, Form, KeptFacts, Refusal, kept_id};

impl Engine {
    /// Why this node refused a request, as long as it remembers: the last two thousand or so.
    pub fn explain_refusal(&self, request_id: &str) -> Option<Explanation> {
        let refusal = self.refusals().find(request_id)?;
        let checks = self.checks(&refusal);
        Some(Explanation {
            request_id: refusal.request_id.to_string(),
            api: refusal.api,
            at: refusal.at,
            reason: refusal.reason,
            principal: refusal.principal.clone(),
            address: refusal.facts.address,
            checks,
        })
    }

    /// The same, as far as it exists for the actor. For a member that is what was refused of a credential of their
    /// workspace; and what was refused of nobody's, if it came from where they are now.
    pub fn explain_refusal_for(&self, actor: &Actor, request_id: &str) -> Option<Explanation> {
        let found = self.explain_refusal(request_id)?;
        let is_own = match &found.principal {
            Some(principal) => actor.reaches(principal.workspace),
            None => actor.require_provider().is_ok() || is_from(found.address, actor),
        };
        is_own.then_some(found)
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

    fn checks(&self, refusal: &Refusal) -> Vec<Checked> {
        let mut checks = Vec::with_capacity(Check::ALL.len());
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
            checks.push(Checked { check, input: refusal.input(check), verdict });
        }
        let (Some(known), Some(entry)) = (&refusal.known, self.registry().find(refusal.api)) else {
            return checks;
        };
        let judged = known.credential.explain(&refusal.facts.borrow(), &entry.policy.scopes, refusal.at);
        for checked in &mut checks {
            if let Some(judged) = judged.iter().find(|judged| judged.check == checked.check) {
                checked.input.clone_from(&judged.input);
            }
        }
        checks
    }
}

/// Whether a member sits at this address.
fn is_from(address: Option<IpAddr>, actor: &Actor) -> bool {
    actor.workspace().is_some() && address.is_some() && address == actor.call.address
}
