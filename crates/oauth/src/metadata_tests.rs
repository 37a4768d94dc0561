use super::*;
use serde_json::{Value, json};

const ISSUER: &str = "https://a.test";

fn addresses() -> Addresses {
    let at = |path: &str| Some(format!("{ISSUER}{path}"));
    Addresses {
        authorization: at("/authorize"),
        token: at("/token"),
        jwks: at("/jwks"),
        registration: at("/register"),
        introspection: at("/introspect"),
        revocation: at("/revoke"),
        pushed_authorization: at("/par"),
        device_authorization: at("/device"),
        userinfo: at("/userinfo"),
        end_session: at("/logout"),
    }
}

fn document(addresses: &Addresses) -> Value {
    let server = Server {
        issuer: ISSUER,
        scopes: &ScopeCatalog::default(),
        addresses,
        grants: &[GrantType::ClientCredentials],
        clients: &[ClientAuthentication::PrivateKeyJwt, ClientAuthentication::None],
        revoking_clients: &[ClientAuthentication::None],
        introspecting_clients: &[ClientAuthentication::SecretBasic],
        assertion_algorithms: &[Algorithm::Es256],
        documentation: None,
    };
    serde_json::to_value(ServerMetadata::of(&server)).unwrap()
}

fn without_users() -> Addresses {
    Addresses {
        authorization: None,
        registration: None,
        pushed_authorization: None,
        device_authorization: None,
        userinfo: None,
        end_session: None,
        ..addresses()
    }
}

#[test]
fn mcp_02_03_bcp_57_every_endpoint_stands_at_the_issuer() {
    let document = document(&addresses());
    assert_eq!(document["issuer"], ISSUER);
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("jwks_uri", "/jwks"),
        ("registration_endpoint", "/register"),
        ("introspection_endpoint", "/introspect"),
        ("revocation_endpoint", "/revoke"),
        ("pushed_authorization_request_endpoint", "/par"),
        ("device_authorization_endpoint", "/device"),
        ("userinfo_endpoint", "/userinfo"),
        ("end_session_endpoint", "/logout"),
    ] {
        assert_eq!(document[name], format!("{ISSUER}{path}"), "{name}");
    }
}

#[test]
fn mcp_04_bcp_24_s256_is_listed_and_nothing_else() {
    assert_eq!(document(&addresses())["code_challenge_methods_supported"], json!(["S256"]));
}

#[test]
fn mcp_08_bcp_18_the_issuer_in_responses_is_announced() {
    assert_eq!(document(&addresses())["authorization_response_iss_parameter_supported"], true);
}

#[test]
fn mcp_11_the_scopes_of_users_are_listed() {
    let document = document(&addresses());
    assert_eq!(document["scopes_supported"], json!(["openid", "profile", "email", "offline_access"]));
}

#[test]
fn bcp_12_only_codes_are_offered() {
    let document = document(&addresses());
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query", "form_post"]));
    assert_eq!(document["request_parameter_supported"], false);
    assert_eq!(document["request_uri_parameter_supported"], false);
}

#[test]
fn algorithms_are_listed_where_an_assertion_is_taken() {
    let document = document(&addresses());
    assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["private_key_jwt", "none"]));
    assert_eq!(document["token_endpoint_auth_signing_alg_values_supported"], json!(["ES256"]));
    assert_eq!(document.get("revocation_endpoint_auth_signing_alg_values_supported"), None);
    assert_eq!(document["introspection_endpoint_auth_methods_supported"], json!(["client_secret_basic"]));
    assert_eq!(document["id_token_signing_alg_values_supported"][0], "RS256");
}

#[test]
fn an_api_without_users_says_nothing_of_them() {
    let document = document(&without_users());
    assert_eq!(document["response_types_supported"], json!([]));
    for name in [
        "authorization_endpoint",
        "registration_endpoint",
        "userinfo_endpoint",
        "scopes_supported",
        "code_challenge_methods_supported",
        "prompt_values_supported",
    ] {
        assert_eq!(document.get(name), None, "{name}");
    }
    assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
}

#[test]
fn mcp_24_a_resource_names_its_issuer() {
    let scopes = ScopeCatalog::default();
    let metadata =
        ResourceMetadata::of("https://a.test/v1", ISSUER, &scopes, ("A", Some("https://docs.test")));
    assert_eq!(
        serde_json::to_value(metadata).unwrap(),
        json!({
            "resource": "https://a.test/v1",
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "RS256", "PS256", "ES384", "RS384"],
            "resource_name": "A",
            "resource_documentation": "https://docs.test",
        })
    );
}
