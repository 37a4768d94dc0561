//! brifle's three logins, and the browser sessions of propertybase.

use serde_json::{Value, json};

use crate::demo::{Answer, Demo};

const FAILED: &str = r#"{"code":40101,"message":"login failed","status":401}"#;

async fn brifle(demo: &Demo, body: &Value) -> Answer {
    demo.post("brifle", "/auth/login", &body.to_string()).await
}

/// The user and the client of the demo, with a session.
fn logins(demo: &Demo, session: &str) -> [Value; 3] {
    let fact = |field| demo.fact("brifle", field);
    [
        json!({"api_key": fact("api_key"), "session_id": session}),
        json!({"username": fact("username"), "password": fact("password"), "session_id": session}),
        json!({"client_id": fact("client_id"), "client_secret": fact("client_secret"), "session_id": session}),
    ]
}

fn token_of(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn brifles_three_logins_answer_alike_and_again_the_same() {
    let demo = Demo::start().await;
    for body in logins(&demo, "office") {
        let first = brifle(&demo, &body).await;
        let token = token_of(&first);
        assert_eq!(first.status, 200);
        assert_eq!(
            first.body,
            format!(r#"{{"access_token":"{token}","expires_in":7200,"token_type":"Bearer"}}"#)
        );
        assert_eq!(token_of(&brifle(&demo, &body).await), token);
        assert_eq!(demo.get("brifle", "/v1/documents", &token).await.status, 200);
        let mut other = body.clone();
        other["session_id"] = "home".into();
        let other = token_of(&brifle(&demo, &other).await);
        assert_ne!(other, token);
        let listed = demo.get("brifle", "/auth/sessions", &token).await.json();
        let names: Vec<_> = listed["sessions"].as_array().unwrap().iter().map(|s| &s["session_id"]).collect();
        assert_eq!(names, ["home", "office"]);
        let ended = demo.send("brifle", "DELETE /auth/sessions/home", Some(&token), None).await;
        assert_eq!((ended.status, ended.body.as_str()), (204, ""));
        assert_eq!(demo.get("brifle", "/v1/documents", &other).await.status, 401);
        let logout = demo.post("brifle", "/auth/logout", &json!({"token": token}).to_string()).await;
        assert_eq!((logout.status, logout.body.as_str()), (200, "{}"));
        assert_eq!(demo.get("brifle", "/v1/documents", &token).await.status, 401);
        assert_ne!(token_of(&brifle(&demo, &body).await), token);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn brifles_logins_fail_alike() {
    let demo = Demo::start().await;
    let (name, id) = (demo.fact("brifle", "username"), demo.fact("brifle", "client_id"));
    for body in [
        json!({"username": name, "password": "wrong"}),
        json!({"username": "nobody@brifle.localhost", "password": "wrong"}),
        json!({"username": "nobody", "password": "wrong"}),
        json!({"client_id": id, "client_secret": "wrong"}),
        json!({"client_id": "nobody", "client_secret": demo.fact("brifle", "client_secret")}),
        json!({"client_id": id, "client_secret": demo.fact("brifle", "api_key")}),
    ] {
        let answer = brifle(&demo, &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, FAILED), "{body}");
    }
    let lonely = brifle(&demo, &json!({"username": name})).await;
    assert_eq!(lonely.json()["code"], 40_006);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sessions_name_is_never_logged() {
    let demo = Demo::start().await;
    let [by_key, ..] = logins(&demo, "secret-name");
    let token = token_of(&brifle(&demo, &by_key).await);
    for path in ["secret-name", "secret-name/", "secret-name/more", "secret-name%zz", "secret-name%2F"] {
        for method in ["GET", "DELETE", "POST"] {
            for token in [Some(token.as_str()), None] {
                demo.send("brifle", &format!("{method} /auth/sessions/{path}"), token, None).await;
                demo.send("brifle", &format!("{method} /v1/auth/sessions/{path}"), token, None).await;
            }
        }
    }
    assert!(!demo.log().contains("secret-name"), "{}", demo.log());
}

const SESSION: &str = "/auth/session";

async fn sign_in(demo: &Demo, more: &Value, fields: &[(&str, &str)]) -> Answer {
    let user = |field| demo.fact_in("propertybase", "user", field);
    let mut body = json!({"email": user("email"), "password": user("password")});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    demo.browse("propertybase", &format!("POST {SESSION}"), fields, Some(&body.to_string())).await
}

/// `name=value` of the cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn call(demo: &Demo, line: &str, fields: &[(&str, &str)]) -> Answer {
    demo.browse("propertybase", line, fields, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_to_propertybase_and_out() {
    let demo = Demo::start().await;
    let answer = sign_in(&demo, &json!({}), &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"expires_in":86400}"#));
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = cookie_of(&answer);
    let text = cookie.strip_prefix("pb_session=").unwrap();
    assert_eq!(
        answer.header("set-cookie"),
        format!("{cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400")
    );
    let with_cookie = [("cookie", cookie.as_str())];
    let me = call(&demo, "GET /v1/me", &with_cookie).await;
    assert_eq!((me.status, &me.json()["type"]), (200, &json!("session")));
    assert_eq!(demo.get("propertybase", "/v1/me", text).await.json(), me.json());
    let foreign = [with_cookie[0], ("origin", "https://evil.example")];
    for refused in [&with_cookie[..], &foreign, &[with_cookie[0], ("sec-fetch-site", "cross-site")]] {
        for line in ["POST /v1/echo", "DELETE /auth/session"] {
            let answer = call(&demo, line, refused).await;
            assert_eq!((answer.status, &answer.json()["error"]["code"]), (403, &json!("FORBIDDEN")));
        }
    }
    let origin = demo.fact("propertybase", "origin").to_owned();
    let own = [with_cookie[0], ("origin", origin.as_str())];
    assert_eq!(call(&demo, "POST /v1/echo", &own).await.status, 200);
    let same = [with_cookie[0], ("sec-fetch-site", "same-origin")];
    assert_eq!(call(&demo, "POST /v1/echo", &same).await.status, 200);
    assert_eq!(demo.send("propertybase", "POST /v1/echo", Some(text), None).await.status, 200, "no cookie");
    let out = call(&demo, "DELETE /auth/session", &own).await;
    assert_eq!((out.status, out.body.as_str()), (204, ""));
    assert_eq!(out.header("set-cookie"), "pb_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_eq!(call(&demo, "GET /v1/me", &with_cookie).await.status, 401);
    assert_eq!(demo.get("propertybase", "/v1/me", text).await.status, 401);
    assert_eq!(call(&demo, "DELETE /auth/session", &own).await.status, 204, "twice is fine");
    assert_eq!(call(&demo, "DELETE /auth/session", &[]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_session_comes_when_it_is_asked_for() {
    let demo = Demo::start().await;
    let answer = sign_in(&demo, &json!({"return_token": true}), &[]).await;
    let cookie = cookie_of(&answer);
    let text = cookie.strip_prefix("pb_session=").unwrap();
    assert_eq!(answer.body, format!(r#"{{"session_token":"{text}","expires_in":86400}}"#));
    assert_eq!(demo.get("propertybase", "/v1/me", text).await.status, 200);
    assert_eq!(demo.send("propertybase", "DELETE /auth/session", Some(text), None).await.status, 204);
    assert_eq!(demo.get("propertybase", "/v1/me", text).await.status, 401);
    let unread = sign_in(&demo, &json!({"return_token": 7}), &[]).await;
    assert_eq!((unread.status, &unread.json()["error"]["code"]), (400, &json!("INVALID_FORMAT")));
    for wrong in [json!({"password": "wrong"}), json!({"email": "nobody@x.localhost"}), json!({"email": "x"})]
    {
        let refused = sign_in(&demo, &wrong, &[]).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (401, ""));
        assert_eq!(refused.json()["error"]["code"], "UNAUTHORIZED");
    }
    let foreign = sign_in(&demo, &json!({}), &[("origin", "https://evil.example")]).await;
    assert_eq!((foreign.status, foreign.header("set-cookie")), (403, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_listed_at_the_account_and_ended_by_the_operator() {
    let demo = Demo::start().await;
    let [one, two] = [sign_in(&demo, &json!({}), &[]).await, sign_in(&demo, &json!({}), &[]).await];
    let [one, two] = [cookie_of(&one), cookie_of(&two)];
    // The same session opens the pages, whose cookie has a name of its own.
    let at_pages = one.replace("pb_session=", "claviger-user=");
    let page = call(&demo, "GET /account/sessions", &[("cookie", &at_pages)]).await;
    assert_eq!(page.status, 200);
    let me = call(&demo, "GET /v1/me", &[("cookie", &two)]).await.json();
    let end = format!("/account/sessions/{}/end", me["credential_id"].as_str().unwrap());
    assert!(page.body.contains("This browser") && page.body.contains(&end), "{}", page.body);
    let account = me["sub"].as_str().unwrap();
    assert_eq!(demo.manage("POST", &format!("/v1/users/{account}/sign-out")).await.status, 200);
    for cookie in [&one, &two] {
        assert_eq!(call(&demo, "GET /v1/me", &[("cookie", cookie)]).await.status, 401);
    }
}
