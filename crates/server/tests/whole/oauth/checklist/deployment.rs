use serde_json::json;

use crate::house::Demo;
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
