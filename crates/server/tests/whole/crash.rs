//! `kill -9` at any moment: what was acknowledged is there, and nothing is there twice.

use std::collections::BTreeMap;

use claviger_testkit::upstream::Upstream;
use serde_json::json;

use crate::house::House;
use crate::server::Server;

/// How many keys each of several callers tries to make before the end comes.
const CALLERS: usize = 4;

/// An attempt that can be repeated: its name is its idempotency key.
async fn create(server: &Server, workspace: &str, name: &str) -> Option<(String, String)> {
    let new = json!({"api": "my-api", "workspace": workspace, "environment": "live", "name": name, "scopes": ["read"]});
    let answer =
        server.manage("POST /v1/keys").header("idempotency-key", name).json(&new).try_send().await.ok()?;
    assert_eq!(answer.status, 201, "{answer:?}");
    let text = |member: &str| answer.json()[member].as_str().unwrap().to_owned();
    Some((text("id"), text("key")))
}

async fn names(server: &Server, workspace: &str) -> BTreeMap<String, Vec<String>> {
    let mut names = BTreeMap::<String, Vec<String>>::new();
    let mut cursor = String::new();
    loop {
        let page = server
            .manage(&format!("GET /v1/keys?limit=200&workspace={workspace}{cursor}"))
            .send()
            .await
            .json();
        for key in page["data"].as_array().unwrap() {
            let id = key["id"].as_str().unwrap().to_owned();
            names.entry(key["name"].as_str().unwrap().to_owned()).or_default().push(id);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_doubled() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let mut server = house.serve().await;
    let workspace = server.workspace().await;
    let mut acknowledged = BTreeMap::new();
    let mut attempted = Vec::new();
    // The end comes when so many were acknowledged: each round meets the writer at another step of its work.
    for (round, end_after) in [1, 2, 5, 11, 23].into_iter().enumerate() {
        let (sender, mut made) = tokio::sync::mpsc::unbounded_channel();
        let (tried, mut tries) = tokio::sync::mpsc::unbounded_channel();
        let running = std::sync::Arc::new(server);
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (server, sender, tried) =
                    (std::sync::Arc::clone(&running), sender.clone(), tried.clone());
                let workspace = workspace.clone();
                tokio::spawn(async move {
                    for i in 0_u32.. {
                        let name = format!("{round}-{caller}-{i}");
                        tried.send(name.clone()).unwrap();
                        let Some((id, text)) = create(&server, &workspace, &name).await else { return };
                        sender.send((name, id, text)).unwrap();
                    }
                })
            })
            .collect();
        drop((sender, tried));
        for _ in 0..end_after {
            let (name, id, text) = made.recv().await.unwrap();
            acknowledged.insert(name, (id, text));
        }
        rustix::process::kill_process(running.pid(), rustix::process::Signal::KILL).unwrap();
        for caller in callers {
            caller.await.unwrap();
        }
        while let Some((name, id, text)) = made.recv().await {
            acknowledged.insert(name, (id, text));
        }
        while let Some(name) = tries.recv().await {
            attempted.push(name);
        }
        drop(running);
        server = house.serve().await;
    }
    let found = names(&server, &workspace).await;
    assert!(found.values().all(|ids| ids.len() == 1), "doubled: {found:?}");
    for (name, (id, text)) in &acknowledged {
        assert_eq!(found[name], std::slice::from_ref(id));
        assert_eq!(server.verify("my-api", text).await["code"], "VALID", "{name}");
    }
    // Whoever heard nothing asks again and gets the key that was made, or makes it now.
    for name in attempted.iter().filter(|name| !acknowledged.contains_key(*name)) {
        let (id, text) = create(&server, &workspace, name).await.unwrap();
        assert!(found.get(name).is_none_or(|ids| *ids == [id]), "{name}");
        assert_eq!(server.verify("my-api", &text).await["code"], "VALID", "{name}");
    }
    let after = names(&server, &workspace).await;
    assert!(after.values().all(|ids| ids.len() == 1), "doubled: {after:?}");
    assert_eq!(after.len(), attempted.len());
}
