//! Refusals as callers of an API see them: made by the contract itself, so that the page cannot say anything else.

use std::sync::Arc;

use claviger_contract::{Contract, RefusalContext};
use claviger_domain::{Denial, DenialReason, Scope, Timestamp};
use http::HeaderName;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::words::{Phrase, say};

/// The reasons that are shown, and when they come.
const SHOWN: [(DenialReason, Phrase); 7] = [
    (DenialReason::Missing, say("contract-no-credential-sent")),
    (DenialReason::Unknown, say("contract-nobody-credential")),
    (DenialReason::Expired, say("contract-ended")),
    (DenialReason::WrongKind, say("contract-route-takes-another-kind")),
    (DenialReason::InsufficientScope, say("contract-lacks-scope")),
    (DenialReason::RateLimited, say("contract-too-many-requests")),
    (DenialReason::UnknownRoute, say("contract-there-no-such-route")),
];

/// Headers that say nothing about the refusal.
const USUAL: [HeaderName; 2] = [CACHE_CONTROL, CONTENT_TYPE];

/// A refusal as it stands on the wire.
pub(super) struct Sample {
    pub(super) when: Phrase,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// The refusals of a contract.
pub(super) fn samples(contract: &Contract, now: Timestamp) -> Vec<Sample> {
    let host = contract.hosts().first().map(|host| host.name.as_str()).unwrap_or_default();
    let context = RefusalContext { request_id: "req_…", now, limits: &[], host };
    let scope: Arc<[Scope]> =
        contract.policy().scopes.iter().take(1).map(|(scope, _)| scope.clone()).collect();
    let sample = |(reason, when)| {
        let mut denial = Denial::new(reason);
        if reason == DenialReason::InsufficientScope {
            denial.required_scopes = Arc::clone(&scope);
        }
        let response = contract.refuse(&denial, &context);
        let headers = response.headers().iter().filter(|(name, _)| !USUAL.contains(name));
        Sample {
            when,
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
            body: pretty(&String::from_utf8_lossy(response.body())),
        }
    };
    let has_scopes = !scope.is_empty();
    SHOWN
        .into_iter()
        .filter(|(reason, _)| has_scopes || *reason != DenialReason::InsufficientScope)
        .map(sample)
        .collect()
}

/// JSON with lines; anything else as it is.
fn pretty(body: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(body).ok();
    parsed.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}
