//! Contracts that change while they are served.

use claviger_testkit::mmdb::country_database;
use claviger_testkit::upstream::Upstream;
use rustix::process::Signal;
use serde_json::json;

use crate::client::eventually;
use crate::house::House;
use crate::server::Server;

const FILE: &str = "contracts/my-api.toml";

async fn refusal(server: &Server) -> String {
    server.call("GET my-api.localhost/v1/things").send().await.json()["error"]["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn edit(house: &House, from: &str, to: &str) {
    let text = house.read(FILE);
    assert!(text.contains(from), "{from}");
    house.write(FILE, &text.replace(from, to));
}

#[tokio::test]
async fn a_changed_contract_is_in_force_at_once_and_keys_go_on() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    assert_eq!(refusal(&server).await, "unauthorized");
    edit(&house, "code = \"unauthorized\"", "code = \"who_are_you\"");
    eventually("the new word", async || refusal(&server).await == "who_are_you").await;
    assert!(server.log().contains("contracts reloaded"));
    let things = || server.call("GET my-api.localhost/v1/things").bearer(&key.text).send();
    assert_eq!(things().await.status, 200);
    // What the engine knows of it changes with it: reading needs another scope now.
    edit(&house, "scopes = [\"read\"]", "scopes = [\"write\"]");
    eventually("the new scope", async || things().await.status == 403).await;
}

#[tokio::test]
async fn a_hangup_reloads_where_files_are_not_watched() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await.with("CONTRACTS__WATCH", "false");
    let server = house.serve().await;
    edit(&house, "code = \"unauthorized\"", "code = \"who_are_you\"");
    assert_eq!(refusal(&server).await, "unauthorized");
    server.signal(Signal::HUP);
    eventually("the new word", async || refusal(&server).await == "who_are_you").await;
}

#[tokio::test]
async fn a_bad_file_leaves_the_old_one_serving_and_says_where_it_is_bad() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let good = house.read(FILE);
    for (from, to, said) in [
        ("[[credential]]\nin = \"bearer\"", "[[credential]]\nin = \"baerer\"", "did you mean `bearer`"),
        ("name = \"my-api\"", "name = \"my-api", "my-api.toml:4"),
        ("my-api.localhost", "localhost", "control origin"),
    ] {
        let lines = server.lines().len();
        house.write(FILE, &good.replacen(from, to, 1));
        eventually(said, async || {
            server
                .lines()
                .iter()
                .skip(lines)
                .any(|line| line["level"] == "ERROR" && line.to_string().contains(said))
        })
        .await;
        assert_eq!(refusal(&server).await, "unauthorized");
        let new = server.lines().split_off(lines);
        let line = new.iter().find(|line| line["level"] == "ERROR").unwrap();
        let message = line["message"].as_str().unwrap();
        assert!(message.contains("its last good version goes on serving"), "{message}");
        if said != "control origin" {
            let place = message.split("my-api.toml:").nth(1).unwrap();
            let mut numbers = place.split(|c: char| !c.is_ascii_digit());
            let is_number = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
            assert!(is_number(numbers.next()) && is_number(numbers.next()), "line and column: {message}");
        }
    }
    // A good one afterwards takes effect.
    house.write(FILE, &good.replace("code = \"unauthorized\"", "code = \"who_are_you\""));
    eventually("the new word", async || refusal(&server).await == "who_are_you").await;
}

#[tokio::test]
async fn a_contract_can_come_and_go_while_others_are_served() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let status = async || server.call("GET tides.example.org/tables/x").send().await.status;
    assert_eq!(status().await, 421);
    house.write("contracts/tides.toml", include_str!("../../../contract/tests/sixth.toml"));
    eventually("a new contract", async || status().await == 401).await;
    std::fs::remove_file(house.path("contracts/tides.toml")).unwrap();
    eventually("its end", async || status().await == 421).await;
    assert_eq!(refusal(&server).await, "unauthorized");
}

#[tokio::test]
async fn a_bad_contract_keeps_the_server_from_starting_and_shows_the_lines() {
    let house = House::empty();
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    edit(&house, "decided_by = \"prefix\"", "decided_by = \"perfix\"");
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("my-api.toml:") && ran.err.contains("perfix") && ran.err.contains("prefix"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn countries_are_read_at_the_start_and_on_a_hangup_and_a_bad_file_ends_nothing() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await.with("UNUSUAL_ACTIVITY__COUNTRIES", "countries.mmdb");
    let refused = house.run(&["serve"]).await;
    assert_eq!(refused.code, Some(1));
    let said = &refused.err;
    assert!(said.contains("cannot read the file of countries") && said.contains("countries.mmdb"), "{said}");

    let file = house.path("countries.mmdb");
    let table = country_database("GeoLite2-Country", &[("203.0.113.0".parse().unwrap(), 24, "DE")]);
    std::fs::write(&file, &table).unwrap();
    let server = house.serve().await;
    server.signal(Signal::HUP);
    eventually("the same again", async || server.log().contains("countries reloaded")).await;
    std::fs::write(&file, b"nothing").unwrap();
    server.signal(Signal::HUP);
    eventually("the bad file", async || server.log().contains("the countries could not be reloaded")).await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    assert_eq!(server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await.status, 200);
}
