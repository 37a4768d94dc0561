use serde_json::{Value, json};

use crate::harness::Harness;

const OTHER: &str = "wsp_00000000000000000000000000";

fn actions(reply: &crate::harness::Reply) -> Vec<&str> {
    reply.body["data"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_a_script_does_is_listed_with_its_token_its_request_and_its_address() {
    let harness = Harness::new().await;
    let key = harness.key(json!({})).await;
    harness.act(&format!("/v1/keys/{}/revoke", key.text("/id"))).await;
    let list = harness.get(&format!("/v1/audit?object={}", key.text("/id"))).await;
    assert_eq!(actions(&list), ["key.revoked", "key.issued"]);
    let row = &list.body["data"][0];
    assert_eq!(
        (&row["actor_kind"], &row["request_id"], &row["address"]),
        (&json!("operator_token"), &json!("req_test"), &json!("127.0.0.1"))
    );
    assert!(row["actor"].as_str().unwrap().starts_with("otk_"), "{row}");
    assert_eq!((&row["before"]["revoked_at"], &row["before"]["scopes"]), (&Value::Null, &json!(["read"])));
    assert_eq!(row["after"]["revoked_at"], row["at"]);
    let text = list.body.to_string();
    assert!(!text.contains(&key.text("/key")), "{text}");
}

#[tokio::test]
async fn rows_are_filtered_and_paged() {
    let harness = Harness::new().await;
    for _ in 0..3 {
        harness.key(json!({})).await;
    }
    let page = harness.get("/v1/audit?action=key.issued&limit=2").await;
    let cursor = page.text("/next_cursor");
    assert_eq!(page.body["data"].as_array().unwrap().len(), 2);
    let rest = harness.get(&format!("/v1/audit?action=key.issued&limit=2&cursor={cursor}")).await;
    assert_eq!((actions(&rest), &rest.body["next_cursor"]), (vec!["key.issued"], &Value::Null));
    for (nothing, count) in [
        (format!("workspace={OTHER}"), 0),
        ("actor=system".to_owned(), 0),
        ("actor=local".to_owned(), 1),
        ("from=2100-01-01T00:00:00Z".to_owned(), 0),
        ("until=2000-01-01T00:00:00Z".to_owned(), 0),
    ] {
        let list = harness.get(&format!("/v1/audit?{nothing}")).await;
        assert_eq!(list.body["data"].as_array().unwrap().len(), count, "{nothing}");
    }
    for (bad, parameter) in [
        ("actor=root", "actor"),
        ("action=key.forged", "action"),
        ("object=nothing", "object"),
        ("from=yesterday", "from"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
    ] {
        harness
            .get(&format!("/v1/audit?{bad}"))
            .await
            .is_problem(400, "invalid_parameter")
            .blames("parameter", parameter);
    }
}

#[tokio::test]
async fn an_export_has_every_row_as_json_lines_or_csv() {
    let harness = Harness::new().await;
    harness.key(json!({"name": "=SUM(A1)"})).await;
    let (headers, lines) = harness.download("/v1/audit/export").await;
    assert_eq!(headers["content-type"], "application/jsonl");
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=i64::try_from(rows.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(rows.last().unwrap()["action"], "key.issued");
    let (headers, csv) = harness.download("/v1/audit/export?format=csv&action=key.issued").await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(headers["content-disposition"], "attachment; filename=\"audit.csv\"");
    let (head, row) = csv.split_once("\r\n").unwrap();
    assert_eq!(head, "seq,at,actor_kind,actor,action,object,workspace,request_id,address,before,after,hash");
    assert!(row.contains(r#""key.issued""#) && row.contains(r#"""name"":""=SUM(A1)"""#), "{row}");
    harness.get("/v1/audit/export?format=xml").await.is_problem(400, "invalid_parameter");
}

#[tokio::test]
async fn a_long_record_is_exported_whole_and_in_order() {
    let harness = Harness::new().await;
    let key = harness.key(json!({})).await.text("/id");
    for _ in 0..300 {
        harness.act(&format!("/v1/keys/{key}/disable")).await;
        harness.act(&format!("/v1/keys/{key}/enable")).await;
    }
    let (_, lines) = harness.download(&format!("/v1/audit/export?object={key}")).await;
    assert_eq!(lines.lines().count(), 601, "more than one step of an export");
}

#[tokio::test]
async fn a_check_answers_where_the_record_ends_and_takes_it_back_as_a_pin() {
    let harness = Harness::new().await;
    harness.key(json!({})).await;
    let check = harness.post("/v1/audit/verify", json!({})).await;
    assert_eq!((check.status, &check.body["valid"], &check.body["fault"]), (200, &json!(true), &Value::Null));
    let pin = check.text("/end");
    assert_eq!(pin.split(':').next().unwrap(), check.body["checked"].to_string());
    harness.key(json!({})).await;
    let again = harness.post("/v1/audit/verify", json!({"pin": pin})).await;
    assert_eq!(again.body["valid"], json!(true), "{again:?}");
    let forged = format!("{}:{}", check.body["checked"], "00".repeat(32));
    let found = harness.post("/v1/audit/verify", json!({"pin": forged})).await;
    assert_eq!(found.body["fault"], json!({"kind": "not_as_pinned", "seq": check.body["checked"]}));
    harness
        .post("/v1/audit/verify", json!({"pin": "7"}))
        .await
        .is_problem(400, "invalid_body")
        .blames("pointer", "/pin");
}

#[tokio::test]
async fn a_key_is_told_as_it_was() {
    let harness = Harness::new().await;
    let key = harness.key(json!({})).await;
    let (id, made) = (key.text("/id"), key.text("/created_at"));
    harness.clock.advance(std::time::Duration::from_secs(60));
    harness.patch(&format!("/v1/keys/{id}"), json!({"name": "later"})).await;
    let then = harness.get(&format!("/v1/keys/{id}/at?instant={made}")).await;
    assert_eq!(
        (then.status, &then.body["state"], &then.body["name"]),
        (200, &json!("active"), &json!("k")),
        "{then:?}"
    );
    assert_eq!((&then.body["api"], &then.body["scopes"]), (&json!("sample"), &json!(["read"])));
    let later = harness.get(&format!("/v1/keys/{id}/at?instant=2100-01-01T00:00:00Z")).await;
    assert_eq!(later.body["name"], json!("later"));
    harness.get(&format!("/v1/keys/{id}/at")).await.is_problem(400, "invalid_parameter");
    let nobody = "/v1/keys/key_00000000000000000000000000/at?instant=2030-01-01T00:00:00Z";
    harness.get(nobody).await.is_problem(404, "not_found");
}
