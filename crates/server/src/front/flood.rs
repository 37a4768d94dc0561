//! The refusal of an address that asks too much of the endpoints that are ours.

use bytes::Bytes;
use claviger_api::EndpointCall;
use claviger_contract::{ExchangeCause, ExchangeRefusal, RefusalContext, TokenEndpoint};
use claviger_domain::{Denial, DenialReason, LimitState, Timestamp};
use claviger_gateway::Arrival;
use http::Response;
use http::header::{HeaderValue, RETRY_AFTER};

use super::problem::TOO_MANY_REQUESTS;

/// In the contract's words: those of the endpoint where it is one, else those of its API.
pub(super) fn refuse(
    call: EndpointCall<'_>,
    endpoint: Option<&TokenEndpoint>,
    state: &LimitState,
    now: Timestamp,
) -> Response<Bytes> {
    let EndpointCall { installed, request_id, address, host } = call;
    let contract = &installed.contract;
    report(request_id, address);
    match endpoint {
        Some(endpoint) => contract.refuse_exchange(
            endpoint,
            &ExchangeRefusal {
                cause: ExchangeCause::SlowDown,
                detail: None,
                retry_after: Some(wait(state, now)),
                request_id,
            },
        ),
        None => {
            let limits = std::slice::from_ref(state);
            let denial = Denial::new(DenialReason::RateLimited);
            contract.refuse(&denial, &RefusalContext { request_id, now, limits, host })
        }
    }
}

/// At the control origin.
pub(super) fn refuse_control(state: &LimitState, now: Timestamp, arrival: &Arrival) -> Response<Bytes> {
    let request_id = arrival.request_id.as_str();
    report(request_id, arrival.address);
    let mut response = TOO_MANY_REQUESTS.respond(None, request_id);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait(state, now)));
    response
}

fn report(request_id: &str, address: std::net::IpAddr) {
    tracing::info!(request_id, %address, reason = "too_many_requests", "refused");
}

/// Seconds, rounded up: whoever waits that long is not too early.
fn wait(state: &LimitState, now: Timestamp) -> u64 {
    let until = state.retry_at.unwrap_or(now).since(now).as_millis().div_ceil(1_000);
    u64::try_from(until).unwrap_or(u64::MAX).max(1)
}
