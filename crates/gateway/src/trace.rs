//! What a request's span learns at the gateway, and the span of asking its upstream.

use claviger_contract::Fault;
use claviger_telemetry::{RequestSpan, UpstreamSpan};
use http::Response;

use crate::body::Body;
use crate::error::Error;
use crate::outbound::Outbound;

/// Begins to ask the upstream, which learns by `traceparent` whom it is asked by; nothing where requests have no span.
pub(crate) fn ask(span: Option<&RequestSpan>, outbound: &mut Outbound) -> Option<UpstreamSpan> {
    let head = outbound.head();
    let asked = span?.ask(&head.method, &head.uri);
    asked.write(outbound.headers_mut());
    Some(asked)
}

/// Ends it with what came of it.
pub(crate) fn answered(asked: Option<UpstreamSpan>, answer: &Result<Response<Body>, Error>) {
    if let Some(asked) = asked {
        asked.end(answer.as_ref().map(|answer| answer.status().as_u16()).map_err(word));
    }
}

/// The kind of failure, of which there are few.
fn word(error: &Error) -> &'static str {
    match error.fault() {
        Fault::UpstreamTimeout => "upstream_timeout",
        Fault::UpstreamUnreachable => "upstream_unreachable",
        Fault::BodyTooLarge | Fault::RequestTimeout | Fault::BadRequest => "upload_failed",
        _ => "_OTHER",
    }
}
