use super::*;
use claviger_contract::{
    ExchangeCause, ExchangeRefusal, GrantKind, Issued, Param, Reuse, Target, TokenEndpoint,
};
use claviger_domain::KeyKind;

fn endpoint<'c>(contract: &'c Contract, line: &str) -> &'c TokenEndpoint {
    let (method, path) = line.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    contract
        .token_endpoints()
        .iter()
        .find(|e| e.method == method && e.paths.iter().any(|p| p.as_str() == path))
        .unwrap()
}

#[test]
fn the_code_is_a_number_and_a_scope_that_is_missing_is_40300() {
    let contract = contract("brifle");
    let response = refuse(&contract, DenialReason::Unknown);
    assert_eq!(body(&response), r#"{"code":40100,"message":"unauthorized","status":401}"#);
    let response = refuse_denial(&contract, &lacking("document.send"));
    let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((json["code"].as_u64(), json["status"].as_u64()), (Some(40300), Some(403)));
    assert!(json["message"].as_str().unwrap().contains("document.send"));
}

#[test]
fn a_login_fails_with_40101_and_a_wrong_body_with_40006() {
    let contract = contract("brifle");
    let login = endpoint(&contract, "POST /auth/login");
    for cause in [ExchangeCause::InvalidClient, ExchangeCause::InvalidGrant] {
        let response = contract.refuse_exchange(
            login,
            &ExchangeRefusal { cause, detail: None, retry_after: None, request_id: "req_1" },
        );
        assert_eq!(response.status(), 401);
        assert_eq!(body(&response), r#"{"code":40101,"message":"login failed","status":401}"#);
    }
    let response = contract.refuse_exchange(
        login,
        &ExchangeRefusal {
            cause: ExchangeCause::InvalidRequest,
            detail: None,
            retry_after: None,
            request_id: "req_1",
        },
    );
    assert_eq!(body(&response), r#"{"code":40006,"message":"invalid login parameters","status":400}"#);
}

#[test]
fn the_login_names_its_fields_as_the_document_does() {
    let contract = contract("brifle");
    let login = endpoint(&contract, "POST /v1/auth/login");
    assert_eq!(login.terms.as_ref().unwrap().reuse, Reuse::Session);
    assert_eq!(login.field_name(Some(GrantKind::ApiKey), Param::Key), "api_key");
    assert_eq!(login.field_name(Some(GrantKind::ApiKey), Param::Session), "session_id");
    assert_eq!(login.field_name(Some(GrantKind::KeyPair), Param::Key), "key");
    assert_eq!(login.field_name(Some(GrantKind::Password), Param::Username), "username");
}

#[test]
fn a_fresh_token_says_7200_and_a_reused_one_what_is_left() {
    let contract = contract("brifle");
    let reply = endpoint(&contract, "POST /auth/login").reply.as_ref().unwrap();
    let issued = Issued {
        access_token: Some("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."),
        expires_at: Some(Timestamp::from_seconds(NOW.seconds() + 7_200)),
        ..Issued::default()
    };
    let shown = r#"{
        "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
        "expires_in": 7200,
        "token_type": "Bearer"
    }"#;
    assert_eq!(reply.render(&[issued], NOW).unwrap(), one_line(shown));
    let later = Timestamp::from_micros(NOW.micros() + 60_500_000);
    assert!(reply.render(&[issued], later).unwrap().contains("\"expires_in\":7139,"));
}

#[test]
fn sessions_are_listed_under_their_names() {
    let contract = contract("brifle");
    let list = endpoint(&contract, "GET /auth/sessions").reply.as_ref().unwrap();
    let session = |name| Issued { session: Some(name), issued_at: Some(NOW), ..Issued::default() };
    assert_eq!(
        list.render(&[session("b"), session("a")], NOW).unwrap(),
        r#"{"sessions":[{"session_id":"b","created_at":"2026-01-01T00:00:00Z"},{"session_id":"a","created_at":"2026-01-01T00:00:00Z"}]}"#
    );
    assert_eq!(list.render(&[], NOW).unwrap(), r#"{"sessions":[]}"#);
    let end = request("DELETE brifle.localhost/auth/sessions/abc", &[]);
    assert!(matches!(end.read(&contract).target, Target::TokenEndpoint(_)));
}

#[test]
fn single_keys_and_pairs_have_prefixes_of_their_own() {
    let contract = contract("brifle");
    let prefix =
        |kind, environment| contract.policy().key_format(kind, environment).unwrap().prefix.to_string();
    assert_eq!(prefix(KeyKind::Single, Environment::Live), "brfl_live_");
    assert_eq!(prefix(KeyKind::Pair, Environment::Test), "brfl_pair_test_");
}
