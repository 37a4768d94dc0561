use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

const NOBODY: &str = "/v1/users/acc_00000000000000000000000000";

/// Makes a user that differs from the usual one in these members.
async fn user(harness: &Harness, members: Value) -> Reply {
    let mut body = json!({"api": "sample", "email": "ada@example.com", "password": "four slow grey horses"});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    harness.post("/v1/users", body).await
}

#[tokio::test]
async fn a_user_is_made_read_and_changed() {
    let harness = Harness::new().await;
    let workspace = harness.workspace().await;
    let made =
        user(&harness, json!({"email_verified": true, "name": "Ada Lovelace", "workspace": workspace})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/v1/users/{}", made.text("/id"));
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!(
        (&made.body["email"], &made.body["email_verified"]),
        (&json!("ada@example.com"), &json!(true))
    );
    assert_eq!((&made.body["api"], &made.body["workspace"]), (&json!("sample"), &json!(workspace)));
    assert!(!made.body.to_string().contains("horses"));
    assert_eq!(harness.get(&path).await.body, made.body);
    assert_eq!(harness.get("/v1/users?api=sample").await.body["data"], json!([made.body]));

    let changed =
        harness.patch(&path, json!({"given_name": "Ada", "workspace": null, "scopes": ["read"]})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!((&changed.body["name"], &changed.body["given_name"]), (&json!("Ada Lovelace"), &json!("Ada")));
    assert_eq!((&changed.body["workspace"], &changed.body["scopes"]), (&Value::Null, &json!(["read"])));
}

#[tokio::test]
async fn an_address_is_taken_once() {
    let harness = Harness::new().await;
    assert_eq!(user(&harness, json!({})).await.status, 201);
    let again = user(&harness, json!({"email": "ADA@example.com"})).await;
    again.is_problem(409, "email_taken").blames("pointer", "/email");
}

#[tokio::test]
async fn a_user_is_disabled_enabled_signed_out_and_deleted() {
    let harness = Harness::new().await;
    let path = format!("/v1/users/{}", user(&harness, json!({})).await.text("/id"));
    let disabled = harness.act(&format!("{path}/disable")).await;
    assert_eq!((disabled.status, &disabled.body["state"]), (200, &json!("disabled")));
    let enabled = harness.act(&format!("{path}/enable")).await;
    assert_eq!((enabled.status, &enabled.body["state"]), (200, &json!("active")));
    let out = harness.act(&format!("{path}/sign-out")).await;
    assert_eq!((out.status, &out.body["ended_sessions"]), (200, &json!(0)));
    let sessions = harness.get(&format!("{path}/sessions")).await;
    assert_eq!((sessions.status, &sessions.body["data"]), (200, &json!([])));
    let nobodys = harness.act(&format!("{path}/sessions/ses_00000000000000000000000000/end")).await;
    nobodys.is_problem(404, "not_found");
    harness.act(&format!("{path}/sessions/x/end")).await.is_problem(404, "not_found");
    assert_eq!(harness.delete(&path).await.status, 204);
    harness.get(&path).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_user_that_is_not_there_is_not_found() {
    let harness = Harness::new().await;
    harness.get(NOBODY).await.is_problem(404, "not_found");
    harness.get(&format!("{NOBODY}/sessions")).await.is_problem(404, "not_found");
    harness.patch(NOBODY, json!({})).await.is_problem(404, "not_found");
    harness.delete(NOBODY).await.is_problem(404, "not_found");
    for action in ["disable", "enable", "sign-out"] {
        harness.act(&format!("{NOBODY}/{action}")).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_mistake_is_blamed_where_it_is_and_no_password_repeated() {
    let harness = Harness::new().await;
    for (member, bad) in [
        ("email", json!("ada")),
        ("password", json!("hunter2hunter2")),
        ("password", json!("correcthorse\u{0}x".repeat(20))),
        ("name", json!("\n")),
        ("locale", json!("de_CH")),
        ("scopes", json!("read")),
        ("role", json!("admin")),
    ] {
        let refused = user(&harness, json!({member: bad})).await;
        refused.is_problem(400, "invalid_body").blames("pointer", &format!("/{member}"));
        assert!(!refused.body.to_string().contains("hunter2"), "{refused:?}");
    }
    user(&harness, json!({"api": "nowhere"})).await.is_problem(400, "unknown_api").blames("pointer", "/api");
    harness.get("/v1/users").await.is_problem(400, "invalid_parameter");
}
