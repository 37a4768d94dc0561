//! The verdict: the same reading and the same engine call as in front of an upstream.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_contract::{Installed, Reading, RequestView, RuleViolation, Target};
use claviger_domain::{
    Decision, Denial, DenialReason, Facts, KindSet, Outcome, Policy, Presented, Principal, Scope, WorkspaceId,
};
use claviger_engine::{DpopProof, Engine, Question, Use};

use super::question::{Subject, SubjectRequest, VerifyRequest};
use crate::problem::Problem;

/// What the verify door says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The engine's decision, or a refusal before the engine was asked.
    Decided(Decision),
    /// The route is open to everyone; no credential was looked at.
    Public,
}

/// Judges a subject.
///
/// # Errors
/// Only when the engine cannot tell.
pub(super) async fn judge(
    engine: &Engine,
    installed: &Installed,
    asked: &VerifyRequest<'_>,
    (subject, request_id): (Subject<'_>, &str),
) -> Result<Verdict, Problem> {
    let demands = Demands { scopes: &asked.scopes, cost: asked.cost, request_id };
    match subject {
        Subject::Credential(text) => {
            let presented = Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY };
            let facts = demands.added_to(Facts::none());
            let decision = ask(engine, installed, presented, &facts).await?;
            note(engine, installed, &decision, (None, None));
            Ok(Verdict::Decided(decision))
        }
        Subject::Request(request) => judge_request(engine, installed, demands, request).await,
    }
}

async fn judge_request(
    engine: &Engine,
    installed: &Installed,
    demands: Demands<'_>,
    request: SubjectRequest<'_>,
) -> Result<Verdict, Problem> {
    let view = RequestView {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        host: request.host,
        address: request.address,
    };
    // The caller sent on what somebody sent it: what no contract can read is a verdict, not the caller's mistake.
    let Ok(reading) = installed.contract.read(&view) else {
        return Ok(Verdict::Decided(Decision::deny(Denial::new(DenialReason::InvalidRequest))));
    };
    if matches!(reading.target, Target::Public) {
        return Ok(Verdict::Public);
    }
    let mut facts = demands.added_to(reading.facts());
    // As in front of an upstream, nothing is behind a token endpoint for somebody who has a credential already.
    facts.route_known &= !matches!(reading.target, Target::TokenEndpoint(_));
    let decision = match reading.proof() {
        Some(jwt) => Box::pin(ask_bound(engine, installed, &reading, (request, jwt), &facts)).await?,
        None => ask(engine, installed, reading.presented(), &facts).await?,
    };
    let whose = match &decision.outcome {
        Outcome::Allow(principal) => Some(principal.workspace),
        Outcome::Deny(_) => None,
    };
    let (decision, violation) = with_rules(decision, &reading, request);
    settle(engine, &decision, whose).await;
    if let (Some(violation), Some(denial)) = (violation, decision.denial()) {
        engine.note_violation((installed.api, &facts), denial, Some(&violation.message));
    }
    let route = reading.route().map(|route| route.pattern().as_str());
    note(engine, installed, &decision, (route, request.address));
    Ok(Verdict::Decided(decision))
}

/// Spends the credits that were reserved for a request, or gives them back: what is allowed here is done elsewhere, and
/// whoever did not do it refunds the charge.
async fn settle(engine: &Engine, decision: &Decision, whose: Option<WorkspaceId>) {
    if let (Some(workspace), Some(charge)) = (whose, &decision.charge) {
        let is_allowed = matches!(decision.outcome, Outcome::Allow(_));
        Box::pin(engine.conclude_charge(workspace, charge, is_allowed)).await;
    }
}

/// Counts a verdict. What becomes of the request, only its own server knows.
fn note(
    engine: &Engine,
    installed: &Installed,
    decision: &Decision,
    (route, address): (Option<&str>, Option<IpAddr>),
) {
    let (principal, reason) = match &decision.outcome {
        Outcome::Allow(principal) => (Some(&**principal), None),
        Outcome::Deny(denial) => (denial.principal.as_deref(), Some(denial.reason)),
    };
    let used = Use { api: installed.api, principal, address, route, status: None, reason, took: None };
    engine.note_use(&used);
}

/// The engine's answer, without await when the credential is in memory.
async fn ask(
    engine: &Engine,
    installed: &Installed,
    presented: Presented<'_>,
    facts: &Facts<'_>,
) -> Result<Decision, Problem> {
    let policy = installed.contract.policy();
    let question = Question { api: installed.api, policy, presented, facts };
    let decision = match engine.verify_now(&question) {
        Some(decision) => decision,
        // Boxed: what asks the database is large, and would be carried by every request.
        None => Box::pin(engine.verify(&question)).await?,
    };
    report(&decision, policy);
    Ok(decision)
}

/// The engine's answer about a token that is sent as one that is bound to a key, with the proof of it.
async fn ask_bound(
    engine: &Engine,
    installed: &Installed,
    reading: &Reading<'_>,
    (request, jwt): (SubjectRequest<'_>, &str),
    facts: &Facts<'_>,
) -> Result<Decision, Problem> {
    let policy = installed.contract.policy();
    let question = Question { api: installed.api, policy, presented: reading.presented(), facts };
    let address = request.address_at(&installed.contract);
    let proof = DpopProof { jwt, method: request.method.as_str(), url: &address };
    let decision = Box::pin(engine.verify_bound(&question, proof)).await?;
    report(&decision, policy);
    Ok(decision)
}

fn report(decision: &Decision, policy: &Policy) {
    if let Some(denial) = decision.denial() {
        let credential = denial.principal.as_ref().map(|principal| &*principal.credential);
        tracing::debug!(reason = denial.reason.as_str(), api = %policy.name, credential, "verify refused");
    }
}

/// What the caller demands beside what the route does.
#[derive(Clone, Copy)]
struct Demands<'a> {
    scopes: &'a [Scope],
    cost: Option<NonZeroU32>,
    request_id: &'a str,
}

impl<'a> Demands<'a> {
    fn added_to<'f>(self, mut facts: Facts<'f>) -> Facts<'f>
    where
        'a: 'f,
    {
        facts.request_id = Some(self.request_id);
        facts.cost = self.cost.unwrap_or(facts.cost);
        if !self.scopes.is_empty() {
            let all = facts.required_scopes.iter().chain(self.scopes).cloned();
            facts.required_scopes = all.collect::<Arc<[Scope]>>();
        }
        facts
    }
}

/// The decision after the route's rules, as far as the description goes: without a body, those on a body wait.
fn with_rules(
    mut decision: Decision,
    reading: &Reading<'_>,
    request: SubjectRequest<'_>,
) -> (Decision, Option<RuleViolation>) {
    if let (Outcome::Allow(principal), Some(rules)) = (&decision.outcome, reading.rules)
        && (request.body.is_some() || !rules.needs_body())
        && let Err(violation) = rules.check(request.headers, request.body, &principal.belongings)
    {
        let denial = Denial::new(violation.reason).of(principal);
        decision.outcome = Outcome::Deny(denial);
        return (decision, Some(violation));
    }
    (decision, None)
}

impl Verdict {
    /// Whom the credential stands for, when it was found.
    pub(super) fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Public => None,
            Self::Decided(decision) => match &decision.outcome {
                Outcome::Allow(principal) => Some(principal),
                Outcome::Deny(denial) => denial.principal.as_deref(),
            },
        }
    }
}
