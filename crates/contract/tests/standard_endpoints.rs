//! The endpoints that come with every OAuth token endpoint.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what is missing or odd here fails a test")]

use claviger_contract::{Contract, Deployment, Purpose, RequestView, Target, parse};
use http::{HeaderMap, Method};

const HEAD: &str = r#"
name = "a"
title = "A"
[[host]]
name = "a.test"
roles = ["api", "auth"]
[[host]]
name = "api.test"
roles = ["api"]
[[credential]]
in = "bearer"
kinds = ["token"]
[tokens.access]
shape = "opaque"
lifetime = "1h"
[[route]]
method = "*"
path = "/**"
"#;

const TOKEN: &str = r#"
[[endpoint]]
purpose = "token"
path = "/token"
clients = ["client_secret_basic", "none"]
[[endpoint.grant]]
type = "client-credentials"
"#;

const AUTHORIZE: &str = r#"
[[endpoint]]
purpose = "authorize"
path = "/authorize"
"#;

fn contract(more: &str) -> Contract {
    parsed(more).0
}

/// The contract and its warnings.
fn parsed(more: &str) -> (Contract, Vec<String>) {
    let parsed = parse("a.toml", &format!("{HEAD}{more}")).unwrap_or_else(|d| panic!("\n{d}"));
    (parsed.contract, parsed.warnings.iter().map(ToString::to_string).collect())
}

fn purpose_at(contract: &Contract, line: &str, host: &str) -> Option<Purpose> {
    let (method, path) = line.split_once(' ').unwrap();
    contract.find_endpoint(&method.parse().unwrap(), path, host).map(|endpoint| endpoint.purpose)
}

#[test]
fn bcp_57_a_token_endpoint_brings_the_endpoints_of_machines() {
    let contract = contract(TOKEN);
    for (line, purpose) in [
        ("POST /oauth/introspect", Purpose::Introspect),
        ("POST /oauth/revoke", Purpose::Revoke),
        ("POST /oauth/register", Purpose::Register),
        ("PUT /oauth/register/cli_x", Purpose::Registration),
        ("GET /.well-known/jwks.json", Purpose::Jwks),
        ("GET /.well-known/oauth-authorization-server", Purpose::ServerMetadata),
        ("GET /.well-known/openid-configuration", Purpose::OpenIdMetadata),
        ("GET /.well-known/oauth-protected-resource", Purpose::ResourceMetadata),
        ("GET /.well-known/oauth-protected-resource/v1/users", Purpose::ResourceMetadata),
    ] {
        assert_eq!(purpose_at(&contract, line, "a.test"), Some(purpose), "{line}");
        assert_eq!(purpose_at(&contract, line, "api.test"), None, "{line}");
    }
    for line in
        ["POST /oauth/par", "POST /oauth/userinfo", "GET /oauth/logout", "POST /oauth/device_authorization"]
    {
        assert_eq!(purpose_at(&contract, line, "a.test"), None, "{line}");
    }
}

#[test]
fn users_bring_the_endpoints_of_users() {
    let contract = contract(&format!("{TOKEN}[[endpoint.grant]]\ntype = \"device-code\"\n{AUTHORIZE}"));
    for (line, purpose) in [
        ("POST /oauth/par", Purpose::Push),
        ("POST /oauth/device_authorization", Purpose::Device),
        ("GET /oauth/userinfo", Purpose::Userinfo),
        ("POST /oauth/logout", Purpose::SignOutPage),
        ("POST /authorize", Purpose::Authorize),
    ] {
        assert_eq!(purpose_at(&contract, line, "a.test"), Some(purpose), "{line}");
    }
}

#[test]
fn without_a_token_endpoint_there_is_none() {
    let contract = contract("");
    assert!(contract.token_endpoints().is_empty());
    assert_eq!(purpose_at(&contract, "GET /.well-known/jwks.json", "a.test"), None);
    assert_eq!(contract.resource_metadata(), None);
}

#[test]
fn bcp_34_a_standard_endpoint_is_found_whatever_the_method() {
    let contract = contract(TOKEN);
    assert_eq!(purpose_at(&contract, "GET /token", "a.test"), Some(Purpose::Token));
    assert_eq!(purpose_at(&contract, "DELETE /oauth/revoke", "a.test"), Some(Purpose::Revoke));
    assert_eq!(contract.endpoint_for(Purpose::Token).unwrap().methods(), [Method::POST]);
    assert_eq!(contract.endpoint_for(Purpose::Jwks).unwrap().methods(), [Method::GET, Method::HEAD]);
}

#[test]
fn a_file_moves_an_endpoint_by_naming_it() {
    let (contract, warnings) = parsed(&format!(
        "{TOKEN}[[endpoint]]\npurpose = \"jwks\"\npath = \"/keys\"\n[[endpoint]]\npurpose = \"register\"\npath = \"/apps\"\n"
    ));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(purpose_at(&contract, "GET /keys", "a.test"), Some(Purpose::Jwks));
    assert_eq!(purpose_at(&contract, "GET /.well-known/jwks.json", "a.test"), None);
    assert_eq!(purpose_at(&contract, "GET /apps/x", "a.test"), Some(Purpose::Registration));
    assert_eq!(contract.address_for(Purpose::Jwks).unwrap(), "https://a.test/keys");
}

#[test]
fn a_route_at_a_standard_path_gives_way_with_a_warning() {
    let routes = "[[route]]\nmethod = \"GET\"\npath = [\"/oauth/revoke\", \"/.well-known/oauth-protected-resource/x\"]\n";
    let (contract, warnings) = parsed(&format!("{routes}{TOKEN}"));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings.iter().any(|line| line.contains("`/oauth/revoke` is an endpoint of OAuth")),
        "{warnings:?}"
    );
    assert_eq!(purpose_at(&contract, "GET /oauth/revoke", "a.test"), Some(Purpose::Revoke));
    let headers = HeaderMap::new();
    let view = |host| RequestView {
        method: &Method::GET,
        path: "/oauth/revoke",
        query: None,
        headers: &headers,
        host,
        address: None,
    };
    // Where there are no token endpoints, the route is what it was.
    assert!(matches!(contract.read(&view("api.test")).unwrap().target, Target::Upstream));
    assert!(matches!(contract.read(&view("a.test")).unwrap().target, Target::TokenEndpoint(_)));
}

#[test]
fn addresses_are_those_of_the_issuer() {
    let issuer = Some("http://a.test:8080".to_owned());
    let contract = contract(TOKEN).deployed(&Deployment { issuer, ..Deployment::default() }).unwrap();
    assert_eq!(contract.address_for(Purpose::Token).unwrap(), "http://a.test:8080/token");
    assert_eq!(
        contract.resource_metadata().unwrap(),
        "http://a.test:8080/.well-known/oauth-protected-resource"
    );
}

#[test]
fn an_asker_of_introspection_proves_itself() {
    let contract = contract(TOKEN);
    let methods = |purpose| {
        let endpoint = contract.endpoint_for(purpose).unwrap();
        endpoint.clients.iter().map(|method| method.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(methods(Purpose::Introspect), ["client_secret_basic"]);
    assert_eq!(methods(Purpose::Revoke), ["client_secret_basic", "none"]);
}
