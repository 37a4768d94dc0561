//! A contract that none of the code was written for.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what is missing or odd here fails a test")]

use std::sync::Arc;

use claviger_contract::{
    Contract, Deployment, DeploymentError, ExchangeCause, ExchangeRefusal, Fault, Host, Issued,
    RefusalContext, RequestView, Role, Target, parse,
};
use claviger_domain::{
    ApiId, CredentialKind, Denial, DenialReason, Environment, Presented, Principal, Timestamp, WorkspaceId,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

fn contract() -> Contract {
    let parsed =
        parse("sixth.toml", include_str!("sixth.toml")).unwrap_or_else(|d| panic!("\n{}", d.render(false)));
    assert!(parsed.warnings.is_empty());
    parsed.contract
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines.iter().map(|(n, v)| (n.parse::<HeaderName>().unwrap(), HeaderValue::from_str(v).unwrap())).collect()
}

fn view<'r>(method: &'r Method, host: &'r str, path: &'r str, headers: &'r HeaderMap) -> RequestView<'r> {
    RequestView { method, path, query: None, headers, host, address: None }
}

const CONTEXT: RefusalContext<'_> = RefusalContext {
    request_id: "r-1",
    now: Timestamp::from_seconds(0),
    limits: &[],
    host: "tides.example.org",
};

#[test]
fn the_key_is_the_password_of_basic_authentication() {
    let contract = contract();
    // "anyone:tide_abc"
    let sent = headers(&[("authorization", "Basic YW55b25lOnRpZGVfYWJj")]);
    let reading =
        contract.read(&view(&Method::GET, "tides.example.org", "/tables/north/2026", &sent)).unwrap();
    let Presented::Text { bytes, kinds } = reading.presented() else { panic!() };
    assert_eq!(bytes, b"tide_abc");
    assert!(kinds.contains(CredentialKind::Key) && !kinds.contains(CredentialKind::Token));
    assert_eq!(reading.facts().required_scopes[0].as_str(), "look");
}

#[test]
fn the_token_stands_in_a_header_of_its_own_and_is_stripped() {
    let contract = contract();
    let mut sent =
        headers(&[("x-tide-token", "Bearer t"), ("tide-customer", "forged"), ("x-auth-kind", "forged")]);
    let reading =
        contract.read(&view(&Method::POST, "tides.example.org", "/stations/7/observations", &sent)).unwrap();
    assert!(matches!(reading.presented(), Presented::Text { bytes: b"t", .. }));
    assert_eq!(reading.facts().cost.get(), 5);
    drop(reading);
    contract.strip_request(&mut sent);
    assert!(sent.is_empty());
    let principal = Principal {
        api: ApiId::from_uuid(uuid::Uuid::nil()),
        workspace: WorkspaceId::from_uuid(uuid::Uuid::nil()),
        kind: CredentialKind::Token,
        credential: "tok_1".into(),
        version: None,
        subject: None,
        client: None,
        scopes: Default::default(),
        environment: Environment::Test,
        expires_at: None,
        belongings: claviger_domain::Belongings::new(),
    };
    contract.write_identity(&principal, "r-1", &mut sent);
    assert_eq!(sent["tide-customer"], "wsp_00000000000000000000000000");
    assert_eq!(sent["tide-request"], "r-1");
    assert_eq!(sent["x-auth-environment"], "test");
}

#[test]
fn errors_are_plain_text_with_both_challenges() {
    let contract = contract();
    let response = contract.refuse(&Denial::new(DenialReason::Unknown), &CONTEXT);
    assert_eq!(
        response.body().as_ref(),
        b"TIDE-ERROR 401 who\nreason: The credential is not valid\nrequest: r-1\n"
    );
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["tide-request"], "r-1");
    let challenges: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
    assert_eq!(
        challenges,
        [
            "Basic realm=\"tides \\\"north\\\"\", charset=\"UTF-8\"",
            "Bearer realm=\"tides \\\"north\\\"\", error=\"invalid_token\""
        ]
    );
    assert_eq!(contract.fault(Fault::UpstreamTimeout, "r-1").status(), 504);
    assert_eq!(contract.refuse(&Denial::new(DenialReason::CreditsExhausted), &CONTEXT).status(), 402);
}

#[test]
fn a_cause_may_add_headers_of_its_own() {
    let mut denial = Denial::new(DenialReason::InsufficientScope);
    denial.required_scopes = Arc::from(["record".parse().unwrap()]);
    let response = contract().refuse(&denial, &CONTEXT);
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-tide-needs"], "record; not-you");
}

#[test]
fn a_login_answers_with_an_absolute_expiry_in_a_nested_body() {
    let contract = contract();
    let none = HeaderMap::new();
    let reading = contract.read(&view(&Method::PUT, "login.tides.example.org", "/session", &none)).unwrap();
    let Target::TokenEndpoint(endpoint) = reading.target else { panic!() };
    let issued = Issued {
        access_token: Some("t"),
        expires_at: Some(Timestamp::from_seconds(12)),
        ..Issued::default()
    };
    assert_eq!(
        endpoint.reply.as_ref().unwrap().render(&[issued], Timestamp::from_seconds(0)).unwrap(),
        r#"{"session":{"token":"t","kind":"tide","valid_until":12000}}"#
    );
    let refused = contract.refuse_exchange(
        endpoint,
        &ExchangeRefusal {
            cause: ExchangeCause::InvalidGrant,
            detail: Some("no such key"),
            retry_after: None,
            request_id: "r-1",
        },
    );
    assert_eq!(refused.body().as_ref(), b"TIDE-ERROR 400 who\nreason: no such key\nrequest: r-1\n");
}

#[test]
fn hosts_have_roles_and_a_public_route_needs_nothing() {
    let contract = contract();
    let none = HeaderMap::new();
    let target = |method: Method, host: &str, path: &str| match contract
        .read(&view(&method, host, path, &none))
        .unwrap()
        .target
    {
        Target::Upstream => "upstream",
        Target::Answer(_) => "answer",
        Target::Public => "public",
        Target::Unlisted => "unlisted",
        Target::TokenEndpoint(_) => "endpoint",
    };
    assert_eq!(target(Method::GET, "tides.example.org", "/status"), "public");
    assert_eq!(target(Method::GET, "login.tides.example.org", "/status"), "unlisted");
    assert_eq!(target(Method::PUT, "tides.example.org", "/session"), "unlisted");
    assert_eq!(target(Method::HEAD, "TIDES.example.org.:443", "/tables"), "upstream");
}

#[test]
fn a_deployment_puts_its_own_hosts_and_upstreams_in_place() {
    let contract = contract();
    let host =
        |name: &str, roles: &[Role]| Host { name: name.into(), roles: roles.to_vec(), environment: None };
    let mut deployment =
        Deployment { hosts: vec![host("tides.localhost", &[Role::Api, Role::Auth])], ..Default::default() };
    deployment.upstreams.insert(Environment::Live, "http://127.0.0.1:1".parse().unwrap());
    let deployed = contract.deployed(&deployment).unwrap();
    assert!(deployed.serves("tides.localhost:8080") && !deployed.serves("tides.example.org"));
    assert_eq!(deployed.upstream(Environment::Live).unwrap(), "http://127.0.0.1:1/");
    assert_eq!(deployed.upstream(Environment::Test).unwrap(), "http://10.0.0.2:9000/sandbox");
    let no_login = Deployment { hosts: vec![host("tides.localhost", &[Role::Api])], ..Default::default() };
    assert_eq!(contract.deployed(&no_login).unwrap_err(), DeploymentError::NoAuth);
}

#[test]
fn one_prefix_may_serve_both_environments_when_credentials_decide() {
    let contract = contract();
    let formats = &contract.policy().key_formats;
    assert_eq!(formats.len(), 2);
    assert!(formats.iter().all(|format| format.prefix.as_ref() == "tide_"));
}
