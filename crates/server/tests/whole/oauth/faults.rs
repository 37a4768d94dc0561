//! Races, replays and crashes at the token endpoint.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::json;

use super::application::{Application, refused, text};
use crate::house::Demo;

#[tokio::test]
async fn bcp_30_code_is_single_use_under_concurrency() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let code = client.code(&[("scope", "read")]).await;
    let answers = join_all((0..100).map(|_| client.redeem(&code, &[]))).await;
    let mut seen = BTreeMap::<(u16, String), usize>::new();
    for answer in &answers {
        let error = answer.json()["error"].as_str().unwrap_or("").to_owned();
        *seen.entry((answer.status, error)).or_default() += 1;
    }
    assert_eq!(seen[&(200, String::new())], 1, "{seen:?}");
    assert_eq!(seen[&(400, "invalid_grant".to_owned())], 99, "{seen:?}");
}

#[tokio::test]
async fn bcp_31_a_valid_replay_revokes_what_the_code_gave_and_an_invalid_one_nothing() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let code = client.code(&[("scope", "read")]).await;
    let bought = client.redeem(&code, &[]).await.json();
    let access = text(&bought, "access_token");
    let wrong = "x".repeat(43);
    refused(&client.redeem(&code, &[("code_verifier", &wrong)]).await, 400, "invalid_grant");
    assert_eq!(client.call("GET /v1/users", access).await.status, 200);
    refused(&client.redeem(&code, &[]).await, 400, "invalid_grant");
    assert_eq!(client.call("GET /v1/users", access).await.status, 401);
}

#[tokio::test]
async fn a_burst_of_wrong_tokens_and_secrets_gets_its_proper_answers() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    for answer in join_all((0..100).map(|_| client.call("GET /oauth/userinfo", "nonsense"))).await {
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let stranger = Application { secret: Some("wrong".to_owned()), ..Application::of_demo(&demo, "example") };
    let wrong = join_all((0..100).map(|_| stranger.token(&[("grant_type", "client_credentials")]))).await;
    for answer in wrong {
        refused(&answer, 401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic"), "bcp_36");
    }
    let good = client.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(good.status, 200, "the owner is not locked out: {good:?}");
}

#[tokio::test]
async fn after_a_kill_nine_a_code_is_either_good_or_spent_and_never_both() {
    let (demo, house) = Demo::fresh().await;
    let port = demo.address.port();
    let client = Application::of_demo(&demo, "example");
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(client.code(&[("scope", "read")]).await);
    }
    let mut given = BTreeMap::new();
    for code in codes.iter().take(2) {
        given.insert(code.clone(), client.redeem(code, &[]).await.json());
    }
    let (id, secret) = (client.id.clone(), client.secret.clone());
    demo.server.signal(Signal::KILL);
    drop(demo);
    let again = house.demo(&["--port", &port.to_string()]).await;
    let client = Application { id, secret, ..Application::of_demo(&again, "example") };
    for code in &codes {
        let answer = client.redeem(code, &[]).await;
        match given.get(code) {
            None => assert_eq!(answer.status, 200, "not lost: {answer:?}"),
            Some(_) => refused(&answer, 400, "invalid_grant"),
        }
    }
}

#[tokio::test]
async fn json_where_a_form_is_due_and_the_reverse_are_refused_or_read_as_the_contract_says() {
    let (demo, _house) = Demo::fresh().await;
    let example = Application::of_demo(&demo, "example");
    let body =
        json!({"grant_type": "client_credentials", "client_id": example.id, "client_secret": example.secret});
    let call = demo.call(&format!("POST {}/oauth/token", example.host())).json(&body);
    refused(&call.send().await, 400, "invalid_request");
    let both = Application::of_demo(&demo, "propertybase");
    refused(&both.redeem("nonsense", &[]).await, 400, "invalid_grant");
}
