use serde_json::{Value, json};

use crate::client::Answer;
use crate::house::Demo;
use crate::oauth::application::Application;

const DOCUMENTS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

async fn fetch(client: &Application<'_>, path: &str) -> Answer {
    client
        .demo
        .call(&format!("GET {}{path}", client.host()))
        .header("origin", "https://x.example")
        .send()
        .await
}

#[tokio::test]
async fn bcp_57_mcp_02_03_metadata_is_at_both_names_and_its_issuer_is_the_origin() {
    let (demo, _house) = Demo::fresh().await;
    for contract in ["redpin", "example", "propertybase", "redox"] {
        let client = Application::of_demo(&demo, contract);
        for path in DOCUMENTS {
            let answer = fetch(&client, path).await;
            assert_eq!(answer.status, 200, "{contract} {path}: {answer:?}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            let document = answer.json();
            assert_eq!(document["issuer"], client.issuer(), "{contract}");
            for (name, value) in document.as_object().unwrap() {
                if name.ends_with("_endpoint") || name == "jwks_uri" {
                    let address = value.as_str().unwrap();
                    assert!(address.starts_with(&format!("{}/", client.issuer())), "{name}: {address}");
                }
            }
            let jwks = document["jwks_uri"].as_str().unwrap().strip_prefix(&client.issuer()).unwrap();
            let keys = fetch(&client, jwks).await;
            assert_eq!(keys.status, 200, "{contract}");
            assert!(keys.json()["keys"].is_array());
            assert!(!keys.text().contains("\"d\""), "no private part");
        }
    }
}

#[tokio::test]
async fn bcp_24_mcp_04_08_11_metadata_says_what_is_true() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let document = fetch(&client, DOCUMENTS[1]).await.json();
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["response_types_supported"], json!(["code"]));
    let has = |member: &str, value: &str| {
        document[member].as_array().unwrap_or_else(|| panic!("{member}")).contains(&Value::from(value))
    };
    for scope in ["openid", "profile", "email", "offline_access", "read", "write"] {
        assert!(has("scopes_supported", scope), "{scope}");
    }
    for algorithm in ["RS256", "ES256", "EdDSA", "PS256"] {
        assert!(has("id_token_signing_alg_values_supported", algorithm), "{algorithm}");
    }
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "end_session_endpoint",
        "registration_endpoint",
    ] {
        assert!(document[member].is_string(), "{member}");
    }
    assert_eq!(document["request_parameter_supported"], false);
    let redpin = fetch(&Application::of_demo(&demo, "redpin"), DOCUMENTS[0]).await.json();
    assert!(redpin.get("authorization_endpoint").is_none(), "{redpin}");
    assert!(redpin["token_endpoint"].as_str().unwrap().ends_with("/auth/oauth/v2/token"));
    assert_eq!(redpin["grant_types_supported"], json!(["client_credentials"]));
}

#[tokio::test]
async fn mcp_24_25_a_challenge_leads_to_the_resources_metadata() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let refused = demo.call(&format!("GET {}/v1/users", client.host())).send().await;
    let challenge = refused.header("www-authenticate").to_owned();
    let address = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = address.strip_prefix(&client.issuer()).unwrap();
    let document = fetch(&client, path).await.json();
    assert_eq!(document["resource"], client.issuer());
    assert_eq!(document["authorization_servers"], json!([client.issuer()]));
    let inserted = fetch(&client, "/.well-known/oauth-protected-resource/v1/users").await;
    assert_eq!(inserted.status, 200, "{inserted:?}");
    let reader = client.tokens("read").await;
    let lacking = client.call("POST /v1/users", reader["access_token"].as_str().unwrap()).await;
    let challenge = lacking.header("www-authenticate");
    assert!(challenge.contains("insufficient_scope") && challenge.contains("scope=\"write\""), "{challenge}");
}
