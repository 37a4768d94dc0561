//! What becomes of tokens: refreshed, introspected, revoked, ended with what they stand on.

use serde_json::{Value, json};

use super::application::{Application, claims, refused, text};
use super::person::Person;
use crate::client::eventually;
use crate::house::Demo;

const EVERYTHING: &str = "openid profile email offline_access read write";

async fn introspect(client: &Application<'_>, token: &str) -> Value {
    let answer = client.form("/oauth/introspect", &[("token", token)]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
    answer.json()
}

async fn works(client: &Application<'_>, token: &str) -> bool {
    let status = client.call("GET /v1/users", token).await.status;
    assert!(status == 200 || status == 401, "{status}");
    status == 200
}

#[tokio::test]
async fn a_refresh_rotates_and_a_lost_answer_can_be_asked_for_until_the_new_pair_is_used() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let first = client.tokens(EVERYTHING).await;
    let one = client.refresh(text(&first, "refresh_token"), &[]).await.json();
    let again = client.refresh(text(&first, "refresh_token"), &[]).await.json();
    for part in ["access_token", "refresh_token"] {
        assert_eq!(one[part], again[part], "{part}");
    }
    assert!(works(&client, text(&one, "access_token")).await);
    // Now the old one is spent, and showing it again ends the family (bcp_51).
    refused(&client.refresh(text(&first, "refresh_token"), &[]).await, 400, "invalid_grant");
    refused(&client.refresh(text(&one, "refresh_token"), &[]).await, 400, "invalid_grant");
    assert!(!works(&client, text(&one, "access_token")).await, "the family has ended");
    eventually("the operator is told", async || demo.log().contains("was used again")).await;
}

#[tokio::test]
async fn parallel_refreshes_give_one_pair() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let first = client.tokens(EVERYTHING).await;
    let refreshes = (0..20).map(|_| client.refresh(text(&first, "refresh_token"), &[]));
    let answers = futures_util::future::join_all(refreshes).await;
    let pairs: std::collections::BTreeSet<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{answer:?}");
            text(&answer.json(), "refresh_token").to_owned()
        })
        .collect();
    assert_eq!(pairs.len(), 1);
}

#[tokio::test]
async fn bcp_52_53_a_refresh_narrows_and_never_widens_and_is_its_own_clients() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let first = client.tokens("read").await;
    let token = text(&first, "refresh_token");
    refused(&client.refresh(token, &[("scope", "read write")]).await, 400, "invalid_scope");
    let other = Application::registered(&demo, "example", &json!({})).await;
    refused(&other.refresh(token, &[]).await, 400, "invalid_grant");
    let wide = client.tokens("read write").await;
    let narrow = client.refresh(text(&wide, "refresh_token"), &[("scope", "read")]).await.json();
    assert_eq!(narrow["scope"], "read");
    assert!(works(&client, text(&narrow, "access_token")).await);
    let back = client.refresh(text(&narrow, "refresh_token"), &[]).await.json();
    assert_eq!(back["scope"], "read write", "the refresh token kept its scope");
}

#[tokio::test]
async fn introspection_tells_a_client_of_its_workspace_and_nobody_else() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let bought = client.tokens(EVERYTHING).await;
    let (access, refresh) = (text(&bought, "access_token"), text(&bought, "refresh_token"));
    let told = introspect(&client, access).await;
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(client.id)));
    assert_eq!((&told["sub"], &told["iss"]), (&claims(access)["sub"], &json!(client.issuer())));
    assert!(text(&told, "scope").contains("write") && told["exp"].is_i64());
    assert_eq!(introspect(&client, refresh).await["active"], true);
    assert_eq!(introspect(&client, "nonsense").await, json!({"active": false}));
    let stranger = Application::registered(&demo, "example", &json!({})).await;
    assert_eq!(introspect(&stranger, access).await, json!({"active": false}));
    let public = Application::public(&demo, "example").await;
    refused(&public.form("/oauth/introspect", &[("token", access)]).await, 401, "invalid_client");
    let other_api = Application::of_demo(&demo, "propertybase");
    assert_eq!(introspect(&other_api, access).await, json!({"active": false}));
}

#[tokio::test]
async fn revoking_a_token_ends_its_family_at_every_door() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    for part in ["refresh_token", "access_token"] {
        let bought = client.tokens(EVERYTHING).await;
        let access = text(&bought, "access_token").to_owned();
        assert!(works(&client, &access).await);
        let stranger = Application::registered(&demo, "example", &json!({})).await;
        assert_eq!(stranger.form("/oauth/revoke", &[("token", text(&bought, part))]).await.status, 200);
        assert!(works(&client, &access).await, "another client's wish changes nothing");
        assert_eq!(client.form("/oauth/revoke", &[("token", text(&bought, part))]).await.status, 200);
        assert!(!works(&client, &access).await);
        assert_eq!(client.call("GET /oauth/userinfo", &access).await.status, 401);
        assert_eq!(introspect(&client, &access).await["active"], false);
        assert_eq!(demo.verify("example", &access).await["valid"], false);
        refused(&client.refresh(text(&bought, "refresh_token"), &[]).await, 400, "invalid_grant");
    }
    assert_eq!(client.form("/oauth/revoke", &[("token", "nonsense")]).await.status, 200);
}

#[tokio::test]
async fn a_token_for_a_client_itself_is_revoked_and_dies_with_its_client() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::registered(
        &demo,
        "example",
        &json!({"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "read"}),
    )
    .await;
    let buy = async || client.token(&[("grant_type", "client_credentials")]).await.json();
    let (one, two) = (buy().await, buy().await);
    let (one, two) = (text(&one, "access_token"), text(&two, "access_token"));
    assert!(works(&client, one).await && works(&client, two).await);
    // Bought in the same second they can be one text; then both end.
    assert_eq!(client.form("/oauth/revoke", &[("token", one)]).await.status, 200);
    assert!(!works(&client, one).await);
    let answer = demo.manage(&format!("POST /v1/clients/{}/disable", client.id)).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!works(&client, two).await);
    refused(&client.token(&[("grant_type", "client_credentials")]).await, 401, "invalid_client");
}

#[tokio::test]
async fn bcp_20_a_user_revokes_an_application_and_its_tokens_end_at_once() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let bought = client.tokens(EVERYTHING).await;
    let access = text(&bought, "access_token");
    assert!(works(&client, access).await);
    let user = &claims(access)["sub"];
    let grants = demo.manage(&format!("GET /v1/grants?user={}", user.as_str().unwrap())).send().await.json();
    let grant = text(&grants["data"][0], "id").to_owned();
    let one = demo.manage(&format!("GET /v1/grants/{grant}")).send().await.json();
    assert_eq!(
        (&one, &one["state"], &one["client"]),
        (&grants["data"][0], &json!("active"), &json!(client.id))
    );
    let answer = demo.manage(&format!("POST /v1/grants/{grant}/revoke")).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let one = demo.manage(&format!("GET /v1/grants/{grant}")).send().await.json();
    assert_eq!(one["state"], "revoked");
    assert!(!works(&client, access).await);
    refused(&client.refresh(text(&bought, "refresh_token"), &[]).await, 400, "invalid_grant");
}

#[tokio::test]
async fn bcp_56_a_new_password_ends_sessions_and_tokens() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let bought = client.tokens(EVERYTHING).await;
    let access = text(&bought, "access_token");
    assert!(works(&client, access).await);
    let user = claims(access)["sub"].as_str().unwrap().to_owned();
    let answer = demo
        .manage(&format!("PATCH /v1/users/{user}"))
        .json(&json!({"password": "another correct horse battery"}))
        .send()
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!works(&client, access).await);
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    let still = person.sign_in(&page, "example").await.page();
    assert!(still.answer.text().contains("name=\"password\""), "the old password is wrong now");
}

#[tokio::test]
async fn a_client_secret_rotates_with_overlap() {
    let (demo, _house) = Demo::fresh().await;
    let mut client = Application::registered(
        &demo,
        "example",
        &json!({"grant_types": ["client_credentials"], "redirect_uris": []}),
    )
    .await;
    let ask = [("grant_type", "client_credentials")];
    assert_eq!(client.token(&ask).await.status, 200);
    let path = format!("/v1/clients/{}/secret", client.id);
    let next = demo.post(&path, &json!({"overlap_seconds": 600})).await;
    assert_eq!(client.token(&ask).await.status, 200, "the old one goes on");
    let old = client.secret.replace(text(&next, "client_secret").to_owned());
    assert_eq!(client.token(&ask).await.status, 200);
    let last = demo.post(&path, &json!({"overlap_seconds": 0})).await;
    refused(&client.token(&ask).await, 401, "invalid_client");
    client.secret = old;
    refused(&client.token(&ask).await, 401, "invalid_client");
    client.secret = Some(text(&last, "client_secret").to_owned());
    assert_eq!(client.token(&ask).await.status, 200);
}

#[tokio::test]
async fn signing_keys_rotate_and_what_was_signed_stays_good() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "propertybase");
    let bought = client.tokens("read:leads").await;
    let access = text(&bought, "access_token");
    let path = "/v1/apis/propertybase/signing-keys";
    let made = demo.post(path, &json!({"algorithm": "RS256", "at_once": true})).await;
    let renewed = client.refresh(text(&bought, "refresh_token"), &[]).await.json();
    let new = super::application::header(text(&renewed, "access_token"));
    assert_eq!(new["kid"], made["id"]);
    assert_eq!(client.call("GET /v1/leads", access).await.status, 200, "signed by the old key");
    assert_eq!(client.call("GET /v1/leads", text(&renewed, "access_token")).await.status, 200);
    let keys = client.call("GET /.well-known/jwks.json", "").await.json();
    let kids: Vec<&Value> = keys["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    let old = super::application::header(access);
    assert!(kids.contains(&&old["kid"]) && kids.contains(&&new["kid"]), "{kids:?}");
}
