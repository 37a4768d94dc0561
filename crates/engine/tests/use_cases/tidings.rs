//! What webhooks are told that nobody did: ends that came or are near, limits that were used up, what was found.

use std::time::Duration;

use claviger_domain::{
    Environment, Facts, KeyPatch, LeakSource, Limit, Pace, Partition, Role, Subscription, Timestamp,
    WhenUnavailable, WorkspaceId,
};
use claviger_engine::{NewWebhook, Wait};
use claviger_testkit::FakeClock;
use serde_json::{Value, json};

use crate::house::{ACTOR, House, limit, policy, postgres};
use crate::receivers::Got;

const HOOK: &str = "https://hooks.example/in";
const INSTANCE: &str = "https://provider.example/in";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// A midnight in UTC.
const START: Timestamp = Timestamp::from_seconds(20_833 * 86_400);

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(&super::at_midnight("sqlite::memory:", 1).await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(&super::at_midnight(&super::postgres(), 1).await).await; })* }
    };
}

on_both! {
    a_key_is_told_thirty_seven_and_one_days_before_its_end_and_when_it_came
    a_revoked_key_has_no_end_that_is_told_and_another_end_is_another_one
    a_limit_is_told_when_it_is_used_up_and_once_an_hour_at_most
    a_daily_limit_is_told_once_a_day
    limits_of_strangers_and_those_that_nobody_can_count_are_not_told
    what_is_found_is_told_to_its_workspace_and_a_leaked_key_as_exposed
    a_canary_is_told_to_the_provider_only
    a_request_for_access_is_told_when_it_is_made_and_when_it_is_decided
    owners_and_admins_are_written_to_about_a_leaked_key_and_no_other_member
}

async fn at_midnight(url: &str, seed: u64) -> House {
    House::with(url, seed, FakeClock::at(START), policy()).await
}

impl House {
    async fn told_at(&self, url: &str, workspace: Option<WorkspaceId>) {
        let (name, address) = ("Inventory".parse().unwrap(), url.parse().unwrap());
        let new = NewWebhook { workspace, name, address, events: Subscription::All };
        self.engine.create_webhook(&ACTOR, new, None).await.unwrap();
    }

    /// What an endpoint is told now, apart from what was made for the test.
    async fn news_at(&self, url: &str) -> Vec<Value> {
        self.engine.tell_tidings().await.unwrap();
        self.engine.send_due_webhooks().await.unwrap();
        let got = self.receivers.take().into_iter().filter(|got| got.url == url).map(|got| got.json());
        let mut news: Vec<_> = got.filter(|message| message["type"] != "key.created").collect();
        // Messages about different things are sent side by side.
        news.sort_by_key(|message| message["type"].to_string());
        news
    }

    async fn types_at(&self, url: &str) -> Vec<String> {
        let told = self.news_at(url).await;
        told.iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn a_key_is_told_thirty_seven_and_one_days_before_its_end_and_when_it_came(house: &House) {
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let end = START.plus(DAY * 40);
    let key = house.issue(|new| new.expires_at = Some(end)).await.unwrap().key;
    house.issue(|_| {}).await.unwrap();
    let mut days = Vec::new();
    for day in 0..=45_i32 {
        for _ in 0..2 {
            house.keep_up().await;
            for message in house.news_at(HOOK).await {
                let data = &message["data"];
                assert_eq!((&data["id"], &data["by"]), (&json!(key.id), &json!("system")));
                assert_eq!(data["key"]["expires_at"], json!(end));
                assert_eq!(data["workspace"], json!(house.workspace.id));
                days.push((40 - day, message["type"].clone(), data["key"]["expires_within_days"].clone()));
            }
        }
        house.clock.advance(DAY);
    }
    let expiring = json!("key.expiring");
    let expected = [
        (30, expiring.clone(), json!(30)),
        (7, expiring.clone(), json!(7)),
        (1, expiring, json!(1)),
        (0, json!("key.expired"), Value::Null),
    ];
    assert_eq!(days, expected);
}

async fn a_revoked_key_has_no_end_that_is_told_and_another_end_is_another_one(house: &House) {
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let end = Some(START.plus(HOUR));
    let gone = house.issue(|new| new.expires_at = end).await.unwrap().key;
    let put_off = house.issue(|new| new.expires_at = end).await.unwrap().key;
    house.issue(|new| new.expires_at = Some(START.plus(MINUTE))).await.unwrap();
    house.engine.revoke_key(&ACTOR, gone.id, Wait::No).await.unwrap();
    house.clock.advance(HOUR);
    let told = house.types_at(HOOK).await;
    assert_eq!(told, ["key.expired", "key.expired", "key.revoked"]);
    let patch = KeyPatch { expires_at: Some(Some(START.plus(HOUR * 2))), ..KeyPatch::default() };
    house.engine.update_key(&ACTOR, put_off.id, patch).await.unwrap();
    assert_eq!(house.types_at(HOOK).await, ["key.changed"]);
    house.clock.advance(HOUR);
    let told = house.news_at(HOOK).await;
    assert_eq!((told.len(), &told[0]["data"]["id"]), (1, &json!(put_off.id)));
    // What was told is forgotten when it is no news any more, and nothing is told again.
    for _ in 0..5 {
        house.clock.advance(DAY * 7);
        house.engine.clean_up().await.unwrap();
        assert!(house.news_at(HOOK).await.is_empty());
    }
}

async fn a_limit_is_told_when_it_is_used_up_and_once_an_hour_at_most(house: &House) {
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let own = vec![limit("own", 2, 60)];
    let issued = house.issue(|new| new.limits = own).await.unwrap();
    let key = issued.text.expose();
    let ask = async || house.ask(key, &Facts::none()).await.code();
    assert_eq!((ask().await, ask().await), ("VALID", "VALID"));
    assert!(house.news_at(HOOK).await.is_empty(), "used up by what was allowed: nothing was refused");
    for _ in 0..5 {
        assert_eq!(ask().await, "RATE_LIMITED");
    }
    let told = house.news_at(HOOK).await;
    assert_eq!((told.len(), &told[0]["type"]), (1, &json!("limit.reached")));
    let data = &told[0]["data"];
    assert_eq!((&data["id"], &data["workspace"]), (&json!(issued.key.id), &json!(house.workspace.id)));
    let expected = json!({
        "api": house.api.id, "name": "own", "requests": 2, "per_seconds": 60, "partition": "credential",
        "retry_at": START.plus(Duration::from_secs(30)),
    });
    assert_eq!(data["limit"], expected);
    for _ in 0..11 {
        house.clock.advance(MINUTE * 5);
        for _ in 0..4 {
            ask().await;
        }
        assert!(house.news_at(HOOK).await.is_empty());
    }
    house.clock.advance(MINUTE * 5);
    for _ in 0..4 {
        ask().await;
    }
    assert_eq!(house.types_at(HOOK).await, ["limit.reached"]);
}

async fn a_daily_limit_is_told_once_a_day(house: &House) {
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let daily = Limit { pace: Pace::Day, partition: Partition::Workspace, ..limit("daily", 1, 60) };
    let issued = house.issue(|new| new.limits = vec![daily]).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..48 {
        for _ in 0..2 {
            house.ask(issued.text.expose(), &Facts::none()).await;
        }
        told.extend(house.news_at(HOOK).await);
        house.clock.advance(HOUR);
    }
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["data"]["id"], json!(house.workspace.id));
    assert_eq!(told[0]["data"]["limit"]["retry_at"], json!(START.plus(DAY)));
    assert_eq!(told[1]["timestamp"], json!(START.plus(DAY)));
}

async fn limits_of_strangers_and_those_that_nobody_can_count_are_not_told(house: &House) {
    house.told_at(INSTANCE, None).await;
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let of_address = Limit { partition: Partition::Address, ..limit("address", 1, 60) };
    let of_all = Limit {
        partition: Partition::Everyone,
        when_unavailable: WhenUnavailable::Closed,
        ..limit("all", 3, 60)
    };
    let issued = house.issue(|new| new.limits = vec![of_address, of_all]).await.unwrap();
    let from = |last: u8| Facts { address: Some([203, 0, 113, last].into()), ..Facts::none() };
    for last in [1, 1, 2] {
        house.ask(issued.text.expose(), &from(last)).await;
    }
    assert!(house.news_at(INSTANCE).await.is_empty());
    for last in 3..9 {
        house.ask(issued.text.expose(), &from(last)).await;
    }
    house.engine.tell_tidings().await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    let got = house.receivers.take();
    assert_eq!(got.iter().map(|got| got.url.as_str()).collect::<Vec<_>>(), [INSTANCE], "of no one workspace");
    assert_eq!(got[0].json()["data"]["id"], json!(house.api.id));
}

async fn what_is_found_is_told_to_its_workspace_and_a_leaked_key_as_exposed(house: &House) {
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let issued = house.issue(|_| {}).await.unwrap();
    for _ in 0..3 {
        house.engine.note_leak(issued.text.expose(), LeakSource::Report, None).await.unwrap();
    }
    let told = house.news_at(HOOK).await;
    let types: Vec<_> = told.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["key.exposed", "unusual_activity.found"], "what is found again is not told again");
    assert_eq!(told[0]["data"]["id"], json!(issued.key.id));
    assert_eq!(told[0]["data"]["key"]["name"], "server");
    let found = &told[1]["data"]["unusual_activity"];
    assert!(told[1]["data"]["id"].as_str().unwrap().starts_with("fnd_"));
    assert_eq!((&found["rule"], &found["subject"]), (&json!("leaked_key"), &json!(issued.key.id)));
    assert_eq!(found["evidence"], json!({"kind": "leak", "source": "report", "place": null}));
    assert!(!told.iter().any(|message| message.to_string().contains(issued.text.expose())));
    // Acknowledged, quiet, and found once more: it is told under the finding's own id.
    let id = told[1]["data"]["id"].as_str().unwrap().parse().unwrap();
    house.engine.acknowledge_finding(&ACTOR, id, "").await.unwrap();
    house.clock.advance(HOUR * 2);
    house.engine.note_leak(issued.text.expose(), LeakSource::Report, None).await.unwrap();
    let again = house.news_at(HOOK).await;
    assert_eq!((again.len(), &again[1]["data"]["id"]), (2, &told[1]["data"]["id"]));
}

async fn a_canary_is_told_to_the_provider_only(house: &House) {
    house.told_at(INSTANCE, None).await;
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let canary = house.issue(|new| new.is_canary = true).await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    house.receivers.take();
    house.ask(canary.text.expose(), &Facts::none()).await;
    house.engine.watch_activity().await.unwrap();
    house.clock.advance(MINUTE);
    house.engine.watch_activity().await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    let got = house.receivers.take();
    assert_eq!(got.iter().map(|got| got.url.as_str()).collect::<Vec<_>>(), [INSTANCE]);
    assert_eq!(got[0].json()["data"]["unusual_activity"]["rule"], "canary_key_used");
}

async fn a_request_for_access_is_told_when_it_is_made_and_when_it_is_decided(house: &House) {
    house.told_at(INSTANCE, None).await;
    let (id, workspace) = house.approved().await;
    let other = house.asked().await;
    house.engine.decline_access_request(&ACTOR, other, "No.".parse().unwrap()).await.unwrap();
    let told = house.news_at(INSTANCE).await;
    let of = |kind: &str| told.iter().filter(|message| message["type"] == kind).collect::<Vec<_>>();
    let made = of("access_request.made");
    assert!(made.len() == 2 && made.iter().any(|message| message["data"]["id"] == json!(id)));
    let decided = of("access_request.decided");
    assert_eq!(decided.len(), 2);
    let request =
        |id| &decided.iter().find(|one| one["data"]["id"] == json!(id)).unwrap()["data"]["access_request"];
    let (approved, declined) = (request(id), request(other));
    assert_eq!((&approved["state"], &approved["workspace"]), (&json!("approved"), &json!(workspace)));
    assert_eq!((&declined["state"], &declined["workspace"]), (&json!("declined"), &Value::Null));
    assert_eq!(declined["environments"], json!(Environment::ALL));
    assert!(!told.iter().any(|message| message.to_string().contains("ada@example.com")), "nobody is named");
}

async fn owners_and_admins_are_written_to_about_a_leaked_key_and_no_other_member(house: &House) {
    for (email, role) in [
        ("owner@partner.example", Role::Owner),
        ("admin@partner.example", Role::Admin),
        ("dev@partner.example", Role::Developer),
        ("viewer@partner.example", Role::Viewer),
    ] {
        house.member_of_it(email, role).await;
    }
    house.take_mails().await;
    let issued = house.issue(|_| {}).await.unwrap();
    for _ in 0..2 {
        house.engine.note_leak(issued.text.expose(), LeakSource::Report, None).await.unwrap();
    }
    let letters = house.take_mails().await;
    let mut to: Vec<_> = letters.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["admin@partner.example", "owner@partner.example"]);
    let text = letters[0].text.expose();
    let link = format!("/portal/{}/keys/{}", house.workspace.id, issued.key.id);
    assert!(text.contains(&link) && text.contains(" true\n"), "to a caretaker: {text}");
    assert!(!text.contains("/console/") && !text.contains(issued.text.expose()), "{text}");
    // What does not stop a key is the provider's to judge.
    let shown =
        Facts { signs: claviger_domain::Signs { in_browser: true, in_the_clear: false }, ..Facts::none() };
    let other = house.issue(|_| {}).await.unwrap();
    house.ask(other.text.expose(), &shown).await;
    house.engine.watch_activity().await.unwrap();
    house.clock.advance(MINUTE);
    house.engine.watch_activity().await.unwrap();
    assert!(house.take_mails().await.is_empty());
}

#[tokio::test]
async fn two_nodes_tell_an_end_and_a_used_up_limit_once() {
    let url = postgres();
    let one = at_midnight(&url, 1).await;
    let two = House::with(&url, 2, one.clock.clone(), policy()).await;
    one.told_at(HOOK, Some(one.workspace.id)).await;
    one.issue(|new| new.expires_at = Some(START.plus(MINUTE))).await.unwrap();
    let limited = one.issue(|new| new.limits = vec![limit("own", 1, 60)]).await.unwrap();
    one.news_at(HOOK).await;
    for house in [&one, &two] {
        for _ in 0..3 {
            house.ask(limited.text.expose(), &Facts::none()).await;
        }
    }
    one.clock.advance(MINUTE);
    let (first, second) = tokio::join!(one.engine.tell_tidings(), two.engine.tell_tidings());
    first.and(second).unwrap();
    one.engine.send_due_webhooks().await.unwrap();
    let mut told: Vec<_> = one.receivers.take().iter().map(Got::event).collect();
    told.sort_unstable();
    assert_eq!(told, ["key.expired", "limit.reached"]);
    assert_eq!(two.engine.send_due_webhooks().await.unwrap(), 0);
}

#[tokio::test]
async fn a_used_up_limit_is_told_at_once_and_before_a_node_ends_though_nobody_asks_for_it() {
    let house = House::in_memory().await;
    house.told_at(HOOK, Some(house.workspace.id)).await;
    let use_up = async || {
        let limited = house.issue(|new| new.limits = vec![limit("own", 1, 60)]).await.unwrap();
        for _ in 0..2 {
            house.ask(limited.text.expose(), &Facts::none()).await;
        }
    };
    let got = || house.receivers.take().iter().filter(|got| got.event() == "limit.reached").count();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = house.engine.run(async { stopped.await.unwrap() });
    let watching = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        use_up().await;
        while got() == 0 {
            tick.tick().await;
        }
        use_up().await;
        stop.send(()).unwrap();
    };
    tokio::time::timeout(MINUTE / 2, futures_util::future::join(running, watching)).await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    assert_eq!(got(), 1);
}
