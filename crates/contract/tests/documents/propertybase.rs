use super::*;
use claviger_contract::Target;
use claviger_domain::Pace;

#[test]
fn the_documents_two_error_bodies_are_byte_for_byte() {
    let contract = contract("propertybase");
    let unauthorized = r#"{"error": {"code": "UNAUTHORIZED", "message": "Invalid or expired token"}}"#;
    for reason in
        [DenialReason::Missing, DenialReason::Unknown, DenialReason::Malformed, DenialReason::Expired]
    {
        let response = refuse(&contract, reason);
        assert_eq!(
            (response.status().as_u16(), body(&response)),
            (401, one_line(unauthorized).as_str()),
            "{reason:?}"
        );
    }
    let forbidden = r#"{"error": {"code": "FORBIDDEN", "message": "Insufficient permissions"}}"#;
    let response = refuse_denial(&contract, &lacking("write:leads"));
    assert_eq!((response.status().as_u16(), body(&response)), (403, one_line(forbidden).as_str()));
    assert!(
        header(&response, "www-authenticate")
            .contains("error=\"insufficient_scope\", scope=\"write:leads\", ")
    );
}

#[test]
fn one_line_turns_on_the_finer_codes() {
    let fine = contract_with("propertybase", |text| text.replace("# variant =", "variant ="));
    let code = |reason| {
        let response = refuse(&fine, reason);
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(json["success"], false);
        assert_eq!(json["error"]["request_id"], "req_1");
        json["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(DenialReason::Expired), "TOKEN_EXPIRED");
    assert_eq!(code(DenialReason::Revoked), "API_KEY_REVOKED");
    assert_eq!(code(DenialReason::Unknown), "INVALID_API_KEY");
    assert_eq!(code(DenialReason::InsufficientScope), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(code(DenialReason::WrongWorkspace), "WORKSPACE_ACCESS_DENIED");
    assert_eq!(
        body(&refuse(&fine, DenialReason::Revoked)),
        r#"{"success":false,"error":{"code":"API_KEY_REVOKED","message":"The API key was revoked","request_id":"req_1"}}"#
    );
}

#[test]
fn the_host_demands_its_environment_and_the_refusal_names_the_right_one() {
    let contract = contract("propertybase");
    let at = |host: &str| request(&format!("GET {host}/v1/leads"), &[]).read(&contract).environment_by_host;
    assert_eq!(at("propertybase.localhost:8080"), Some(Environment::Live));
    assert_eq!(at("sandbox.propertybase.localhost"), Some(Environment::Test));
    let mut denial = Denial::new(DenialReason::WrongEnvironment);
    denial.environment = Some(Environment::Test);
    let response = contract.refuse(&denial, &context("propertybase.localhost:8080", &[]));
    assert_eq!(
        body(&response),
        r#"{"error":{"code":"FORBIDDEN","message":"This test credential works at sandbox.propertybase.localhost:8080 only"}}"#
    );
}

#[test]
fn token_endpoints_are_not_at_the_sandbox_host() {
    let contract = contract("propertybase");
    let target = |line: &str| matches!(request(line, &[]).read(&contract).target, Target::TokenEndpoint(_));
    assert!(target("POST propertybase.localhost/oauth/token"));
    assert!(!target("POST sandbox.propertybase.localhost/oauth/token"));
}

#[test]
fn the_workspace_header_and_the_session_cookie_are_read() {
    let contract = contract("propertybase");
    let lines = [("cookie", "theme=dark; pb_session=s1"), ("x-workspace-id", "wsp_1")];
    let request = request("GET propertybase.localhost/v1/leads", &lines);
    let reading = request.read(&contract);
    assert_eq!(text_of(reading.presented()), ("s1".to_owned(), kinds(&[CredentialKind::Session])));
    assert_eq!(reading.facts().workspace, Some("wsp_1"));
    let mut stripped = headers(&lines);
    contract.strip_request(&mut stripped);
    assert_eq!(stripped["cookie"], "theme=dark");
}

#[test]
fn me_is_answered_from_the_principal() {
    let contract = contract("propertybase");
    let request = request("GET propertybase.localhost/v1/me", &[]);
    let Target::Answer(answer) = request.read(&contract).target else { panic!() };
    let response = contract.respond(answer, &principal(CredentialKind::Key), "req_1");
    assert_eq!(
        body(&response),
        r#"{"sub":"wsp_00000000000000000000000000","workspace_id":"wsp_00000000000000000000000000","credential_id":"key_1","type":"key","environment":"live","scopes":["read:leads"]}"#
    );
    let mut user = principal(CredentialKind::Token);
    user.subject = Some("usr_1".into());
    user.expires_at = Some(NOW);
    let response = contract.respond(answer, &user, "req_1");
    assert!(body(&response).starts_with(r#"{"sub":"usr_1","#));
    assert!(body(&response).ends_with(r#""expires_at":"2026-01-01T00:00:00Z"}"#));
    assert_eq!(header(&response, "cache-control"), "no-store");
}

#[test]
fn limits_are_shown_per_minute_and_in_unix_seconds() {
    let contract = contract("propertybase");
    let limits = [used_up("burst", 10, 1), used_up("minute", 60, 60)];
    let response =
        contract.refuse(&Denial::new(DenialReason::RateLimited), &context("propertybase.localhost", &limits));
    assert_eq!(header(&response, "x-ratelimit-limit"), "60");
    assert_eq!(header(&response, "x-ratelimit-remaining"), "0");
    assert_eq!(header(&response, "x-ratelimit-reset"), (NOW.seconds() + 10).to_string());
    assert_eq!(header(&response, "retry-after"), "10");
    assert_eq!(header(&response, "ratelimit"), "");
    assert!(body(&response).ends_with(r#""retry_after":10}}"#));
}

#[test]
fn a_daily_stop_has_a_code_of_its_own_and_lasts_until_the_day_ends() {
    let contract = contract("propertybase");
    let by_day = |state: LimitState| {
        let limit = Limit { pace: Pace::Day, ..(*state.limit).clone() };
        let midnight = Timestamp::from_seconds(NOW.seconds() + 7_200);
        LimitState { limit: Arc::new(limit), retry_at: Some(midnight), reset_at: midnight, ..state }
    };
    let refused = |limits: &[LimitState]| {
        let context = context("propertybase.localhost", limits);
        contract.refuse(&Denial::new(DenialReason::RateLimited), &context)
    };
    let both = [by_day(used_up("day", 10_000, 86_400)), used_up("minute", 60, 60)];
    let response = refused(&both);
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (429, "7200"));
    assert!(
        body(&response).starts_with(r#"{"error":{"code":"DAILY_LIMIT_EXCEEDED","#),
        "{}",
        body(&response)
    );
    assert!(body(&refused(&both[1..])).starts_with(r#"{"error":{"code":"RATE_LIMIT_EXCEEDED","#));
    // A contract that says nothing of days answers as for any other limit.
    let example = contract_with("example", |text| text);
    let context = context("example.localhost", &both);
    let response = example.refuse(&Denial::new(DenialReason::RateLimited), &context);
    assert!(body(&response).contains("rate_limit_exceeded"), "{}", body(&response));
}

#[test]
fn admin_may_do_everything_and_plans_have_their_limits() {
    let contract = contract("propertybase");
    let policy = contract.policy();
    let admin = ["admin".parse().unwrap()].into_iter().collect();
    for (scope, _) in policy.scopes.iter() {
        assert!(policy.scopes.allows(&admin, scope), "{scope}");
    }
    let enterprise = "enterprise".parse().unwrap();
    let names = |plan| policy.plan_limits(plan).iter().map(|l| l.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(None), ["minute", "day", "burst"]);
    assert_eq!(names(Some(&enterprise)), ["minute", "burst"]);
    let post = request("POST propertybase.localhost/v1/leads", &[]);
    assert_eq!(post.read(&contract).facts().limits[0].name.as_str(), "leads-write");
}
