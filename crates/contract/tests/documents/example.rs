use super::*;

#[test]
fn the_documents_error_body_is_what_an_invalid_key_gets() {
    let shown = r#"{
        "error": {
            "type": "authentication_error",
            "code": "invalid_api_key",
            "message": "The API key provided is invalid"
        }
    }"#;
    let response = refuse(&contract("example"), DenialReason::Unknown);
    assert_eq!(body(&response), one_line(shown));
    assert_eq!(response.status(), 401);
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer realm=\"Example API\", error=\"invalid_token\", \
         resource_metadata=\"https://example.localhost/.well-known/oauth-protected-resource\""
    );
}

#[test]
fn each_documented_code_has_its_status_and_type() {
    let contract = contract("example");
    let check = |response: Response<Bytes>, status: u16, kind: &str, code: &str| {
        assert_eq!(response.status(), status, "{code}");
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (json["error"]["type"].as_str(), json["error"]["code"].as_str()),
            (Some(kind), Some(code))
        );
    };
    check(refuse(&contract, DenialReason::Missing), 401, "authentication_error", "invalid_api_key");
    check(refuse(&contract, DenialReason::Expired), 401, "authentication_error", "expired_token");
    check(refuse_denial(&contract, &lacking("write")), 403, "authorization_error", "insufficient_scope");
    check(refuse(&contract, DenialReason::RateLimited), 429, "rate_limit_error", "rate_limit_exceeded");
}

#[test]
fn a_missing_scope_is_named_in_body_and_challenge() {
    let response = refuse_denial(&contract("example"), &lacking("write"));
    assert!(body(&response).contains("The token lacks a required permission: write"));
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer realm=\"Example API\", error=\"insufficient_scope\", scope=\"write\", \
         resource_metadata=\"https://example.localhost/.well-known/oauth-protected-resource\""
    );
}

#[test]
fn a_used_up_limit_says_when_to_come_back() {
    let contract = contract("example");
    let limits = [used_up("minute", 600, 60)];
    let response =
        contract.refuse(&Denial::new(DenialReason::RateLimited), &context("example.localhost", &limits));
    assert_eq!(header(&response, "retry-after"), "10");
    assert_eq!(header(&response, "ratelimit-policy"), "\"minute\";q=600;w=60");
    assert_eq!(header(&response, "ratelimit"), "\"minute\";r=0;t=10");
    assert!(body(&response).contains("try again in 10 seconds"));
}

#[test]
fn reading_and_writing_users_need_different_scopes() {
    let contract = contract("example");
    let needs = |line: &str| {
        let request = request(line, &[("authorization", "Bearer sk_test_1234567890abcdef")]);
        let reading = request.read(&contract);
        assert_eq!(text_of(reading.presented()).0, "sk_test_1234567890abcdef");
        reading.facts().required_scopes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(needs("GET example.localhost:8080/v1/users"), ["read"]);
    assert_eq!(needs("GET example.localhost:8080/v1/users/7"), ["read"]);
    assert_eq!(needs("POST example.localhost:8080/v1/users"), ["write"]);
    assert!(needs("DELETE example.localhost:8080/v1/echo").is_empty());
}
