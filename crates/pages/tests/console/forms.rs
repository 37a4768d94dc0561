//! Only our own pages can send forms.

use crate::house::House;

async fn is_active(house: &House, id: &str) -> bool {
    house.engine.find_key(id.parse().unwrap()).await.unwrap().state.as_str() == "active"
}

#[tokio::test]
async fn a_form_without_this_sessions_token_changes_nothing() {
    let house = House::new().await;
    let id = house.issue("sample", "server").await.key.id.to_string();
    let (mut victim, mut attacker) = (house.operator().await, house.operator().await);
    let path = format!("/console/keys/{id}/disable");
    attacker.get(&format!("/console/keys/{id}")).await;
    let stolen = attacker.hidden(&path, "form_token");
    for token in [None, Some(""), Some("x"), Some(stolen.as_str())] {
        let fields: Vec<_> = token.map(|token| ("form_token", token)).into_iter().collect();
        let reply = victim.post(&path, &fields).await;
        assert_eq!(reply.status, 403, "{token:?}");
        assert!(reply.body.contains("out of date"));
    }
    assert!(is_active(&house, &id).await);
    assert_eq!(attacker.post(&path, &[("form_token", &stolen)]).await.status, 303);
    assert!(!is_active(&house, &id).await, "the token was a good one in its own session");
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing_even_with_the_token() {
    let house = House::new().await;
    let id = house.issue("sample", "server").await.key.id.to_string();
    let mut browser = house.operator().await;
    let path = format!("/console/keys/{id}/disable");
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        browser.get(&format!("/console/keys/{id}")).await;
        browser.headers = vec![(header.0, header.1.to_owned())];
        assert_eq!(browser.submit(&path, &[]).await.status, 403, "{header:?}");
        browser.headers.clear();
    }
    assert!(is_active(&house, &id).await);
    browser.get(&format!("/console/keys/{id}")).await;
    browser.headers = vec![("origin", "http://127.0.0.1:8080".to_owned())];
    assert_eq!(browser.submit(&path, &[]).await.status, 303);
}

#[tokio::test]
async fn what_is_no_form_or_too_large_is_refused() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get("/console/workspaces").await;
    let large = "x".repeat(70 * 1024);
    let reply = browser.submit("/console/workspaces", &[("name", &large)]).await;
    assert_eq!(reply.status, 400);
    browser.get("/console/workspaces").await;
    browser.headers = vec![("content-type", "application/json".to_owned())];
    let reply = browser.send("PUT", "/console/workspaces", "{}".to_owned()).await;
    assert_eq!(reply.status, 405);
}
