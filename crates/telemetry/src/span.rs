//! The span of a request, filled in by whoever serves it, and that of asking its upstream.
//!
//! Names are those of OpenTelemetry's stable conventions for HTTP; ours begin with `claviger.`. No credential, query, body
//! or value of a header gets into either, and no path: in one can stand whatever a caller puts there by mistake.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use claviger_domain::{DenialReason, Timestamp};
use claviger_engine::WriteWatcher;
use http::header::HeaderMap;
use http::{Method, Uri, Version};

use crate::context::{SpanId, TRACEPARENT, TRACESTATE, TraceContext};
use crate::recorder::{Parent, Recorder, Said, Side, Span};

/// The longest host and route that are told; hosts are the caller's own words.
const LONGEST: usize = 512;

/// What is known of a request when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'c> {
    /// Its method.
    pub method: &'c Method,
    /// Its version of HTTP.
    pub version: Version,
    /// Whether it came by TLS.
    pub is_secure: bool,
    /// The host that it is for, without port.
    pub host: &'c str,
    /// Where it came from.
    pub address: IpAddr,
    /// What it is called in logs and answers.
    pub request_id: &'c str,
}

/// The span of a request on its way. Clones are the same span.
#[derive(Clone)]
pub struct RequestSpan(Arc<Inner>);

struct Inner {
    recorder: Recorder,
    context: TraceContext,
    /// The caller's span.
    parent: Option<SpanId>,
    began: Timestamp,
    /// What is told of it at its end; none where nothing is recorded.
    story: Option<Mutex<Story>>,
}

#[derive(Debug)]
struct Story {
    /// `_OTHER` where it is none that everybody knows, as the conventions have it.
    method: &'static str,
    attributes: Vec<(&'static str, Said)>,
    route: Option<String>,
}

impl RequestSpan {
    pub(crate) fn begin(
        recorder: &Recorder,
        context: TraceContext,
        parent: Option<SpanId>,
        caller: Caller<'_>,
    ) -> Self {
        let story = context.is_sampled.then(|| Mutex::new(Story::begin(caller)));
        let began = recorder.now();
        Self(Arc::new(Inner { recorder: recorder.clone(), context, parent, began, story }))
    }

    /// Which API it is for.
    pub fn note_api(&self, name: &str) {
        self.tell(|story| story.attributes.push(("claviger.api", short(name).into())));
    }

    /// The route as it is written in a contract or in the list of routes, `/v1/users/{id}`.
    pub fn note_route(&self, route: &str) {
        self.tell(|story| story.route = Some(short(route)));
    }

    /// What was decided of its credential: none for allowed.
    pub fn note_decision(&self, refused: Option<DenialReason>) {
        self.tell(|story| {
            let decision = if refused.is_some() { "deny" } else { "allow" };
            story.attributes.push(("claviger.decision", decision.into()));
            if let Some(reason) = refused {
                story.attributes.push(("claviger.reason", reason.as_str().into()));
            }
        });
    }

    /// Begins to ask the upstream.
    pub fn ask(&self, method: &Method, upstream: &Uri) -> UpstreamSpan {
        let context = self.begin_part();
        let method = known(method);
        let attributes = if context.is_sampled { target(method, upstream) } else { Vec::new() };
        UpstreamSpan { request: self.clone(), context, began: self.now(), method, attributes }
    }

    /// What gives each write to the database that the request waits for a span; none where nothing is recorded.
    pub fn write_watcher(&self) -> Option<Arc<dyn WriteWatcher>> {
        self.0.story.is_some().then(|| Arc::new(self.clone()) as Arc<dyn WriteWatcher>)
    }

    /// What a span that is a part of it is known by.
    pub(crate) fn begin_part(&self) -> TraceContext {
        TraceContext { span: SpanId::generate(self.0.recorder.entropy()), ..self.0.context }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.recorder.now()
    }

    /// Records a part of it, on the side of whoever asks, that ends now.
    pub(crate) fn record_part(&self, part: Part) {
        let Inner { recorder, context, .. } = &*self.0;
        let Part { context: of_part, name, began, attributes, has_failed } = part;
        recorder.record(Span {
            context: of_part,
            parent: Some(Parent { span: context.span, is_remote: false }),
            side: Side::Client,
            name,
            began,
            ended: recorder.now(),
            attributes,
            has_failed,
        });
    }

    /// Ends it when its answer begins.
    pub fn end(&self, status: u16) {
        let Inner { recorder, context, parent, began, story } = &*self.0;
        let Some(story) = story else { return };
        let Story { method, mut attributes, route } = {
            let mut story = story.lock().unwrap_or_else(PoisonError::into_inner);
            Story {
                method: story.method,
                attributes: std::mem::take(&mut story.attributes),
                route: story.route.take(),
            }
        };
        attributes.push(("http.response.status_code", status.into()));
        let has_failed = status >= 500;
        if has_failed {
            attributes.push(("error.type", status.to_string().into()));
        }
        let of_method = if method == OTHER { "HTTP" } else { method };
        let name =
            route.as_ref().map_or_else(|| of_method.to_owned(), |route| format!("{of_method} {route}"));
        attributes.extend(route.map(|route| ("http.route", route.into())));
        recorder.record(Span {
            context: *context,
            parent: parent.map(|span| Parent { span, is_remote: true }),
            side: Side::Server,
            name,
            began: *began,
            ended: recorder.now(),
            attributes,
            has_failed,
        });
    }

    fn tell(&self, change: impl FnOnce(&mut Story)) {
        if let Some(story) = &self.0.story {
            change(&mut story.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Nothing of what is inside but its name.
impl std::fmt::Debug for RequestSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestSpan({})", self.0.context)
    }
}

impl Story {
    fn begin(caller: Caller<'_>) -> Self {
        let method = known(caller.method);
        let scheme = if caller.is_secure { "https" } else { "http" };
        let mut attributes: Vec<(&'static str, Said)> = Vec::with_capacity(12);
        attributes.extend([
            ("http.request.method", method.into()),
            ("url.scheme", scheme.into()),
            ("server.address", short(caller.host).into()),
            ("client.address", caller.address.to_string().into()),
            ("network.protocol.version", version(caller.version).into()),
            ("claviger.request_id", caller.request_id.to_owned().into()),
        ]);
        Self { method, attributes, route: None }
    }
}

/// A part of a request that ends.
pub(crate) struct Part {
    pub(crate) context: TraceContext,
    pub(crate) name: String,
    pub(crate) began: Timestamp,
    pub(crate) attributes: Vec<(&'static str, Said)>,
    pub(crate) has_failed: bool,
}

/// The span of asking an upstream, until its answer begins.
#[derive(Debug)]
pub struct UpstreamSpan {
    request: RequestSpan,
    context: TraceContext,
    began: Timestamp,
    method: &'static str,
    attributes: Vec<(&'static str, Said)>,
}

impl UpstreamSpan {
    /// Tells the upstream of itself. What the caller's other systems wrote about the caller's span goes with it, but not
    /// where the trace begins here.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(TRACEPARENT, self.context.to_header());
        if self.request.0.parent.is_none() {
            headers.remove(TRACESTATE);
        }
    }

    /// Ends it with the status of the answer, or a word for why there is none.
    pub fn end(mut self, outcome: Result<u16, &'static str>) {
        if !self.context.is_sampled {
            return;
        }
        if let Ok(status) = outcome {
            self.attributes.push(("http.response.status_code", status.into()));
        }
        let failure: Option<Said> = match outcome {
            Ok(status) => (status >= 400).then(|| status.to_string().into()),
            Err(word) => Some(word.into()),
        };
        let has_failed = failure.is_some();
        self.attributes.extend(failure.map(|failure| ("error.type", failure)));
        self.request.record_part(Part {
            context: self.context,
            name: if self.method == OTHER { "HTTP" } else { self.method }.to_owned(),
            began: self.began,
            attributes: self.attributes,
            has_failed,
        });
    }
}

/// What is asked, without path and query: those are the caller's.
fn target(method: &'static str, upstream: &Uri) -> Vec<(&'static str, Said)> {
    let scheme = if upstream.scheme_str() == Some("https") { "https" } else { "http" };
    let port = upstream.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    vec![
        ("http.request.method", method.into()),
        ("url.scheme", scheme.into()),
        ("server.address", short(upstream.host().unwrap_or_default()).into()),
        ("server.port", port.into()),
    ]
}

const OTHER: &str = "_OTHER";

/// The methods of RFC 9110 and PATCH (RFC 5789). Others would be as many names as callers think of.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
