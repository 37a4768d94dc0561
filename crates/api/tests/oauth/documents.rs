use serde_json::json;

use crate::house::{House, ISSUER};

const SERVER: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const RESOURCE: &str = "/.well-known/oauth-protected-resource";

#[tokio::test]
async fn mcp_02_03_bcp_57_both_names_hold_the_same_document_of_the_issuer() {
    let house = House::new().await;
    let (server, openid) = (house.get(SERVER).await, house.get(OPENID).await);
    assert_eq!((server.status, &server.text), (200, &openid.text));
    assert_eq!(server.header("content-type"), "application/json");
    assert_eq!(server.header("cache-control"), "public, max-age=300");
    let document = server.json();
    assert_eq!(document["issuer"], ISSUER);
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("jwks_uri", "/.well-known/jwks.json"),
        ("registration_endpoint", "/oauth/register"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("pushed_authorization_request_endpoint", "/oauth/par"),
        ("device_authorization_endpoint", "/oauth/device_authorization"),
        ("userinfo_endpoint", "/v1/me"),
        ("end_session_endpoint", "/oauth/logout"),
    ] {
        assert_eq!(document[name], format!("{ISSUER}{path}"), "{name}");
    }
}

#[tokio::test]
async fn mcp_04_08_11_bcp_18_24_what_clients_look_for_is_there() {
    let document = House::new().await.get(SERVER).await.json();
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    let scopes: Vec<&str> =
        document["scopes_supported"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    for scope in ["read:properties", "admin", "openid", "profile", "email", "offline_access"] {
        assert!(scopes.contains(&scope), "{scope}");
    }
    let grants = document["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("urn:ietf:params:oauth:grant-type:device_code")), "{grants:?}");
}

#[tokio::test]
async fn an_api_of_machines_says_what_is_true_of_it() {
    let house = House::of("redpin").await;
    let document = house.get(OPENID).await.json();
    assert_eq!(document["issuer"], "http://redpin.localhost:8080");
    assert_eq!(document["token_endpoint"], "http://redpin.localhost:8080/auth/oauth/v2/token");
    assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(document["response_types_supported"], json!([]));
    for name in ["authorization_endpoint", "registration_endpoint", "userinfo_endpoint", "scopes_supported"] {
        assert_eq!(document.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn mcp_24_the_api_and_each_path_of_it_is_a_resource_of_the_issuer() {
    let house = House::new().await;
    for path in ["", "/v1/properties"] {
        let document = house.get(&format!("{RESOURCE}{path}")).await.json();
        assert_eq!(document["resource"], format!("{ISSUER}{path}"));
        assert_eq!(document["authorization_servers"], json!([ISSUER]));
        assert_eq!(document["bearer_methods_supported"], json!(["header"]));
    }
}
