//! Which door a request takes: its host decides.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use bytes::Bytes;
use claviger_api::{CallContext, EndpointCall, OAuthEndpoints, TokenEndpoints};
use claviger_contract::{Directory, Fault, Installed, Purpose};
use claviger_engine::{Engine, watch_writes};
use claviger_gateway::{Arrival, Gateway, Socket, arrival};
use claviger_pages::{CallId, CallerAddress, PageCall, PublicPages};
use claviger_telemetry::{Caller, RequestSpan, Telemetry};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use http::header::{CONNECTION, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use ipnet::IpNet;
use tower::Service;

use super::body::{FrontBody, own};
use super::flood;
use super::host::host_of;
use super::problem::{BAD_HOST, INTERNAL, MISDIRECTED};
use super::userinfo;
use crate::effects::Effects;

/// Whoever came over TLS comes over TLS for the next year (RFC 6797).
const ALWAYS_SECURE: HeaderValue = HeaderValue::from_static("max-age=31536000");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every door, and what is needed to find the right one.
pub(crate) struct Doors {
    /// Hosts of the control origin, as [`host_of`] writes them.
    pub(crate) control_hosts: Vec<String>,
    /// The pages of the control origin; what they do not know goes to `api`.
    pub(crate) control: Router,
    /// The management API.
    pub(crate) api: Router,
    /// The data plane.
    pub(crate) gateway: Gateway,
    /// The pages at the hosts of contracts.
    pub(crate) pages: PublicPages,
    /// The token endpoints of contracts.
    pub(crate) token_endpoints: TokenEndpoints,
    /// The endpoints of OAuth and OpenID Connect.
    pub(crate) oauth_endpoints: OAuthEndpoints,
    /// The contracts in force.
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    /// Whose forwarded headers are believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Counts the requests of each address.
    pub(crate) engine: Engine,
    /// Begins a span for each request, where anything is sent to a collector.
    pub(crate) telemetry: Telemetry,
    /// Time and randomness, for request ids.
    pub(crate) effects: Effects,
}

/// Where a request goes.
enum Door {
    Control,
    /// To the token endpoints of a contract, or to the API behind it.
    Contract(Arc<Installed>),
}

/// The answer to come. Each door's is boxed by itself, so that a request carries none but its own, and without its type:
/// all that is in it would be too deep for the compiler.
type Coming<'a> = BoxFuture<'a, Response<FrontBody>>;
type Panic = Box<dyn Any + Send>;

impl Doors {
    /// Answers a request. Never fails and never panics: whatever goes wrong is an answer too.
    pub(crate) async fn answer(
        self: Arc<Self>,
        socket: Socket,
        request: Request<Incoming>,
    ) -> Response<FrontBody> {
        let effects = &self.effects;
        let mut arrival =
            arrival(socket, &request, &self.trusted_proxies, &*effects.clock, &*effects.entropy);
        if self.telemetry.is_on() {
            self.begin_span(&request, &mut arrival);
        }
        let arrival = arrival;
        // hyper drops the Content-Length of a request that has both (RFC 9112 section 6.3), and nobody can tell
        // afterwards. Whoever framed it differently before us must not get to use this connection again.
        let is_chunked =
            request.version() <= Version::HTTP_11 && request.headers().contains_key(TRANSFER_ENCODING);
        let mut response = match self.door(&request, &arrival) {
            Ok(door) => {
                let coming = catch_unwind(AssertUnwindSafe(|| self.enter(&door, request, &arrival)));
                wait(coming, &door, &arrival).await
            }
            Err(refusal) => own(*refusal),
        };
        let headers = response.headers_mut();
        headers.entry(X_REQUEST_ID).or_insert_with(|| arrival.request_id.as_header().clone());
        if arrival.is_secure {
            // An upstream may say more; saying it over plain HTTP would mean nothing (RFC 6797 section 7.2).
            headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(ALWAYS_SECURE);
        }
        if is_chunked {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(span) = &arrival.span {
            span.end(response.status().as_u16());
        }
        response
    }

    fn enter<'a>(&'a self, door: &'a Door, request: Request<Incoming>, arrival: &'a Arrival) -> Coming<'a> {
        match door {
            Door::Control => self.control(request, arrival),
            Door::Contract(installed) => self.contract(installed, request, arrival),
        }
    }

    fn begin_span(&self, request: &Request<Incoming>, arrival: &mut Arrival) {
        let caller = Caller {
            method: request.method(),
            version: request.version(),
            is_secure: arrival.is_secure,
            host: &arrival.host,
            address: arrival.address,
            request_id: arrival.request_id.as_str(),
        };
        arrival.span = self.telemetry.begin(request.headers(), caller);
    }

    /// The door of a request; for one that has none, the answer.
    fn door(&self, request: &Request<Incoming>, arrival: &Arrival) -> Result<Door, Box<Response<Bytes>>> {
        let id = arrival.request_id.as_str();
        let host = match host_of(request) {
            Ok(host) => host,
            Err(error) => {
                tracing::info!(request_id = id, address = %arrival.address, reason = %error, "refused");
                return Err(Box::new(BAD_HOST.respond(Some(&error.to_string()), id)));
            }
        };
        if let Some(installed) = self.directory.load().by_host(&host) {
            return Ok(Door::Contract(Arc::clone(installed)));
        }
        if self.control_hosts.iter().any(|control| *control == *host) {
            return Ok(Door::Control);
        }
        tracing::info!(request_id = id, address = %arrival.address, host = &*host, reason = "unknown_host", "refused");
        Err(Box::new(MISDIRECTED.respond(None, id)))
    }

    /// At a contract's host: its endpoints where it has any, else the API behind it.
    fn contract<'a>(
        &'a self,
        installed: &'a Arc<Installed>,
        request: Request<Incoming>,
        arrival: &'a Arrival,
    ) -> Coming<'a> {
        let call = EndpointCall {
            installed,
            request_id: arrival.request_id.as_str(),
            address: arrival.address,
            host: &arrival.host,
        };
        let contract = &installed.contract;
        if let Some(span) = &arrival.span {
            span.note_api(contract.name().as_str());
        }
        let path = request.uri().path();
        let endpoint = contract.find_endpoint(request.method(), path, call.host);
        let is_page = contract.is_auth_host(call.host) && PublicPages::serves(installed, endpoint, path);
        if let (Some(span), Some(path)) =
            (&arrival.span, endpoint.and_then(|endpoint| endpoint.paths.first()))
        {
            span.note_route(path.as_str());
        }
        // What goes on to the API behind has the contract's limits. Introspection, as verification, is asked once for each
        // request of somebody else's traffic; guesses at its clients' secrets have a limit of their own.
        let is_counted = is_page || endpoint.is_some_and(|found| found.purpose != Purpose::Introspect);
        if is_counted && let Err(state) = self.engine.admit_request(call.address) {
            return at_once(flood::refuse(call, endpoint, &state, self.effects.clock.now()));
        }
        if is_page {
            let EndpointCall { request_id, address, host, .. } = call;
            let page = PageCall { installed, request_id, address, host };
            let answered = self.pages.serve(page, request.map(axum::body::Body::new));
            return Box::pin(answered.map(|answer| answer.map(|body| FrontBody::Control { body })));
        }
        match endpoint {
            Some(endpoint) if TokenEndpoints::serves(endpoint.purpose) => {
                Box::pin(self.token_endpoints.serve(call, endpoint, request).map(own))
            }
            Some(endpoint) if OAuthEndpoints::serves(endpoint.purpose) => {
                Box::pin(self.oauth_endpoints.serve(call, endpoint, request).map(own))
            }
            _ if contract.userinfo() == Some(path) => {
                let (head, body) = request.into_parts();
                let request = Request::from_parts(head.clone(), body);
                let said = self.gateway(installed, request, arrival);
                Box::pin(userinfo::serve(said, &self.oauth_endpoints, call, head))
            }
            _ => self.gateway(installed, request, arrival),
        }
    }

    fn gateway<'a>(
        &'a self,
        installed: &'a Arc<Installed>,
        request: Request<Incoming>,
        arrival: &'a Arrival,
    ) -> Coming<'a> {
        let answered = self.gateway.serve(installed, arrival, request);
        Box::pin(answered.map(|answer| answer.map(|body| FrontBody::Gateway { body })))
    }

    fn control<'a>(&'a self, request: Request<Incoming>, arrival: &'a Arrival) -> Coming<'a> {
        let id = arrival.request_id.as_str();
        let mut request = request.map(axum::body::Body::new);
        // The API is asked first and directly: verification lives there, and every step of it counts.
        let path = request.uri().path();
        let is_api = path.starts_with("/v1/");
        // Verification is asked once for each request of somebody else's traffic, and probes must be answered.
        let is_counted = !matches!(path, "/v1/verify" | "/livez" | "/readyz");
        if is_counted && let Err(state) = self.engine.admit_request(arrival.address) {
            return at_once(flood::refuse_control(&state, self.effects.clock.now(), arrival));
        }
        let context = CallContext { request_id: id.into(), address: arrival.address };
        let extensions = request.extensions_mut();
        if !is_api {
            extensions.insert(CallId(Arc::clone(&context.request_id)));
            extensions.insert(CallerAddress(context.address));
        }
        if let Some(span) = &arrival.span {
            extensions.insert(span.clone());
        }
        extensions.insert(context);
        let mut router = if is_api { self.api.clone() } else { self.control.clone() };
        Box::pin(router.call(request).map(|answered| match answered {
            Ok(response) => response.map(|body| FrontBody::Control { body }),
            Err(never) => match never {},
        }))
    }
}

/// Waits for an answer, whatever panicked on the way to it or does now.
async fn wait(coming: Result<Coming<'_>, Panic>, door: &Door, arrival: &Arrival) -> Response<FrontBody> {
    let served = match (coming, arrival.span.as_ref().and_then(RequestSpan::write_watcher)) {
        (Ok(coming), None) => AssertUnwindSafe(coming).catch_unwind().await,
        // Boxed, so that requests without a span that is recorded do not carry its future with them.
        (Ok(coming), Some(watcher)) => {
            Box::pin(watch_writes(watcher, AssertUnwindSafe(coming).catch_unwind())).await
        }
        (Err(panic), _) => Err(panic),
    };
    served.unwrap_or_else(|panic| {
        let id = arrival.request_id.as_str();
        report(&*panic, id);
        own(match door {
            Door::Control => INTERNAL.respond(None, id),
            Door::Contract(installed) => installed.contract.fault(Fault::Internal, id),
        })
    })
}

fn at_once<'a>(response: Response<Bytes>) -> Coming<'a> {
    Box::pin(ready(own(response)))
}

/// The panic hook has logged where; this says whose request it was.
fn report(panic: &(dyn Any + Send), request_id: &str) {
    let message =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(request_id, message, "a request made a handler panic");
}
