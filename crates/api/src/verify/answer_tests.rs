use std::sync::Arc;

use claviger_domain::{ApiId, Belongings, CredentialKind, Decision, Denial, DenialReason, Limit, LimitState};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn principal() -> Arc<Principal> {
    Arc::new(Principal {
        api: ApiId::from_uuid(Uuid::nil()),
        workspace: WorkspaceId::from_uuid(Uuid::nil()),
        kind: CredentialKind::Key,
        credential: "key_1".into(),
        version: None,
        subject: None,
        client: None,
        scopes: ScopeSet::parse_spaced("read").unwrap(),
        environment: Environment::Live,
        expires_at: Some(Timestamp::from_seconds(0)),
        belongings: Belongings::new(),
    })
}

fn limit() -> LimitState {
    let (requests, minute) = (600.try_into().unwrap(), 60.try_into().unwrap());
    let limit = Limit::even("per-minute".parse().unwrap(), requests, minute);
    let reset_at = Timestamp::from_seconds(60);
    LimitState { limit: Arc::new(limit), remaining: 599, reset_at, retry_at: None }
}

fn render(verdict: &Verdict) -> Value {
    serde_json::from_slice(&VerifyAnswer::new(verdict, "req_1").to_json().unwrap()).unwrap()
}

#[test]
fn a_good_credential_is_shown_with_its_limits() {
    let mut decision = Decision::allow(principal());
    decision.limits.push(limit());
    let expected = json!({
        "valid": true,
        "code": "VALID",
        "request_id": "req_1",
        "principal": {
            "workspace": "wsp_00000000000000000000000000",
            "kind": "key",
            "credential": "key_1",
            "subject": null,
            "client": null,
            "scopes": ["read"],
            "environment": "live",
        },
        "limits": [{
            "name": "per-minute",
            "requests": 600,
            "per_seconds": 60,
            "remaining": 599,
            "reset_at": "1970-01-01T00:01:00Z",
            "retry_at": null,
        }],
        "expires_at": "1970-01-01T00:00:00Z",
    });
    assert_eq!(render(&Verdict::Decided(decision)), expected);
}

#[test]
fn a_usual_answer_fits_the_buffer() {
    let mut decision = Decision::allow(principal());
    decision.limits.push(limit());
    decision.limits.push(limit());
    let verdict = Verdict::Decided(decision);
    let body = VerifyAnswer::new(&verdict, "req_06f0z7q4s9v8n3c2k1m5t7x9d0").to_json().unwrap();
    assert_eq!(body.capacity(), USUAL_BYTES);
}

#[test]
fn a_trusted_caller_learns_whose_refused_credential_it_was() {
    let denial = Denial::new(DenialReason::Revoked).of(&principal());
    let answer = render(&Verdict::Decided(Decision::deny(denial)));
    assert_eq!((&answer["valid"], &answer["code"]), (&json!(false), &json!("REVOKED")));
    assert_eq!(answer["principal"]["credential"], "key_1");
}

#[test]
fn nobodys_credential_has_no_principal() {
    let answer = render(&Verdict::Decided(Decision::deny(Denial::new(DenialReason::Unknown))));
    assert_eq!(answer["principal"], Value::Null);
    assert_eq!(answer["limits"], json!([]));
}

#[test]
fn an_open_route_is_valid_for_nobody_in_particular() {
    let answer = render(&Verdict::Public);
    assert_eq!((&answer["valid"], &answer["principal"]), (&json!(true), &Value::Null));
}

#[test]
fn the_documented_codes_are_all_there_are() {
    let documented = include_str!("answer.rs");
    for reason in DenialReason::ALL {
        assert!(documented.contains(&format!("`{}`", reason.code())), "{}", reason.code());
    }
}
