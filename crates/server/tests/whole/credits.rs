//! Credits: `kill -9` at any moment loses none and takes none twice, and the gateway takes them only for what was served.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use claviger_testkit::process::free_address;
use claviger_testkit::upstream::Upstream;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::house::House;
use crate::server::{Key, Server};

/// How many callers charge at once.
const CALLERS: usize = 4;
/// What the workspace is given, and what each charge takes.
const GIVEN: usize = 100_000;
const COST: usize = 7;

async fn charge(server: &Server, workspace: &str, id: &str) -> Option<()> {
    let path = format!("POST /v1/workspaces/{workspace}/credits/charges");
    let answer = server.manage(&path).json(&json!({"id": id, "amount": COST})).try_send().await.ok()?;
    assert_eq!(answer.status, 201, "{answer:?}");
    let commit = format!("POST /v1/workspaces/{workspace}/credits/charges/{id}/commit");
    let answer = server.manage(&commit).try_send().await.ok()?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Some(())
}

async fn credits(server: &Server, workspace: &str) -> Value {
    server.manage(&format!("GET /v1/workspaces/{workspace}/credits")).send().await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_credit_is_lost_or_taken_twice_by_a_kill() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let mut server = house.serve().await;
    let workspace = server.workspace().await;
    server.post(&format!("/v1/workspaces/{workspace}/credits/grants"), &json!({"amount": GIVEN})).await;
    let mut attempted = BTreeSet::new();
    for (round, end_after) in [1, 3, 8, 21].into_iter().enumerate() {
        let (sender, mut charged) = tokio::sync::mpsc::unbounded_channel();
        let (tried, mut tries) = tokio::sync::mpsc::unbounded_channel();
        let running = Arc::new(server);
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (server, sender, tried) = (Arc::clone(&running), sender.clone(), tried.clone());
                let workspace = workspace.clone();
                tokio::spawn(async move {
                    for i in 0_u32.. {
                        let id = format!("{round}-{caller}-{i}");
                        tried.send(id.clone()).unwrap();
                        if charge(&server, &workspace, &id).await.is_none() {
                            return;
                        }
                        sender.send(id).unwrap();
                    }
                })
            })
            .collect();
        drop((sender, tried));
        for _ in 0..end_after {
            charged.recv().await.unwrap();
        }
        kill_process(running.pid(), Signal::KILL).unwrap();
        for caller in callers {
            caller.await.unwrap();
        }
        while let Some(id) = tries.recv().await {
            attempted.insert(id);
        }
        drop(running);
        server = house.serve().await;
        // Whoever heard nothing asks again: each id is charged once, whether or not it was before.
        for id in &attempted {
            charge(&server, &workspace, id).await.unwrap();
        }
        let left = GIVEN - COST * attempted.len();
        assert_eq!(
            credits(&server, &workspace).await["available"],
            left,
            "after {} charges",
            attempted.len()
        );
    }
}

/// A server whose route `/v1/costly` costs five credits, and a key of a workspace that has so many.
async fn costly(upstream: SocketAddr, given: usize) -> (Server, Key, House) {
    let house = House::new(upstream).await;
    let contract = house.read("contracts/my-api.toml");
    house.write(
        "contracts/my-api.toml",
        &format!("{contract}\n[[route]]\nmethod = \"GET\"\npath = \"/v1/costly\"\ncredits = 5\n"),
    );
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let grants = format!("/v1/workspaces/{}/credits/grants", key.workspace);
    server.post(&grants, &json!({"amount": given})).await;
    (server, key, house)
}

async fn ask(server: &Server, key: &Key) -> Answer {
    server.call("GET my-api.localhost/v1/costly").bearer(&key.text).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_takes_credits_for_what_was_served() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, key, _house) = costly(upstream.address(), 12).await;
    assert_eq!((ask(&server, &key).await.status, ask(&server, &key).await.status), (200, 200));
    let refused = ask(&server, &key).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(server.line_about_refusal(&refused)["reason"], "credits_exhausted");
    assert_eq!(credits(&server, &key.workspace).await["available"], 2);
    let free = server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await;
    assert_eq!(free.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_served_costs_nothing() {
    let (server, key, _house) = costly(free_address().unwrap(), 10).await;
    assert_eq!(ask(&server, &key).await.status, 502);
    assert_eq!(credits(&server, &key.workspace).await["available"], 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verdict_names_its_charge_for_whoever_does_not_serve_the_request() {
    let (server, key, _house) = costly(free_address().unwrap(), 10).await;
    let body = json!({"api": "my-api", "request": {"method": "GET", "path": "/v1/costly",
        "headers": {"Authorization": format!("Bearer {}", key.text)}}});
    let verdict = server.post("/v1/verify", &body).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(credits(&server, &key.workspace).await["available"], 5);
    let charge = verdict["charge"].as_str().unwrap();
    let refund = format!("/v1/workspaces/{}/credits/charges/{charge}/refund", key.workspace);
    assert_eq!(server.post(&refund, &json!({})).await["state"], "refunded");
    assert_eq!(credits(&server, &key.workspace).await["available"], 10);
}
