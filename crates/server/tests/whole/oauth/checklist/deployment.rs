use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};

use crate::house::{Demo, House};
use crate::oauth::application::Application;

#[tokio::test]
async fn bcp_59_forwarded_headers_from_outside_change_nothing() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let answer = demo
        .call(&format!("GET {}/.well-known/oauth-authorization-server", client.host()))
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example;proto=https")
        .send()
        .await;
    assert_eq!(answer.json()["issuer"], client.issuer());
    assert!(!answer.text().contains("evil"));
}

/// Every address in a document of metadata.
fn addresses(document: &Value) -> Vec<&str> {
    let members = document.as_object().unwrap().iter();
    let is_address = |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
    members.filter(|(name, _)| is_address(name)).map(|(_, value)| value.as_str().unwrap()).collect()
}

#[tokio::test]
async fn bcp_58_mcp_12_behind_https_every_endpoint_is_https_and_stays_so() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let house = house.with("SERVER__CONTROL_ORIGINS", r#"["https://auth.example.com"]"#);
    let house = house.with("SERVER__TRUSTED_PROXIES", r#"["127.0.0.0/8"]"#);
    house.write("contracts/example.toml", include_str!("../../../../../../contracts/example.toml"));
    let server = house.serve().await;
    let ask = async |path: &str, proto: &str| {
        server.call(&format!("GET example.localhost{path}")).header("x-forwarded-proto", proto).send().await
    };
    for name in ["openid-configuration", "oauth-authorization-server"] {
        let answer = ask(&format!("/.well-known/{name}"), "https").await;
        let document = answer.json();
        let addresses = addresses(&document);
        assert!(addresses.len() > 8, "{document}");
        assert!(
            addresses.iter().all(|address| address.starts_with("https://example.localhost")),
            "{document}"
        );
    }
    for path in
        ["/.well-known/jwks.json", "/sign-in", "/oauth/authorize", "/oauth/userinfo", "/v1/users", "/nowhere"]
    {
        let answer = ask(path, "https").await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{path}: {answer:?}");
        let plain = ask(path, "http").await;
        assert_eq!(
            plain.header("strict-transport-security"),
            "",
            "said over plain HTTP it means nothing: {path}"
        );
    }
    let page = ask("/sign-in", "https").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn bcp_59_only_a_trusted_proxy_says_that_somebody_came_by_https() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let call = demo.call(&format!("GET {}/v1/echo", client.host())).bearer(demo.fact("example", "live_key"));
    let forged = call
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "203.0.113.7")
        .header("client-cert", ":MIIB:")
        .header("x-forwarded-client-cert", "Hash=1;Subject=\"CN=admin\"")
        .header("x-ssl-client-verify", "SUCCESS")
        .send()
        .await;
    assert_eq!((forged.status, forged.header("strict-transport-security")), (200, ""), "{forged:?}");
    let seen = &forged.json()["headers"];
    assert_eq!((&seen["x-forwarded-proto"], &seen["x-forwarded-for"]), (&json!("http"), &json!("127.0.0.1")));
    for name in ["client-cert", "x-forwarded-client-cert", "x-ssl-client-verify"] {
        assert_eq!(seen[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn bcp_60_cors_is_for_origins_of_registered_applications() {
    let (demo, _house) = Demo::fresh().await;
    let spa = Application::registered(
        &demo,
        "example",
        &json!({"token_endpoint_auth_method": "none", "redirect_uris": ["https://spa.example.com/callback"]}),
    )
    .await;
    let preflight = async |path: &str, origin: &'static str| {
        let call = demo.call(&format!("OPTIONS {}{path}", spa.host()));
        let call = call.header("origin", origin).header("access-control-request-method", "POST");
        call.header("access-control-request-headers", "content-type,authorization").send().await
    };
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/userinfo"] {
        let known = preflight(path, "https://spa.example.com").await;
        assert_eq!(
            known.header("access-control-allow-origin"),
            "https://spa.example.com",
            "{path}: {known:?}"
        );
        let unknown = preflight(path, "https://elsewhere.example").await;
        assert_eq!(unknown.header("access-control-allow-origin"), "", "{path}");
    }
    let answer = demo
        .call(&format!("POST {}/oauth/token", spa.host()))
        .header("origin", "https://spa.example.com")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=nonsense")
        .send()
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example.com");
}

#[tokio::test]
async fn bcp_58_the_doctor_warns_of_an_issuer_in_clear() {
    let upstream = Upstream::echoing().await.unwrap();
    let contract = include_str!("../../../../../../contracts/example.toml");
    for (origin, host, verdict) in [
        ("http://auth.example.com", "api.example.com", "warning"),
        ("https://auth.example.com", "api.example.com", "ok"),
        ("http://127.0.0.1:8080", "example.localhost", "ok"),
    ] {
        let house = House::new(upstream.address()).await;
        let house = house.with("SERVER__CONTROL_ORIGINS", format!("[\"{origin}\"]"));
        house.write("contracts/example.toml", &contract.replace("example.localhost", host));
        let report = house.run(&["doctor", "--json"]).await.json();
        let checks = report["checks"].as_array().unwrap();
        let issuer = checks.iter().find(|check| check["check"] == "issuer of example");
        assert_eq!(issuer.map(|check| &check["verdict"]), Some(&json!(verdict)), "{origin} {host}: {report}");
    }
}
