//! propertybase's browser sessions, in the hands of their owner and of the operator.

use serde_json::{Value, json};

use super::person::{Page, Person, attribute, encode};
use crate::house::Demo;

const HOST: &str = "propertybase.localhost";

/// Signs in as a browser application does; answers the cookie's text.
async fn sign_in(demo: &Demo) -> String {
    let user = &demo.facts["contracts"]["propertybase"]["user"];
    let body = json!({"email": user["email"], "password": user["password"], "return_token": true});
    let answer = demo.call(&format!("POST {HOST}/auth/session")).json(&body).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["session_token"].as_str().unwrap().to_owned()
}

/// What the API says to a browser with this cookie.
async fn me(demo: &Demo, session: &str) -> (u16, Value) {
    let call = demo.call(&format!("GET {HOST}/v1/me")).header("cookie", format!("pb_session={session}"));
    let answer = call.send().await;
    (answer.status, answer.json())
}

async fn id_of(demo: &Demo, session: &str) -> String {
    let (status, me) = me(demo, session).await;
    assert_eq!((status, &me["type"]), (200, &json!("session")));
    me["credential_id"].as_str().unwrap().to_owned()
}

/// Sends the form of a page that has this action.
async fn press(person: &mut Person<'_>, page: &Page, action: &str) -> Page {
    let html = page.answer.text();
    assert!(html.contains(&format!("action=\"{action}\"")), "no way to {action}: {html}");
    let token = html.split("<input").find_map(|tag| {
        (attribute(tag, "name").as_deref() == Some("form_token")).then(|| attribute(tag, "value").unwrap())
    });
    let form = encode(&[("form_token", token.unwrap())]);
    let answer = person.send("POST", action, Some(form)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    person.open("/account/sessions").await.page()
}

#[tokio::test]
async fn a_user_sees_where_they_are_signed_in_and_ends_one_or_all_others() {
    let (demo, _house) = Demo::fresh().await;
    let [one, two, three] = [sign_in(&demo).await, sign_in(&demo).await, sign_in(&demo).await];
    let mut person = Person::new(&demo, "propertybase");
    let page = person.open("/account/sessions").await.page();
    person.sign_in(&page, "propertybase").await.page();
    let page = person.open("/account/sessions").await.page();
    assert_eq!(page.answer.text().matches("/end\"").count(), 3, "one for each but this browser");

    let ended = id_of(&demo, &one).await;
    // Whoever lures the browser here has no form token.
    let lured = person.send("POST", &format!("/account/sessions/{ended}/end"), Some(String::new())).await;
    assert!((400..500).contains(&lured.status), "{lured:?}");
    assert_eq!(me(&demo, &one).await.0, 200);

    let page = press(&mut person, &page, &format!("/account/sessions/{ended}/end")).await;
    let (status, said) = me(&demo, &one).await;
    assert_eq!((status, &said["error"]["code"]), (401, &json!("UNAUTHORIZED")));
    assert_eq!((me(&demo, &two).await.0, me(&demo, &three).await.0), (200, 200));
    assert!(!page.answer.text().contains(&ended));

    let page = press(&mut person, &page, "/account/sessions/end-others").await;
    assert_eq!(page.answer.status, 200, "this browser stays signed in");
    assert_eq!((me(&demo, &two).await.0, me(&demo, &three).await.0), (401, 401));
    assert_eq!(demo.verify("propertybase", &two).await["code"], "REVOKED");
}

#[tokio::test]
async fn an_operator_sees_a_users_sessions_and_ends_one_or_all() {
    let (demo, _house) = Demo::fresh().await;
    let [one, two, three] = [sign_in(&demo).await, sign_in(&demo).await, sign_in(&demo).await];
    let user = me(&demo, &one).await.1["sub"].as_str().unwrap().to_owned();
    let path = format!("/v1/users/{user}/sessions");
    let listed = async || demo.manage(&format!("GET {path}")).send().await.json()["data"].clone();
    let ids = async || {
        let listed = listed().await;
        let ids = listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let (first, second, third) =
        (id_of(&demo, &one).await, id_of(&demo, &two).await, id_of(&demo, &three).await);
    assert_eq!(ids().await, [third.as_str(), &second, &first], "newest first");
    let shown = listed().await.to_string();
    assert!(!shown.contains(&one) && shown.contains("127.0.0.1"), "{shown}");

    let end = async |user: &str, session: &str| {
        demo.manage(&format!("POST /v1/users/{user}/sessions/{session}/end")).send().await.status
    };
    let stranger = json!({"api": "propertybase", "email": "stranger@example.com"});
    let stranger = demo.post("/v1/users", &stranger).await["id"].as_str().unwrap().to_owned();
    assert_eq!(end(&stranger, &first).await, 404, "another user's session is none of theirs");
    assert_eq!(me(&demo, &one).await.0, 200);
    assert_eq!((end(&user, &first).await, end(&user, &first).await), (204, 404));
    assert_eq!((me(&demo, &one).await.0, me(&demo, &two).await.0), (401, 200));
    assert_eq!(ids().await, [third.as_str(), &second]);

    let out = demo.manage(&format!("POST /v1/users/{user}/sign-out")).send().await.json();
    assert_eq!(out["ended_sessions"], 2);
    assert_eq!((me(&demo, &two).await.0, me(&demo, &three).await.0), (401, 401));
    assert!(ids().await.is_empty());
}
