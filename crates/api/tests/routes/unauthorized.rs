//! Walks the OpenAPI document: nobody gets in without the scope that the document names.

use claviger_domain::OperatorScope;
use serde_json::Value;

use crate::harness::Harness;

struct Operation {
    method: String,
    path: String,
    scope: Option<OperatorScope>,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(claviger_api::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let scope = operation["security"][0]["operator_token"][0].as_str().map(operator_scope);
            found.push(Operation { method: method.to_uppercase(), path: concrete(path), scope });
        }
    }
    assert!(found.len() > 20, "the document lost its operations");
    found
}

fn operator_scope(text: &str) -> OperatorScope {
    text.parse().unwrap()
}

/// A path that names something of the right form.
fn concrete(path: &str) -> String {
    let kind = path.split('/').nth(2).unwrap();
    let id = match kind {
        "keys" => "key_00000000000000000000000000",
        "workspaces" => "wsp_00000000000000000000000000",
        "clients" => "cli_00000000000000000000000000",
        "users" => "acc_00000000000000000000000000",
        "access-requests" => "acr_00000000000000000000000000",
        "findings" => "fnd_00000000000000000000000000",
        "grants" => "grt_00000000000000000000000000",
        "tokens" => "fam_00000000000000000000000000",
        "webhooks" => "whk_00000000000000000000000000",
        "operator-tokens" => "otk_00000000000000000000000000",
        _ => "sample",
    };
    path.replace("{id}", id)
        .replace("{session}", "ses_00000000000000000000000000")
        .replace("{member}", "acc_00000000000000000000000000")
        .replace("{invitation}", "inv_00000000000000000000000000")
        .replace("{message}", "msg_00000000000000000000000000")
        .replace("{collection}", "shelves")
        .replace("{value}", "x")
}

#[tokio::test]
async fn only_the_document_is_open_to_everyone() {
    let open: Vec<_> = operations().into_iter().filter(|operation| operation.scope.is_none()).collect();
    assert_eq!(
        open.iter().map(|operation| operation.path.as_str()).collect::<Vec<_>>(),
        ["/v1/openapi.json"]
    );
    let harness = Harness::new().await;
    let reply = harness.call_as(None, "GET", "/v1/openapi.json").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, serde_json::to_value(claviger_api::openapi()).unwrap());
}

#[tokio::test]
async fn every_operation_refuses_nobody_and_bad_tokens() {
    let harness = Harness::new().await;
    for Operation { method, path, .. } in operations().iter().filter(|operation| operation.scope.is_some()) {
        let reply = harness.call_as(None, method, path).await;
        reply.is_problem(401, "unauthenticated");
        assert_eq!(reply.headers["www-authenticate"], r#"Bearer realm="claviger""#, "{method} {path}");
        for bad in ["Bearer ", "Bearer nonsense", "Bearer clv_op_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa000000"] {
            let reply = harness.call_as(Some(bad), method, path).await;
            reply.is_problem(401, "unauthenticated");
            let challenge = r#"Bearer realm="claviger", error="invalid_token""#;
            assert_eq!(reply.headers["www-authenticate"], challenge, "{method} {path} {bad}");
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_a_token_with_every_scope_but_the_needed_one() {
    let harness = Harness::new().await;
    for Operation { method, path, scope } in operations() {
        let Some(scope) = scope else { continue };
        let token = format!("Bearer {}", harness.token_without(scope).await);
        let reply = harness.call_as(Some(&token), &method, &path).await;
        reply.is_problem(403, "insufficient_scope");
        let challenge = format!(r#"Bearer realm="claviger", error="insufficient_scope", scope="{scope}""#);
        assert_eq!(reply.headers["www-authenticate"], challenge, "{method} {path}");
    }
}

#[tokio::test]
async fn every_operation_lets_in_a_token_with_the_needed_scope_alone() {
    let harness = Harness::new().await;
    for Operation { method, path, scope } in operations() {
        let Some(scope) = scope else { continue };
        let token = format!("Bearer {}", harness.token_with([scope].into_iter().collect()).await);
        let reply = harness.call_as(Some(&token), &method, &path).await;
        assert!(![401, 403, 405].contains(&reply.status), "{method} {path} {reply:?}");
        assert_ne!(reply.body["code"], Value::from("unknown_route"), "{method} {path}");
    }
}
