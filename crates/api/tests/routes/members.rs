use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn somebody_is_invited_listed_and_uninvited() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/invitations", harness.workspace().await);
    let made = harness.post(&path, json!({"email": "Ada@example.com", "role": "developer"})).await;
    assert_eq!(
        (made.status, made.text("/email"), made.text("/role")),
        (201, "Ada@example.com".to_owned(), "developer".to_owned())
    );
    assert_eq!((&made.body["state"], &made.body["sent_at"]), (&json!("open"), &json!(null)));
    assert!(!made.body.to_string().contains("clv_join_"), "the link is in the mail and nowhere else");
    let again = harness.post(&path, json!({"email": "ada@example.com", "role": "viewer"})).await;
    again.is_problem(409, "already_invited").blames("pointer", "/email");
    let listed = harness.get(&path).await;
    assert_eq!(listed.body["data"], json!([made.body]));
    let one = format!("{path}/{}", made.text("/id"));
    harness.act(&format!("{one}/send")).await.is_problem(429, "rate_limited");
    harness.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(harness.act(&format!("{one}/send")).await.status, 200);
    assert_eq!(harness.delete(&one).await.status, 204);
    harness.delete(&one).await.is_problem(404, "not_found");
    assert_eq!(harness.get(&path).await.body["data"], json!([]));
}

#[tokio::test]
async fn members_are_listed_and_what_is_not_there_is_not_found() {
    let harness = Harness::new().await;
    let workspace = harness.workspace().await;
    let path = format!("/v1/workspaces/{workspace}/members");
    assert_eq!(harness.get(&path).await.body, json!({"data": [], "next_cursor": null}));
    let nobody = format!("{path}/acc_00000000000000000000000000");
    harness.patch(&nobody, json!({"role": "owner"})).await.is_problem(404, "not_found");
    harness.delete(&nobody).await.is_problem(404, "not_found");
    for path in ["members", "invitations"] {
        let path = format!("/v1/workspaces/wsp_00000000000000000000000000/{path}");
        harness.get(&path).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn an_address_and_a_role_are_what_they_should_be() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/invitations", harness.workspace().await);
    for (body, pointer) in [
        (json!({"email": "ada", "role": "viewer"}), "/email"),
        (json!({"email": "ada@example.com", "role": "god"}), "/role"),
    ] {
        harness.post(&path, body).await.is_problem(400, "invalid_body").blames("pointer", pointer);
    }
}
