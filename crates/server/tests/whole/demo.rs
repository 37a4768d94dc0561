//! `claviger demo`: what a newcomer sees first.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::house::{Demo, House};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Pastes a printed command into a shell and answers the status that curl shows first.
async fn paste(command: &str) -> u16 {
    let quiet = command.replacen("curl -i", "curl -s -i", 1);
    let done = tokio::process::Command::new("sh").args(["-c", &quiet]).output().await.unwrap();
    let shown = String::from_utf8_lossy(&done.stdout).into_owned();
    let status = shown.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{command}\n{shown}\n{}", String::from_utf8_lossy(&done.stderr)))
}

/// Pastes every printed command, each of which must get the status printed above it. Answers how many got a status of
/// each hundred.
async fn paste_all(demo: &Demo) -> BTreeMap<u16, usize> {
    let log = demo.log();
    let lines: Vec<&str> = log.lines().map(str::trim).collect();
    let mut shown = BTreeMap::<u16, usize>::new();
    for pair in lines.windows(2) {
        let [title, command] = pair else { continue };
        let Some(status) = title.strip_prefix("# ").and_then(|title| title.split_once(':')) else { continue };
        let status: u16 = status.0.parse().unwrap();
        assert_eq!(paste(command).await, status, "{title}\n{command}");
        *shown.entry(status / 100).or_default() += 1;
    }
    shown
}

#[tokio::test]
async fn every_printed_command_gets_the_status_printed_above_it() {
    let (demo, _house) = Demo::fresh().await;
    let shown = paste_all(&demo).await;
    // One that succeeds and one that is refused per contract; where a key buys a token, also its use.
    assert_eq!((shown[&2], shown[&4]), (10, 6), "{shown:?}");
}

/// Every text in these facts that is under a name of something secret.
fn secrets<'f>(name: &str, facts: &'f Value, found: &mut Vec<&'f str>) {
    match facts {
        Value::Object(members) => members.iter().for_each(|(name, value)| secrets(name, value, found)),
        Value::String(text) => {
            let is_secret = ["key", "secret", "password", "token"].iter().any(|word| name.contains(word));
            // The private parts of a JSON Web Key (RFC 7518 section 6.3.2).
            if is_secret || ["d", "p", "q", "dp", "dq", "qi"].contains(&name) {
                found.push(text);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_log_line_of_the_whole_tour_has_a_secret_and_each_about_a_request_has_its_id() {
    let house = House::empty().with("LOG__FILTER", "debug");
    let demo = house.demo(&["--port", "0"]).await;
    paste_all(&demo).await;
    let mut all = Vec::new();
    secrets("", &demo.facts, &mut all);
    assert!(all.len() > 20, "the facts have secrets under other names: {all:?}");
    let log = demo.log_of_requests();
    for secret in all {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let lines = demo.lines();
    let about: Vec<&Value> = lines
        .iter()
        .filter(|line| ["refused", "allowed", "failed"].iter().any(|m| line["message"] == *m))
        .collect();
    // Of sixteen commands, ten are let through, and six refused; some of both by endpoints of their own.
    assert!(about.len() >= 10, "{about:?}");
    for line in about {
        assert!(line["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
    }
}

#[tokio::test]
async fn the_directory_holds_everything_and_its_secrets_are_its_owners_alone() {
    let (demo, house) = Demo::fresh().await;
    let directory = house.path("claviger-demo");
    assert_eq!(mode(&directory), 0o700);
    for secret in ["credentials.json", "master.key"] {
        assert_eq!(mode(&directory.join(secret)), 0o600, "{secret}");
    }
    let mut contracts: Vec<String> = fs::read_dir(directory.join("contracts"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    contracts.sort();
    assert_eq!(contracts, ["brifle.toml", "example.toml", "propertybase.toml", "redox.toml", "redpin.toml"]);
    assert!(directory.join("claviger.db").is_file());
    assert_eq!(demo.facts["base_url"], format!("http://{}", demo.address));
}

#[tokio::test]
async fn credentials_json_has_the_facts_that_scripts_rely_on() {
    let (demo, _house) = Demo::fresh().await;
    let port = demo.address.port();
    for (contract, fields) in [
        ("redpin", &["api_key", "client_id", "client_secret", "expired_token"][..]),
        (
            "example",
            &["live_key", "test_key", "read_only_key", "client_id", "client_secret", "expired_token"],
        ),
        (
            "propertybase",
            &["live_key", "test_key", "read_only_key", "client_id", "client_secret", "expired_token"],
        ),
        (
            "brifle",
            &["api_key", "secret", "read_only_key", "client_id", "client_secret", "username", "password"],
        ),
        ("redox", &["api_key", "secret", "destination_id", "client_id", "kid"]),
    ] {
        assert_eq!(demo.fact(contract, "origin"), format!("http://{contract}.localhost:{port}"));
        for field in fields {
            assert!(!demo.fact(contract, field).is_empty(), "{contract} {field}");
        }
    }
    let sandbox = demo.fact("propertybase", "sandbox_origin");
    assert_eq!(sandbox, format!("http://sandbox.propertybase.localhost:{port}"));
    for contract in ["example", "propertybase"] {
        assert_eq!(demo.fact(contract, "redirect_uri"), "http://localhost:3000/callback");
        let user = &demo.facts["contracts"][contract]["user"];
        assert!(user["email"].is_string() && user["password"].is_string(), "{contract} {user}");
    }
    assert_eq!(demo.facts["contracts"]["redox"]["private_jwk"]["kty"], "RSA");
    // The operator's token drives the management API.
    let keys = demo.manage("GET /v1/keys?limit=200").send().await;
    assert_eq!(keys.status, 200);
    let single = ["live_key", "test_key", "read_only_key"].map(|field| demo.fact("example", field));
    for key in single {
        assert_eq!(demo.verify("example", key).await["code"], "VALID");
    }
    assert_eq!(demo.verify("example", demo.fact("example", "expired_key")).await["code"], "EXPIRED");
}

#[tokio::test]
async fn a_second_start_finds_everything_as_it_was() {
    let (demo, house) = Demo::fresh().await;
    let facts = demo.facts["contracts"].clone();
    let mine = demo.key("example", &serde_json::json!({"scopes": ["read"]})).await;
    let (code, log) = demo.server.stop(Signal::TERM).await;
    assert_eq!(code, Some(0), "{log}");
    let again = house.demo(&["--port", "0"]).await;
    let key = |facts: &Value| facts["example"]["live_key"].clone();
    assert_eq!(key(&again.facts["contracts"]), key(&facts));
    let users = again.call("GET example.localhost/v1/users").bearer(&mine.text).send().await;
    assert_eq!(users.status, 200, "{users:?}");
}

#[tokio::test]
async fn a_webhook_was_told_of_the_keys_and_is_where_the_receiver_is_at_the_next_start() {
    let (demo, house) = Demo::fresh().await;
    let listed = demo.manage("GET /v1/webhooks").send().await.json();
    let hooks = listed["data"].as_array().unwrap_or_else(|| panic!("{listed}"));
    // The provider has one of its own, for the sample data.
    let hooks: Vec<_> = hooks.iter().filter(|hook| hook["name"] == "Key inventory").collect();
    assert_eq!(hooks.len(), demo.facts["contracts"].as_object().unwrap().len(), "one for each: {listed}");
    let id = hooks[0]["id"].as_str().unwrap();
    let path = format!("GET /v1/webhooks/{id}/messages?state=delivered");
    let is_told = async || {
        let listed = demo.manage(&path).send().await.json();
        listed["data"].as_array().is_some_and(|messages| !messages.is_empty())
    };
    crate::client::eventually("it is told of a key", is_told).await;
    demo.server.stop(Signal::TERM).await;
    let again = house.demo(&["--port", "0"]).await;
    let shown = again.manage(&format!("GET /v1/webhooks/{id}")).send().await.json();
    let url: url::Url = shown["url"].as_str().unwrap_or_else(|| panic!("{shown}")).parse().unwrap();
    let receiver = (url.host_str().unwrap(), url.port().unwrap());
    assert!(tokio::net::TcpStream::connect(receiver).await.is_ok(), "somebody listens at {url}");
}

#[tokio::test]
async fn starting_over_makes_new_keys_and_forgets_the_old() {
    let (demo, house) = Demo::fresh().await;
    let old = demo.fact("example", "live_key").to_owned();
    demo.server.stop(Signal::TERM).await;
    let fresh = house.demo(&["--port", "0", "--fresh"]).await;
    assert_ne!(fresh.fact("example", "live_key"), old);
    assert_eq!(fresh.verify("example", &old).await["code"], "UNKNOWN");
}

#[tokio::test]
async fn port_and_directory_can_be_chosen_and_the_port_is_kept() {
    let house = House::empty();
    let port = claviger_testkit::process::free_address().unwrap().port();
    let chosen = ["demo", "--port", &port.to_string(), "--dir", "elsewhere"].map(str::to_owned);
    let address = |log: &str| {
        let found = log.lines().find_map(|line| line.strip_prefix("Claviger's demo is at http://"))?;
        log.contains("Ctrl-C").then(|| found.parse().ok())?
    };
    let started = house.start(&chosen.each_ref().map(String::as_str));
    let server = started.serving(String::new(), address).await;
    assert_eq!(server.address.port(), port);
    assert!(house.read("elsewhere/claviger.toml").contains(&format!("127.0.0.1:{port}")));
    let (code, log) = server.stop(Signal::INT).await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn both_signals_end_it_cleanly_and_say_so() {
    for signal in [Signal::INT, Signal::TERM] {
        let (demo, _house) = Demo::fresh().await;
        let (code, log) = demo.server.stop(signal).await;
        assert_eq!(code, Some(0), "{log}");
        assert!(log.ends_with("stopped; `claviger demo` goes on where this left off\n"), "{log}");
    }
}

#[tokio::test]
async fn damaged_or_missing_credentials_are_told_with_the_way_out() {
    let (demo, house) = Demo::fresh().await;
    let token = demo.token.clone();
    demo.server.stop(Signal::TERM).await;
    let text = house.read("claviger-demo/credentials.json");
    house.write("claviger-demo/credentials.json", &text[..text.len() / 2]);
    let ran = house.run(&["demo", "--port", "0"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("credentials.json is damaged (line "), "{ran:?}");
    assert!(ran.err.contains("--fresh") && !ran.err.contains(&token), "{ran:?}");

    fs::remove_file(house.path("claviger-demo/credentials.json")).unwrap();
    let ran = house.run(&["demo", "--port", "0"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("credentials.json is missing") && ran.err.contains("--fresh"), "{ran:?}");
}

#[tokio::test]
async fn a_taken_port_is_told_with_the_way_out() {
    let (demo, _house) = Demo::fresh().await;
    let house = House::empty();
    let ran = house.run(&["demo", "--port", &demo.address.port().to_string()]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let said = format!("another program listens on {} already", demo.address);
    assert!(ran.err.contains(&said) && ran.err.contains("--port"), "{ran:?}");
}

#[tokio::test]
async fn a_running_demo_is_not_started_over_by_another() {
    let (demo, house) = Demo::fresh().await;
    for options in [&["demo", "--port", "0", "--fresh"][..], &["demo", "--port", "0"]] {
        let ran = house.run(options).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("a demo is running in claviger-demo already"), "{ran:?}");
    }
    assert_eq!(demo.verify("example", demo.fact("example", "live_key")).await["code"], "VALID");
}

#[tokio::test]
async fn a_directory_that_is_somebody_elses_is_left_alone() {
    let house = House::empty();
    fs::create_dir(house.path("mine")).unwrap();
    house.write("mine/claviger.db", "precious");
    let ran = house.run(&["demo", "--port", "0", "--dir", "mine", "--fresh"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("was not made by `claviger demo`"), "{ran:?}");
    assert_eq!(house.read("mine/claviger.db"), "precious");
}

#[tokio::test]
async fn the_control_origin_says_what_this_is_and_whether_it_is_well() {
    let (demo, _house) = Demo::fresh().await;
    for host in ["127.0.0.1", "localhost"] {
        let port = demo.address.port();
        let page = demo.call(&format!("GET {host}:{port}/")).send().await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text().contains("/v1/openapi.json"));
    }
    for path in ["livez", "readyz"] {
        assert_eq!(demo.call(&format!("GET 127.0.0.1/{path}")).send().await.text(), "ok\n");
    }
    let document = demo.call("GET 127.0.0.1/v1/openapi.json").send().await;
    assert_eq!(document.json()["openapi"], "3.1.0");
}
