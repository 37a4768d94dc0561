use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

const NOBODY: &str = "/v1/clients/cli_00000000000000000000000000";

/// Makes a client that differs from the usual one in these members.
async fn client(harness: &Harness, members: Value) -> Reply {
    let mut body = json!({
        "api": "sample", "workspace": harness.workspace().await, "client_name": "Ledger",
        "redirect_uris": ["https://ledger.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    harness.post("/v1/clients", body).await
}

#[tokio::test]
async fn a_client_is_made_and_its_secret_shown_once() {
    let harness = Harness::new().await;
    let made = client(&harness, json!({"description": "Keeps the books.", "scope": "openid read"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/v1/clients/{}", made.text("/id"));
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!(made.headers["cache-control"], "no-store");
    assert_eq!(made.body["client_id"], made.body["id"]);
    assert_eq!(made.body["client_id_issued_at"], 1_800_000_000);
    assert_eq!(made.body["client_secret_expires_at"], 0);
    assert_eq!((&made.body["api"], &made.body["environment"]), (&json!("sample"), &json!("live")));
    assert_eq!((&made.body["origin"], &made.body["state"]), (&json!("managed"), &json!("active")));
    assert_eq!(made.body["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!((&made.body["client_name"], &made.body["scope"]), (&json!("Ledger"), &json!("openid read")));
    let secret = made.text("/client_secret");

    let read = harness.get(&path).await;
    assert_eq!((read.status, &read.body["client_secret"]), (200, &Value::Null));
    let list = harness.get("/v1/clients?api=sample").await;
    assert_eq!(list.body["data"], json!([read.body]));
    assert!(!list.body.to_string().contains(&secret));
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_none_can_be_made() {
    let harness = Harness::new().await;
    let made = client(&harness, json!({"token_endpoint_auth_method": "none"})).await;
    assert_eq!((made.status, made.body.get("client_secret")), (201, None), "{made:?}");
    let rotated = harness.act(&format!("/v1/clients/{}/secret", made.text("/id"))).await;
    rotated.is_problem(400, "client_has_no_secret");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_a_put_everything() {
    let harness = Harness::new().await;
    let made = client(&harness, json!({"description": "Keeps the books.", "scope": "read"})).await;
    let path = format!("/v1/clients/{}", made.text("/id"));
    let patched = harness.patch(&path, json!({"client_name": "Ledger 2", "scope": null})).await;
    assert_eq!(patched.status, 200, "{patched:?}");
    assert_eq!(patched.body["client_name"], "Ledger 2");
    assert_eq!(patched.body["description"], "Keeps the books.");
    assert_eq!(patched.body.get("scope"), None);

    let whole = json!({"client_name": "Books", "redirect_uris": ["https://books.example/callback"]});
    let replaced = harness.put(&path, whole).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    assert_eq!(replaced.body["redirect_uris"], json!(["https://books.example/callback"]));
    assert_eq!(replaced.body["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(replaced.body.get("description"), None);
}

#[tokio::test]
async fn a_secret_is_rotated_with_an_overlap() {
    let harness = Harness::new().await;
    let made = client(&harness, json!({})).await;
    let path = format!("/v1/clients/{}/secret", made.text("/id"));
    let rotated = harness.post(&path, json!({"overlap_seconds": 3600})).await;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    assert_ne!(rotated.text("/client_secret"), made.text("/client_secret"));
    assert_eq!(rotated.body["earlier_secrets_end_at"], "2027-01-15T09:00:00Z");
    assert!(rotated.text("/client_secret_id").starts_with("cls_"));
    let for_ever = harness.post(&path, json!({"overlap_seconds": 1_000_000_000})).await;
    for_ever.is_problem(400, "overlap_too_long").blames("pointer", "/overlap_seconds");
}

#[tokio::test]
async fn a_client_is_disabled_enabled_and_deleted() {
    let harness = Harness::new().await;
    let path = format!("/v1/clients/{}", client(&harness, json!({})).await.text("/id"));
    let disabled = harness.act(&format!("{path}/disable")).await;
    assert_eq!((disabled.status, &disabled.body["state"]), (200, &json!("disabled")));
    assert_eq!(disabled.body["disabled_at"], "2027-01-15T08:00:00Z");
    let enabled = harness.act(&format!("{path}/enable")).await;
    assert_eq!((enabled.status, &enabled.body["state"]), (200, &json!("active")));
    let deleted = harness.delete(&path).await;
    assert_eq!((deleted.status, &deleted.body), (204, &Value::Null));
    harness.get(&path).await.is_problem(404, "not_found");
    harness.delete(&path).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_client_that_is_not_there_is_not_found() {
    let harness = Harness::new().await;
    harness.get(NOBODY).await.is_problem(404, "not_found");
    harness.patch(NOBODY, json!({})).await.is_problem(404, "not_found");
    harness.put(NOBODY, json!({"redirect_uris": ["https://a.example/"]})).await.is_problem(404, "not_found");
    harness.delete(NOBODY).await.is_problem(404, "not_found");
    for action in ["secret", "disable", "enable"] {
        harness.act(&format!("{NOBODY}/{action}")).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_mistake_is_blamed_where_it_is() {
    let harness = Harness::new().await;
    for (members, code, pointer) in [
        (json!({"redirect_uris": ["http://ledger.example/"]}), "invalid_redirect_uri", "/redirect_uris"),
        (json!({"redirect_uris": "https://ledger.example/"}), "invalid_body", "/redirect_uris"),
        (json!({"contacts": ["a@b.example", 7]}), "invalid_body", "/contacts/1"),
        (json!({"api": "nowhere"}), "unknown_api", "/api"),
        (json!({"client_id": "mine"}), "invalid_body", "/client_id"),
    ] {
        let refused = client(&harness, members.clone()).await;
        refused.is_problem(400, code).blames("pointer", pointer);
    }
    let refused = client(&harness, json!({"grant_types": ["password"]})).await;
    refused.is_problem(400, "invalid_client_metadata");
    let unknown = harness.get("/v1/clients?api=nowhere").await;
    unknown.is_problem(400, "unknown_api").blames("parameter", "api");
}

#[tokio::test]
async fn a_workspace_that_is_not_there_is_blamed() {
    let harness = Harness::new().await;
    let refused = client(&harness, json!({"workspace": "wsp_00000000000000000000000000"})).await;
    refused.is_problem(400, "unknown_workspace").blames("pointer", "/workspace");
}

#[tokio::test]
async fn a_repeated_create_makes_one_client() {
    let harness = Harness::new().await;
    let body = json!({
        "api": "sample", "workspace": harness.workspace().await, "grant_types": ["client_credentials"],
    });
    let first = harness.post_once("c-1", "/v1/clients", body.clone()).await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = harness.post_once("c-1", "/v1/clients", body.clone()).await;
    assert_eq!((again.status, &again.body["id"]), (201, &first.body["id"]));
    let mut other = body;
    other["client_name"] = json!("Other");
    harness.post_once("c-1", "/v1/clients", other).await.is_problem(422, "idempotency_mismatch");
}
