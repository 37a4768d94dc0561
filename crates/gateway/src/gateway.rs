//! Decide, plan, forward.

use std::sync::Arc;

use bytes::Bytes;
use claviger_contract::{Installed, Reading, RefusalContext, RuleViolation, Target};
use claviger_domain::{
    ChargeId, Decision, Denial, DenialReason, LimitState, Outcome, Principal, WorkspaceId,
};
use claviger_engine::{DpopProof, Engine, Question, Use};
use claviger_telemetry::RequestSpan;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use smallvec::SmallVec;
use tracing::{debug, info};

use crate::arrival::Arrival;
use crate::body::Body;
use crate::call::{Call, seal};
use crate::error::Error;
use crate::forward::Forwarder;
use crate::guard;
use crate::options::Options;
use crate::outbound::Outbound;
use crate::passage::Passage;
use crate::trace;
use crate::upload::{Inbound, Upload};

/// The gateway: every request is decided, then answered or forwarded. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    engine: Engine,
    forwarder: Forwarder,
    options: Arc<Options>,
}

/// What is to be done with a request.
enum Plan {
    /// It has its answer.
    Answer(Response<Bytes>),
    /// The upstream is to answer it.
    Forward { passage: Passage, upload: Upload, limits: SmallVec<[LimitState; 2]>, charge: Option<Charge> },
}

/// Credits that are reserved for a request until it is known what became of it.
struct Charge {
    workspace: WorkspaceId,
    id: ChargeId,
}

/// What becomes known of a request on its way, for whoever counts it.
#[derive(Default)]
struct Seen {
    principal: Option<Arc<Principal>>,
    route: Option<Arc<str>>,
    reason: Option<DenialReason>,
}

impl Seen {
    /// Tells the request's span. On a public route nothing was decided.
    fn tell(&self, span: &RequestSpan) {
        if let Some(route) = &self.route {
            span.note_route(route);
        }
        if self.principal.is_some() || self.reason.is_some() {
            span.note_decision(self.reason);
        }
    }
}

/// A refusal and what its answer may say of it.
#[derive(Clone, Copy)]
struct Refusal<'r> {
    denial: &'r Denial,
    limits: &'r [LimitState],
    violation: Option<&'r RuleViolation>,
}

/// What a route with rules said of a request.
enum Judgement {
    Passed(Upload),
    Violated(RuleViolation),
}

impl Gateway {
    /// A gateway without any connection yet.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(engine: Engine, options: Options) -> Result<Self, rustls::Error> {
        let options = Arc::new(options);
        Ok(Self { engine, forwarder: Forwarder::new(Arc::clone(&options))?, options })
    }

    /// Answers a request for a contract's host. Always an answer: failures come in the contract's envelope.
    ///
    /// WebSocket needs a connection served with upgrades; without, the upgrade never completes.
    pub async fn serve(
        &self,
        installed: &Arc<Installed>,
        arrival: &Arrival,
        request: Request<impl Into<Inbound> + Send>,
    ) -> Response<Body> {
        self.serve_seeing((installed, arrival), request.map(Into::into), &mut Seen::default()).await
    }

    /// Answers a trial: a request of our own that is decided, forwarded and counted as any other. Also says whom its
    /// credential stands for, where it was let in.
    pub async fn try_out(
        &self,
        installed: &Arc<Installed>,
        arrival: &Arrival,
        request: Request<Bytes>,
    ) -> (Response<Body>, Option<Arc<Principal>>) {
        let mut seen = Seen::default();
        let response = self.serve_seeing((installed, arrival), request.map(Into::into), &mut seen).await;
        let admitted = seen.principal.filter(|_| seen.reason.is_none());
        (response, admitted)
    }

    async fn serve_seeing(
        &self,
        (installed, arrival): (&Arc<Installed>, &Arrival),
        request: Request<Inbound>,
        seen: &mut Seen,
    ) -> Response<Body> {
        let call = Call::new(installed, arrival);
        let arrived_at = self.engine.clock().now();
        let is_http1 = guard::is_http1(request.version());
        let mut closes = guard::ends_connection(&request);
        let (head, body) = request.into_parts();
        let (method, uri) = (head.method.clone(), head.uri.clone());
        let mut response = match self.answer(call, head, body, seen).await {
            Ok(response) => response,
            Err(error) => {
                call.report(&error, &method, uri.path());
                closes |= error.closes();
                call.fail(&error)
            }
        };
        seal(&mut response, arrival, closes && is_http1);
        if let Some(span) = &arrival.span {
            seen.tell(span);
        }
        self.engine.note_use(&Use {
            api: call.api(),
            principal: seen.principal.as_deref(),
            address: Some(arrival.address),
            route: seen.route.as_deref(),
            status: Some(response.status().as_u16()),
            reason: seen.reason,
            took: Some(self.engine.clock().now().since(arrived_at)),
        });
        response
    }

    async fn answer(
        &self,
        call: Call<'_>,
        head: Parts,
        body: Inbound,
        seen: &mut Seen,
    ) -> Result<Response<Body>, Error> {
        guard::inspect(&head, &body, &self.options)?;
        match self.plan(call, &head, body, seen).await? {
            Plan::Answer(response) => Ok(response.map(Body::from)),
            Plan::Forward { passage, upload, limits, charge } => {
                let forwarded = async {
                    let mut outbound = self.prepare(call, head, &passage)?;
                    let asked = trace::ask(call.arrival().span.as_ref(), &mut outbound);
                    let answer = self.forwarder.forward(outbound, upload).await;
                    trace::answered(asked, &answer);
                    answer
                };
                let outcome: Result<_, Error> = forwarded.await;
                self.settle(charge, outcome.is_ok()).await;
                let mut response = outcome?;
                call.contract().write_limits(&limits, self.engine.clock().now(), response.headers_mut());
                Ok(response)
            }
        }
    }

    /// Reads the request, has it decided and checks the rules of its route.
    async fn plan(
        &self,
        call: Call<'_>,
        head: &Parts,
        body: Inbound,
        seen: &mut Seen,
    ) -> Result<Plan, Error> {
        let reading = call.read(head).map_err(Error::Unreadable)?;
        seen.route = reading.route().map(|route| route.pattern().shared());
        if matches!(reading.target, Target::Public) {
            // A trial keeps to the environment that was chosen for it, where its host does not say.
            let passage = Passage::public(reading.environment_by_host.or(call.arrival().environment));
            let upload = self.stream(body);
            return Ok(Plan::Forward { passage, upload, limits: SmallVec::new(), charge: None });
        }
        let Decision { outcome, limits, charge } = self.decide(call, head, &reading).await?;
        let principal = match outcome {
            Outcome::Allow(principal) => principal,
            Outcome::Deny(mut denial) => {
                // Whoever has to get a token first is told for which scopes (RFC 6750 section 3).
                if denial.required_scopes.is_empty() {
                    denial.required_scopes = reading.facts().required_scopes;
                }
                let refusal = Refusal { denial: &denial, limits: &limits, violation: None };
                return Ok(self.refuse(call, head, refusal, seen));
            }
        };
        seen.principal = Some(Arc::clone(&principal));
        let charge = charge.map(|id| Charge { workspace: principal.workspace, id });
        match self.admit((call, &reading), (head, body), (principal, limits), seen).await {
            Ok(Plan::Forward { passage, upload, limits, .. }) => {
                Ok(Plan::Forward { passage, upload, limits, charge })
            }
            planned => {
                // What we answer ourselves is served; what is refused is not.
                let is_served = matches!(&planned, Ok(Plan::Answer(answer)) if answer.status().is_success());
                self.settle(charge, is_served).await;
                planned
            }
        }
    }

    /// Checks the rules of the route for whoever is allowed to ask, and tells who answers.
    async fn admit(
        &self,
        (call, reading): (Call<'_>, &Reading<'_>),
        (head, body): (&Parts, Inbound),
        (principal, limits): (Arc<Principal>, SmallVec<[LimitState; 2]>),
        seen: &mut Seen,
    ) -> Result<Plan, Error> {
        let upload = match self.judge(reading, head, body, &principal).await? {
            Judgement::Passed(upload) => upload,
            Judgement::Violated(violation) => {
                let denial = Denial::new(violation.reason).of(&principal);
                self.note(call, reading, &denial, Some(&violation));
                let refusal = Refusal { denial: &denial, limits: &limits, violation: Some(&violation) };
                return Ok(self.refuse(call, head, refusal, seen));
            }
        };
        match reading.target {
            Target::Upstream | Target::Public => {
                debug!(
                    request_id = call.request_id(),
                    api = %call.contract().name(),
                    credential = &*principal.credential,
                    method = %head.method,
                    path = call.contract().shown_path(head.uri.path()),
                    "allowed"
                );
                Ok(Plan::Forward { passage: Passage::of(principal), upload, limits, charge: None })
            }
            Target::Answer(answer) => {
                let mut response = call.contract().respond(answer, &principal, call.request_id());
                call.contract().write_limits(&limits, self.engine.clock().now(), response.headers_mut());
                Ok(Plan::Answer(response))
            }
            Target::Unlisted | Target::TokenEndpoint(_) => {
                let denial = Denial::new(DenialReason::UnknownRoute).of(&principal);
                self.note(call, reading, &denial, None);
                let refusal = Refusal { denial: &denial, limits: &limits, violation: None };
                Ok(self.refuse(call, head, refusal, seen))
            }
        }
    }

    /// Says what became of the request that credits were reserved for. A request whose caller hangs up is never heard of
    /// again: its credits are given back in time.
    async fn settle(&self, charge: Option<Charge>, is_spent: bool) {
        if let Some(Charge { workspace, id }) = charge {
            // Boxed, because few requests cost credits.
            Box::pin(self.engine.conclude_charge(workspace, &id, is_spent)).await;
        }
    }

    async fn decide(&self, call: Call<'_>, head: &Parts, reading: &Reading<'_>) -> Result<Decision, Error> {
        let facts = call.facts(reading);
        let question = Question {
            api: call.api(),
            policy: call.contract().policy(),
            presented: reading.presented(),
            facts: &facts,
        };
        if let Some(jwt) = reading.proof() {
            let proof = DpopProof { jwt, method: head.method.as_str(), url: &call.address(head) };
            // Boxed, because few requests carry one.
            return Box::pin(self.engine.verify_bound(&question, proof)).await.map_err(Error::Engine);
        }
        match self.engine.verify_now(&question) {
            Some(decision) => Ok(decision),
            // Boxed: what asks the database is large, and would be carried by every request.
            None => Box::pin(self.engine.verify(&question)).await.map_err(Error::Engine),
        }
    }

    /// Checks the rules of the route, for which the body may have to be held.
    async fn judge(
        &self,
        reading: &Reading<'_>,
        head: &Parts,
        body: Inbound,
        principal: &Principal,
    ) -> Result<Judgement, Error> {
        let Some(rules) = reading.rules else { return Ok(Judgement::Passed(self.stream(body))) };
        let (bytes, upload) = if rules.needs_body() {
            let limit = self.options.ruled_body_bytes.min(self.options.request_body_bytes);
            let held = Upload::of_caller(body, limit, self.options.idle_body_timeout);
            let held = Box::pin(held.collect()).await?.to_bytes();
            (Some(held.clone()), Upload::from(held))
        } else {
            (None, self.stream(body))
        };
        Ok(match rules.check(&head.headers, bytes.as_deref(), &principal.belongings) {
            Ok(()) => Judgement::Passed(upload),
            Err(violation) => Judgement::Violated(violation),
        })
    }

    fn stream(&self, body: Inbound) -> Upload {
        Upload::of_caller(body, self.options.request_body_bytes, self.options.idle_body_timeout)
    }

    /// Keeps the refusal of a good credential, so that it can be explained.
    fn note(
        &self,
        call: Call<'_>,
        reading: &Reading<'_>,
        denial: &Denial,
        violation: Option<&RuleViolation>,
    ) {
        let facts = call.facts(reading);
        let detail = violation.map(|violation| violation.message.as_str());
        self.engine.note_violation((call.api(), &facts), denial, detail);
    }

    /// The refusal in the contract's words, and the one line about it.
    fn refuse(&self, call: Call<'_>, head: &Parts, refusal: Refusal<'_>, seen: &mut Seen) -> Plan {
        let Refusal { denial, limits, violation } = refusal;
        seen.principal.clone_from(&denial.principal);
        seen.reason = Some(denial.reason);
        info!(
            request_id = call.request_id(),
            reason = denial.reason.as_str(),
            api = %call.contract().name(),
            credential = denial.principal.as_ref().map(|principal| &*principal.credential),
            address = %call.arrival().address,
            method = %head.method,
            path = call.contract().shown_path(head.uri.path()),
            "refused"
        );
        let context = RefusalContext {
            request_id: call.request_id(),
            now: self.engine.clock().now(),
            limits,
            host: &call.arrival().host,
        };
        Plan::Answer(match violation {
            Some(violation) => call.contract().refuse_violation(violation, &context),
            None => call.contract().refuse(denial, &context),
        })
    }

    /// The request for the upstream, with who is calling written on it last.
    fn prepare(&self, call: Call<'_>, mut head: Parts, passage: &Passage) -> Result<Outbound, Error> {
        let contract = call.contract();
        // An empty rest means that the query was nothing but an allowed credential.
        let query =
            head.uri.query().map(|query| contract.strip_query(query)).filter(|query| !query.is_empty());
        let destination = passage.destination(contract, &head.uri, query.as_deref())?;
        // Before anything of ours is written: what a caller could forge has the same names.
        contract.strip_request(&mut head.headers);
        let mut outbound = Outbound::new(head, destination, call.arrival(), self.options.keep_host);
        match passage.principal() {
            Some(principal) => {
                contract.write_identity(principal, call.request_id(), outbound.headers_mut());
            }
            None => contract.write_request_id(call.request_id(), outbound.headers_mut()),
        }
        Ok(outbound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn must_be_send(_: impl Send) {}

    #[test]
    fn serving_can_move_between_threads() {
        let _: fn(&Gateway, &Arc<Installed>, &Arrival, Request<Inbound>) =
            |gateway, installed, arrival, request| must_be_send(gateway.serve(installed, arrival, request));
    }
}
