//! The way out: answers and refusals in this contract's words.

use bytes::Bytes;
use claviger_domain::{Denial, KindSet, LimitState, Principal, Timestamp};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::host::right_host;
use crate::token::{
    ErrorStyle, ExchangeCause, ExchangeRefusal, Issued, Purpose, StandardRefusal, Summons, TokenEndpoint,
};
use crate::wire::answer::Answer;
use crate::wire::cause::{Fault, of_denial, of_fault, of_reason};
use crate::wire::challenge::{Way, basic_for_clients, for_token};
use crate::wire::identity::header_value;
use crate::wire::refusal::{RefusalContext, Said, retry_after};
use crate::wire::rules::RuleViolation;

use super::Contract;

impl Contract {
    /// A refusal as the contract says it.
    pub fn refuse(&self, denial: &Denial, context: &RefusalContext<'_>) -> Response<Bytes> {
        self.say(of_denial(denial, context.limits), self.said(Some(denial), None, context))
    }

    /// The refusal of a request that breaks a rule of its route.
    pub fn refuse_violation(
        &self,
        violation: &RuleViolation,
        context: &RefusalContext<'_>,
    ) -> Response<Bytes> {
        self.say(of_reason(violation.reason), self.said(None, Some(violation), context))
    }

    /// A fault as the contract says it, for a door that knows nothing but the request's id.
    pub fn fault(&self, fault: Fault, request_id: &str) -> Response<Bytes> {
        let said = Said { request_id, wanted: self.wire.places.wanted(KindSet::ANY), ..Said::default() };
        self.say(of_fault(fault), said)
    }

    /// A fault as the contract says it, the present instant included where its envelope shows it.
    pub fn fault_in(&self, fault: Fault, context: &RefusalContext<'_>) -> Response<Bytes> {
        self.say(of_fault(fault), self.said(None, None, context))
    }

    /// An answer of our own to a caller.
    pub fn respond(&self, answer: &Answer, principal: &Principal, request_id: &str) -> Response<Bytes> {
        let mut response = answer.respond(principal, request_id);
        self.write_request_id(request_id, response.headers_mut());
        response
    }

    /// Tells the caller what is left.
    pub fn write_limits(&self, limits: &[LimitState], now: Timestamp, headers: &mut HeaderMap) {
        self.wire.headers.quota.write(limits, now, headers);
    }

    /// The answer of a token endpoint that did what it is for: the contract's, or that of RFC 6749 section 5.1.
    pub fn reply(
        &self,
        endpoint: &TokenEndpoint,
        issued: &[Issued<'_>],
        now: Timestamp,
        request_id: &str,
    ) -> Response<Bytes> {
        let (status, body) = match &endpoint.reply {
            Some(reply) => (reply.status(), reply.render(issued, now)),
            None => (StatusCode::OK, Some(standard_reply(endpoint, issued, now))),
        };
        let body = match issued.first().filter(|_| endpoint.purpose == Purpose::Token) {
            Some(issued) => body.map(|body| issued.complete(body)),
            None => body,
        };
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.write_request_id(request_id, headers);
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Bytes::from(body);
        }
        response
    }

    /// The refusal of a token endpoint, in the contract's envelope or that of RFC 6749, as the endpoint has it.
    pub fn refuse_exchange(
        &self,
        endpoint: &TokenEndpoint,
        refusal: &ExchangeRefusal<'_>,
    ) -> Response<Bytes> {
        let ExchangeRefusal { cause, detail, retry_after, request_id } = *refusal;
        let line = cause.cause();
        let detail = detail.unwrap_or(line.message);
        let mut response = match &endpoint.errors {
            ErrorStyle::Envelope(refusals) => {
                let waiting = line.is_in("too_many").then_some(FIRST_RETRY);
                let retry_after = retry_after.or(waiting);
                let said = Said { request_id, retry_after, detail: Some(detail), ..Said::default() };
                refusals.get(cause as usize).map_or_else(broken, |refusal| refusal.respond(&said))
            }
            ErrorStyle::OAuth => oauth_error(line.name, line.status, detail, retry_after),
        };
        let status = response.status();
        let headers = response.headers_mut();
        if cause == ExchangeCause::InvalidClient && endpoint.has_oauth_errors() {
            headers.insert(WWW_AUTHENTICATE, basic_for_clients(&self.wire.challenge.realm));
        } else {
            self.wire.challenge.write(&line, status, Way::default(), headers);
        }
        self.write_request_id(request_id, headers);
        response
    }

    /// The refusal of an OAuth endpoint in the words of the standards (RFC 6749 section 5.2, RFC 6750 section 3).
    pub fn refuse_standard(&self, refusal: &StandardRefusal<'_>) -> Response<Bytes> {
        let StandardRefusal { code, status, detail, summons, retry_after, request_id } = *refusal;
        let mut response = oauth_error(code, status, detail, retry_after);
        let realm = &self.wire.challenge.realm;
        let challenge = match summons {
            Summons::None => None,
            Summons::Client => Some(basic_for_clients(realm)),
            Summons::Token { scheme, was_sent, parameters } => {
                Some(for_token(scheme, realm, was_sent.then_some(code), parameters))
            }
        };
        let headers = response.headers_mut();
        headers.extend(challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)));
        self.write_request_id(request_id, headers);
        response
    }

    /// Writes the request's id, as every answer carries it.
    pub fn write_request_id(&self, request_id: &str, headers: &mut HeaderMap) {
        headers.insert(&self.wire.headers.identity.request_id, header_value(request_id));
    }

    fn said<'c>(
        &self,
        denial: Option<&'c Denial>,
        violation: Option<&'c RuleViolation>,
        context: &RefusalContext<'c>,
    ) -> Said<'c> {
        let RefusalContext { request_id, now, limits, host } = *context;
        Said {
            request_id,
            now: Some(now),
            denial,
            violation,
            limits,
            retry_after: None,
            wanted: self.wire.places.wanted(denial.map_or(KindSet::ANY, |d| d.accepted)),
            host: right_host(&self.hosts, denial.and_then(|d| d.environment), host),
            detail: None,
        }
    }

    fn say(&self, cause: usize, mut said: Said<'_>) -> Response<Bytes> {
        // The table has a line for every cause; a test says so.
        let Some(refusal) = self.wire.refusals.get(cause) else { return broken() };
        said.retry_after = retry_after(&refusal.cause, said.limits, said.now);
        let mut response = refusal.respond(&said);
        let headers = response.headers_mut();
        // Only those who lack something are shown a way; refusals by limits come in floods.
        let is_lacking = matches!(refusal.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let resource_metadata = if is_lacking { self.resource_metadata() } else { None };
        let scope = said.scope();
        let way = Way {
            scope: &scope,
            resource_metadata: resource_metadata.as_deref(),
            possession: said.denial.map(|denial| denial.possession).unwrap_or_default(),
        };
        self.wire.challenge.write(&refusal.cause, refusal.status, way, headers);
        if let Some(now) = said.now {
            self.write_limits(said.limits, now, headers);
        }
        self.write_request_id(said.request_id, headers);
        response
    }
}

/// What is left to say when a table lacks a line.
fn broken() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// The body of RFC 6749 section 5.1; an empty object from an endpoint that issues nothing.
fn standard_reply(endpoint: &TokenEndpoint, issued: &[Issued<'_>], now: Timestamp) -> String {
    let one = issued.first().filter(|_| endpoint.purpose.issues());
    one.map_or_else(|| "{}".to_owned(), |one| one.standard_reply(now))
}

/// The error body of RFC 6749 section 5.2.
fn oauth_error(code: &str, status: u16, detail: &str, retry_after: Option<u64>) -> Response<Bytes> {
    let body = serde_json::json!({ "error": code, "error_description": detail });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let waiting =
        matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if waiting {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.unwrap_or(FIRST_RETRY)));
    }
    response
}

/// Seconds to wait when nobody knows better.
const FIRST_RETRY: u64 = 1;
