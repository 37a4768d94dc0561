use serde_json::json;

use crate::house::Demo;
use crate::oauth::application::{Application, CHALLENGE, VERIFIER, refused};
use crate::oauth::person::{Person, query_of};

#[tokio::test]
async fn bcp_22_23_a_public_client_must_use_s256() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let mut person = Person::new(&demo, "example");
    person.authorize("example", &client.authorization(&[])).await;
    for change in [
        [("code_challenge", ""), ("code_challenge_method", "")],
        [("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "S512")],
        [("code_challenge", "short"), ("code_challenge_method", "S256")],
    ] {
        let location = person.open(&client.authorization(&change)).await.away();
        assert_eq!(query_of(&location)["error"], "invalid_request", "{change:?}");
    }
}

#[tokio::test]
async fn bcp_25_26_the_verifier_must_fit_and_may_not_come_unasked() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let code = client.code(&[]).await;
    for wrong in ["", "short", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx"] {
        let answer = client.redeem(&code, &[("code_verifier", wrong)]).await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(["invalid_grant", "invalid_request"].contains(&answer.json()["error"].as_str().unwrap()));
    }
    assert_eq!(client.redeem(&code, &[]).await.status, 200, "failed attempts spend nothing");
    let confidential = Application::of_demo(&demo, "example");
    let code = confidential.code(&[]).await;
    let answer = confidential.redeem(&code, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(answer.status, 400, "a downgrade: {answer:?}");
}

#[tokio::test]
async fn bcp_27_a_challenge_is_not_used_again_once_its_code_was_redeemed() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let first = client.code(&[]).await;
    let second = client.code(&[]).await;
    assert_eq!(client.redeem(&second, &[]).await.status, 200, "a reload may repeat it");
    let mut person = Person::new(&demo, "example");
    let location = person.authorize("example", &client.authorization(&[])).await;
    assert_eq!(query_of(&location)["error"], "invalid_request", "{location}");
    drop(first);
}

#[tokio::test]
async fn bcp_28_32_a_code_is_short_lived_and_tells_nothing_of_its_challenge() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let (one, two) = (client.code(&[]).await, client.code(&[]).await);
    assert_ne!(one, two, "the same request gives another code");
    assert!(!one.contains(CHALLENGE) && one.len() >= 27, "{one}");
}

#[tokio::test]
async fn bcp_29_33_a_code_is_bound_to_its_client_and_redirect_uri() {
    let (demo, _house) = Demo::fresh().await;
    let uris = json!({"redirect_uris": ["https://app.example.com/a", "https://app.example.com/b"]});
    let client = Application::registered(&demo, "example", &uris).await;
    let other = Application::registered(&demo, "example", &uris).await;
    let code = client.code(&[]).await;
    refused(&other.redeem(&code, &[]).await, 400, "invalid_grant");
    refused(
        &client.redeem(&code, &[("redirect_uri", "https://app.example.com/b")]).await,
        400,
        "invalid_grant",
    );
    assert_eq!(client.redeem(&code, &[]).await.status, 200, "an invalid attempt spends nothing");
    // Without a challenge the redirect URI has to be repeated (RFC 6749 section 4.1.3); OAuth 2.1 leaves it out.
    let code = client.code(&[]).await;
    refused(&client.redeem(&code, &[("redirect_uri", "")]).await, 400, "invalid_grant");
    let public = Application::public(&demo, "example").await;
    let code = public.code(&[]).await;
    assert_eq!(public.redeem(&code, &[("redirect_uri", "")]).await.status, 200);
}
