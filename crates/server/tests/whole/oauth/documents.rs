//! The OAuth halves of redpin's, example's and propertybase's documents, sent as they stand there.

use serde_json::{Value, json};

use super::application::{Application, claims, header, text};
use super::person::encode;
use crate::client::Call;
use crate::house::Demo;

#[tokio::test]
async fn redpins_partner_gets_a_token_by_client_credentials_and_uses_it() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "redpin");
    let secret = client.secret.clone().unwrap();
    // In the body, as the document has it.
    let form = encode(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client.id),
        ("client_secret", &secret),
    ]);
    let answer = Call::new(demo.address, &format!("POST {}/auth/oauth/v2/token", client.host()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(3600)));
    let token = text(&body, "access_token");
    assert_eq!(header(token)["alg"], "HS256");
    assert_eq!(client.call("GET /v1/customers/7/sessions", token).await.status, 200);
    // Partner routes take the key only.
    let refused = client.call("POST /v1/property-fees", token).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("UNAUTHORIZED")));
    let expired = client.call("GET /v1/customers/7/sessions", demo.fact("redpin", "expired_token")).await;
    assert_eq!((expired.status, &expired.json()["code"]), (401, &json!("UNAUTHORIZED")));
    assert!(text(&expired.json(), "description").contains("expired"));
}

#[tokio::test]
async fn examples_application_gets_a_token_for_a_user_who_consents() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let code = client.code(&[("scope", "read write")]).await;
    let secret = client.secret.clone().unwrap();
    let form = encode(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &client.redirect_uri),
        ("client_id", &client.id),
        ("client_secret", &secret),
    ]);
    let answer = Call::new(demo.address, &format!("POST {}/oauth/token", client.host()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(86400)));
    let token = text(&body, "access_token");
    assert_eq!((&header(token)["alg"], &header(token)["typ"]), (&json!("HS256"), &json!("JWT")));
    let names: Vec<String> = claims(token).as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["sub", "iat", "exp", "scope"], "exactly the document's claims");
    assert_eq!(claims(token)["scope"], "read write");
    assert_eq!(client.call("GET /v1/users", token).await.status, 200);
    assert_eq!(client.write("/v1/users", token).await.status, 201);

    let reader = client.tokens("read").await;
    let refused = client.write("/v1/users", text(&reader, "access_token")).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (403, &json!("insufficient_scope")));
    let expired = client.call("GET /v1/users", demo.fact("example", "expired_token")).await;
    assert_eq!((expired.status, &expired.json()["error"]["code"]), (401, &json!("expired_token")));
}

/// A request in JSON, as propertybase's document has it.
async fn json_token(client: &Application<'_>, members: &[(&str, &str)]) -> Value {
    let mut body = json!({"client_id": client.id, "client_secret": client.secret});
    for (name, value) in members {
        body[*name] = (*value).into();
    }
    let call = Call::new(client.demo.address, &format!("POST {}/oauth/token", client.host()));
    let answer = call.json(&body).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[tokio::test]
async fn propertybases_application_trades_and_refreshes_in_json() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "propertybase");
    let code = client.code(&[("scope", "read:leads write:leads")]).await;
    let bought = json_token(
        &client,
        &[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &client.redirect_uri)],
    )
    .await;
    let names: Vec<&str> = bought.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "refresh_token", "scope"]);
    assert_eq!((&bought["token_type"], &bought["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(bought["scope"], "read:leads write:leads");
    let token = text(&bought, "access_token");
    assert_eq!(header(token)["alg"], "RS256");
    assert_eq!(client.call("GET /v1/leads", token).await.status, 200);
    let refused = client.call("GET /v1/properties", token).await;
    let body = json!({"error": {"code": "FORBIDDEN", "message": "Insufficient permissions"}});
    assert_eq!((refused.status, refused.json()), (403, body));

    let refresh = text(&bought, "refresh_token");
    let renewed = json_token(&client, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
    assert_ne!(renewed["access_token"], bought["access_token"]);
    assert_eq!(client.call("GET /v1/leads", text(&renewed, "access_token")).await.status, 200);

    let me = client.call("GET /v1/me", text(&renewed, "access_token")).await;
    assert_eq!((me.status, &me.json()["sub"]), (200, &claims(token)["sub"]));
    let expired = client.call("GET /v1/leads", demo.fact("propertybase", "expired_token")).await;
    let body = json!({"error": {"code": "UNAUTHORIZED", "message": "Invalid or expired token"}});
    assert_eq!((expired.status, expired.json()), (401, body));
}
