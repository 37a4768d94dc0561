//! What operators read of the installation itself: its nodes and its settings.

use std::time::Duration;

use claviger_domain::{ChangeSeq, Clock as _, NodeId};
use claviger_store::NodeLease;
use claviger_testkit::SeededEntropy;

use crate::browser::{Reply, attribute, tags};
use crate::house::{ACTOR, House};

/// A node that said it is there for ten seconds, and does a job for all.
async fn node(house: &House, seed: u64, job: &'static str) -> NodeId {
    let now = house.clock.now();
    let node = NodeId::generate(&house.clock, &SeededEntropy::new(seed));
    let lease = NodeLease { node, until: now.plus(Duration::from_secs(10)), applied: ChangeSeq::from_i64(0) };
    let written = house.store.write::<_, claviger_store::Error, _>(move |tx| {
        Box::pin(async move {
            tx.renew_node(lease, "1.2.3", now).await?;
            tx.acquire_job(job, node, now, lease.until).await
        })
    });
    assert!(written.await.unwrap());
    node
}

/// The row of a table that says this, up to its end.
fn row<'r>(reply: &'r Reply, words: &str) -> &'r str {
    let (before, rest) = reply.body.split_once(words).unwrap_or_else(|| panic!("no {words}: {}", reply.body));
    let start = before.rfind("<tr>").unwrap();
    &reply.body[start..before.len() + words.len() + rest.find("</tr>").unwrap()]
}

#[tokio::test]
async fn nodes_are_alive_or_lost_behind_or_not_and_do_jobs() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    assert!(browser.get("/console/nodes").await.body.contains("No node has written its lease yet"));
    let key = house.issue("sample", "server").await.key.id;
    house.engine.disable_key(&ACTOR, key).await.unwrap();
    let lost = node(&house, 7, "usage").await.to_string();
    house.clock.advance(Duration::from_secs(60));
    let living = node(&house, 8, "clean-up").await.to_string();
    let reply = browser.get("/console/nodes").await;
    let (lost, living) = (row(&reply, &lost), row(&reply, &living));
    assert!(lost.contains("Lost") && lost.contains("1 minute ago"), "{lost}");
    assert!(!lost.contains("adds up usage"), "its lease on the job has ended: {lost}");
    assert!(living.contains("Alive") && living.contains("1.2.3"), "{living}");
    assert!(living.contains("deletes what is past its time") && living.contains(" behind"), "{living}");
    assert!(reply.body.contains("SQLite") && reply.body.contains("Each node counts limits for itself"));
}

#[tokio::test]
async fn settings_say_where_they_were_set_and_what_they_mean() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let reply = browser.get("/console/settings").await;
    let listen = row(&reply, "server.listen</code></th>");
    assert!(listen.contains("0.0.0.0:8443") && listen.contains("$CLAVIGER__SERVER__LISTEN"), "{listen}");
    assert!(listen.contains("Where connections are accepted."), "{listen}");
    assert!(row(&reply, "server.http2").contains("built in"));
    assert!(row(&reply, "limits.shared").contains("(hidden)"));
    assert!(reply.body.contains("2 settings are not built in"));
    for link in tags(&reply.body, "a").iter().filter_map(|tag| attribute(tag, "href")) {
        if let Some(id) = link.strip_prefix('#').filter(|id| *id != "main") {
            assert!(reply.body.contains(&format!("<h2 id=\"{id}\">")), "{link}");
        }
    }
}
