//! What OpenID Connect adds: ID tokens, claims, and what a client may ask of a sign-in.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::client::Call;
use crate::house::Demo;
use crate::oauth::application::{Application, claims, header, text};
use crate::oauth::person::{Person, query_of};

async fn userinfo(client: &Application<'_>, token: &str) -> Value {
    let got = client.call("GET /oauth/userinfo", token).await;
    assert_eq!((got.status, got.header("content-type")), (200, "application/json"), "{got:?}");
    let posted = client.call("POST /oauth/userinfo", token).await;
    assert_eq!(posted.json(), got.json(), "GET and POST say the same");
    got.json()
}

#[tokio::test]
async fn an_id_token_says_who_when_how_and_for_which_access_token() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let code = client.code(&[("scope", "openid"), ("nonce", "n-0S6"), ("max_age", "3600")]).await;
    let bought = client.redeem(&code, &[]).await.json();
    let (id_token, access) = (text(&bought, "id_token"), text(&bought, "access_token"));
    assert_eq!(header(id_token)["alg"], "RS256", "though this contract's access tokens are HS256");
    let said = claims(id_token);
    assert_eq!((&said["iss"], &said["aud"]), (&json!(client.issuer()), &json!(client.id)));
    assert_eq!((&said["nonce"], &said["amr"]), (&json!("n-0S6"), &json!(["pwd"])));
    assert!(said["auth_time"].as_i64().unwrap() <= said["iat"].as_i64().unwrap(), "{said}");
    assert!(said["acr"].is_string() && said["sid"].is_string() && said["exp"].is_i64(), "{said}");
    let half = &claviger_secrets::sha256(access.as_bytes())[..16];
    assert_eq!(said["at_hash"], BASE64URL_NOPAD.encode(half), "OpenID Connect Core section 3.1.3.6");
    assert_eq!(said["sub"], userinfo(&client, access).await["sub"]);
    assert_eq!(said["sub"], claims(access)["sub"]);
}

#[tokio::test]
async fn an_id_token_is_signed_as_its_client_registered() {
    let (demo, _house) = Demo::fresh().await;
    for algorithm in ["ES256", "EdDSA", "PS256"] {
        let members = json!({"id_token_signed_response_alg": algorithm});
        let client = Application::registered(&demo, "example", &members).await;
        let bought = client.tokens("openid").await;
        let head = header(text(&bought, "id_token"));
        assert_eq!(head["alg"], algorithm);
        let keys = client.call("GET /.well-known/jwks.json", "").await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        assert!(keys.iter().any(|key| key["kid"] == head["kid"] && key["alg"] == algorithm), "{keys:?}");
    }
}

#[tokio::test]
async fn a_pairwise_client_knows_a_user_by_a_name_of_its_own() {
    let (demo, _house) = Demo::fresh().await;
    let at = async |host: &str| {
        let members = json!({"subject_type": "pairwise", "redirect_uris": [format!("https://{host}/cb")]});
        let client = Application::registered(&demo, "example", &members).await;
        let bought = client.tokens("openid").await;
        let said = claims(text(&bought, "id_token"))["sub"].clone();
        assert_eq!(userinfo(&client, text(&bought, "access_token")).await["sub"], said);
        said
    };
    let (one, same, other) = (at("one.example").await, at("one.example").await, at("two.example").await);
    assert_eq!(one, same, "one name for a host");
    assert_ne!(one, other);
    let public = Application::of_demo(&demo, "example").tokens("openid").await;
    let public = claims(text(&public, "id_token"))["sub"].clone();
    assert!(public.as_str().unwrap().starts_with("acc_") && public != one && public != other);
}

#[tokio::test]
async fn claims_come_with_their_scopes_or_one_by_one() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let email = text(&demo.facts["contracts"]["example"]["user"], "email").to_owned();
    let all = client.tokens("openid profile email").await;
    let told = userinfo(&client, text(&all, "access_token")).await;
    assert_eq!((&told["email"], &told["email_verified"]), (&json!(email), &json!(true)));
    assert!(told["name"].is_string() && told["locale"].is_string(), "{told}");
    let bare = client.tokens("openid").await;
    assert!(userinfo(&client, text(&bare, "access_token")).await.get("email").is_none());

    let wish = json!({"id_token": {"email": null}, "userinfo": {"name": {"essential": true}}}).to_string();
    let code = client.code(&[("scope", "openid"), ("claims", &wish)]).await;
    let bought = client.redeem(&code, &[]).await.json();
    assert_eq!(claims(text(&bought, "id_token"))["email"], json!(email));
    let told = userinfo(&client, text(&bought, "access_token")).await;
    assert!(told["name"].is_string() && told.get("email").is_none(), "{told}");
    let denied = client.tokens("read").await;
    let refused = client.call("GET /oauth/userinfo", text(&denied, "access_token")).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(refused.header("www-authenticate").contains("insufficient_scope"), "{refused:?}");
}

#[tokio::test]
async fn what_a_client_asks_of_a_sign_in_is_done_or_refused_as_the_metadata_says() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    let hinted = person.open(&client.authorization(&[("login_hint", "grace@example.com")])).await.page();
    assert!(hinted.answer.text().contains("value=\"grace@example.com\""), "{}", hinted.answer.text());
    person.authorize("example", &client.authorization(&[("scope", "openid")])).await;
    let again = |more: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = [("scope", "openid")].into_iter().chain(more.iter().copied()).collect();
        client.authorization(&all)
    };
    for asks in [("prompt", "login"), ("max_age", "0")] {
        let page = person.open(&again(&[asks])).await.page();
        assert!(page.answer.text().contains("name=\"password\""), "{asks:?}");
    }
    let page = person.open(&again(&[("prompt", "consent")])).await.page();
    assert!(page.answer.text().contains("id=\"allow\""), "asked again although it is known");
    let page = person.open(&again(&[("prompt", "select_account")])).await.page();
    assert!(page.answer.text().contains("id=\"select-account\""), "{}", page.answer.text());
    for (name, value, error) in [
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "https://app.example.com/request.jwt", "request_uri_not_supported"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("claims", "[]", "invalid_request"),
    ] {
        let answer = match person.open(&again(&[(name, value)])).await {
            crate::oauth::person::Landing::Away(location) => query_of(&location)["error"].clone(),
            crate::oauth::person::Landing::Page(page) => format!("a page: {}", page.answer.text()),
        };
        assert_eq!(answer, error, "{name}");
    }
    let silent =
        person.open(&again(&[("prompt", "none"), ("ui_locales", "de-CH fr"), ("acr_values", "x")])).await;
    assert!(query_of(&silent.away()).contains_key("code"), "wishes that are none of these are no obstacle");
}

#[tokio::test]
async fn an_answer_can_be_posted() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    person.authorize("example", &client.authorization(&[])).await;
    let page = person.open(&client.authorization(&[("response_mode", "form_post")])).await.page();
    let html = page.answer.text();
    assert!(html.contains(&format!("action=\"{}\"", client.redirect_uri)), "{html}");
    for name in ["code", "state", "iss"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}: {html}");
    }
    assert!(html.contains("<button"), "also without a script: {html}");
    assert_eq!(page.answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_pushed_request_is_all_that_counts() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let fields = [
        ("response_type", "code"),
        ("client_id", client.id.as_str()),
        ("redirect_uri", client.redirect_uri.as_str()),
        ("scope", "read"),
        ("state", "pushed"),
    ];
    let pushed = client.form("/oauth/par", &fields).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    let pushed = pushed.json();
    let uri = text(&pushed, "request_uri");
    let address = format!(
        "/oauth/authorize?{}",
        crate::oauth::person::encode(&[
            ("client_id", client.id.as_str()),
            ("request_uri", uri),
            ("scope", "write"),
            ("state", "from the browser"),
        ])
    );
    let location = Person::new(&demo, "example").authorize("example", &address).await;
    let answer = query_of(&location);
    assert_eq!(answer["state"], "pushed");
    assert_eq!(client.redeem(&answer["code"], &[]).await.json()["scope"], "read");
    let nobody = Call::new(demo.address, &format!("POST {}/oauth/par", client.host()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("response_type=code")
        .send()
        .await;
    assert_eq!(nobody.status, 401, "{nobody:?}");
}
