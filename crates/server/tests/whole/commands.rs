//! The command line against a running server, and the commands that need none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};

use crate::house::{House, Ran};
use crate::server::Server;

/// A served house, and commands that go to it.
struct Desk {
    house: House,
    server: Server,
    _upstream: Upstream,
}

impl Desk {
    async fn new() -> Self {
        let upstream = Upstream::echoing().await.unwrap();
        let house = House::new(upstream.address()).await;
        let server = house.serve().await;
        Self { house, server, _upstream: upstream }
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let url = format!("http://{}", self.server.address);
        let target = ["--url", &url, "--token-file", "operator.token"];
        self.house.run(&[arguments, &target].concat()).await
    }

    async fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        self.done(&[arguments, &["--json"]].concat()).await.json()
    }

    async fn workspace(&self) -> String {
        let made = self.json(&["workspaces", "create", "--name", "First customer"]).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn status(&self, key: &str) -> u16 {
        self.server.call("GET my-api.localhost/v1/things").bearer(key).send().await.status
    }
}

#[tokio::test]
async fn a_key_is_made_used_changed_rotated_and_revoked() {
    let desk = Desk::new().await;
    let workspace = desk.workspace().await;
    let create = ["keys", "create", "--api", "my-api", "--workspace", &workspace, "--environment", "live"];
    let made = desk.done(&[&create[..], &["--name", "Billing", "--scope", "read"]].concat()).await;
    let key = made.out.trim_end();
    assert!(key.starts_with("my_live_") && key.lines().count() == 1, "the key alone: {made:?}");
    assert!(made.err.contains("shown once") && !made.err.contains(key), "{made:?}");
    assert_eq!(desk.status(key).await, 200);

    let listed = desk.json(&["keys", "list", "--api", "my-api"]).await;
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let table = desk.done(&["keys", "list"]).await.out;
    for word in ["ID", "NAME", "LAST FOUR", "Billing", &id, "my_live_"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let shown = desk.done(&["keys", "show", &id]).await.out;
    assert!(shown.contains("Billing") && !shown.contains(key), "{shown}");

    let changed = desk.json(&["keys", "update", &id, "--name", "Reports", "--no-scopes"]).await;
    assert_eq!((&changed["name"], &changed["scopes"]), (&json!("Reports"), &json!([])));
    assert_eq!(desk.status(key).await, 403);
    desk.done(&["keys", "update", &id, "--scope", "read,write"]).await;
    desk.done(&["keys", "disable", &id]).await;
    assert_eq!(desk.status(key).await, 401);
    desk.done(&["keys", "enable", &id]).await;
    assert_eq!(desk.status(key).await, 200);

    let rotated = desk.done(&["keys", "rotate", &id, "--overlap-seconds", "3600"]).await;
    let new = rotated.out.trim_end();
    assert_eq!((desk.status(key).await, desk.status(new).await), (200, 200));
    let revoked = desk.json(&["keys", "revoke", &id, "--wait"]).await;
    assert_eq!((&revoked["state"], &revoked["receipt"]["complete"]), (&json!("revoked"), &json!(true)));
    assert_eq!((desk.status(key).await, desk.status(new).await), (401, 401));
    let again = desk.run(&["keys", "enable", &id]).await;
    assert_eq!(again.code, Some(1), "a revoked key stays revoked: {again:?}");
}

#[tokio::test]
async fn a_workspace_is_made_changed_suspended_and_resumed() {
    let desk = Desk::new().await;
    let id = desk.workspace().await;
    let key = desk.server.key("my-api", &json!({"workspace": id, "scopes": ["read"]})).await;
    let changed = desk.json(&["workspaces", "update", &id, "--name", "Renamed"]).await;
    assert_eq!(changed["name"], "Renamed");
    assert_eq!(desk.json(&["workspaces", "suspend", &id]).await["state"], "suspended");
    assert_eq!(desk.status(&key.text).await, 401);
    assert_eq!(desk.json(&["workspaces", "resume", &id]).await["state"], "active");
    assert_eq!(desk.status(&key.text).await, 200);
    let table = desk.done(&["workspaces", "list"]).await.out;
    assert!(table.contains("Renamed") && table.contains("active"), "{table}");
    // Repeating a create under one key makes one workspace.
    let once = ["workspaces", "create", "--name", "Once", "--idempotency-key", "k1"];
    assert_eq!(desk.json(&once).await["id"], desk.json(&once).await["id"]);
}

#[tokio::test]
async fn verify_says_whether_a_credential_is_good_with_its_exit_code() {
    let desk = Desk::new().await;
    let key = desk.server.key("my-api", &json!({"scopes": ["read"]})).await;
    desk.house.write("key.txt", &format!("{}\n", key.text));
    desk.house.write("junk.txt", "junk");
    let verify = ["verify", "--api", "my-api", "--credential-file"];
    let good = desk.done(&[&verify[..], &["key.txt"]].concat()).await;
    assert!(good.out.contains("VALID") && !good.out.contains(&key.text), "{good:?}");
    for (arguments, code) in
        [(&["junk.txt"][..], "MALFORMED"), (&["key.txt", "--scope", "write"], "INSUFFICIENT_SCOPE")]
    {
        let refused = desk.run(&[&verify[..], arguments, &["--json"]].concat()).await;
        assert_eq!((refused.code, &refused.json()["code"]), (Some(1), &json!(code)));
    }
}

#[tokio::test]
async fn apis_and_operator_tokens_are_at_hand() {
    let desk = Desk::new().await;
    assert!(desk.done(&["apis", "list"]).await.out.contains("my-api"));
    assert_eq!(desk.json(&["apis", "show", "my-api"]).await["name"], "my-api");
    let made = desk.done(&["operator-tokens", "create", "--name", "gateway", "--scope", "verify"]).await;
    desk.house.write("verifier.token", &made.out);
    let url = format!("http://{}", desk.server.address);
    let verifier = ["--url", &url, "--token-file", "verifier.token"];
    let denied = desk.house.run(&[&["keys", "list"][..], &verifier].concat()).await;
    assert_eq!(denied.code, Some(1), "{denied:?}");
    assert!(denied.err.contains("keys:read") && denied.err.contains("request id"), "{denied:?}");
    let listed = desk.json(&["operator-tokens", "list"]).await;
    let tokens = listed["data"].as_array().unwrap();
    let id = tokens.iter().find(|token| token["name"] == "gateway").unwrap()["id"].as_str().unwrap();
    desk.done(&["operator-tokens", "revoke", id]).await;
    let gone = desk.house.run(&[&["keys", "list"][..], &verifier].concat()).await;
    assert!(gone.code == Some(1) && gone.err.contains("unauthenticated"), "{gone:?}");
}

#[tokio::test]
async fn a_token_made_in_the_database_drives_the_running_server() {
    let desk = Desk::new().await;
    let create = ["operator-token", "create", "--local", "--scopes", "keys:read", "--file", "rescue.token"];
    let made = desk.house.run(&create).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let text = desk.house.read("rescue.token");
    assert!(!made.out.contains(text.trim()) && !made.err.contains(text.trim()), "{made:?}");
    let url = format!("http://{}", desk.server.address);
    let listed = desk.house.run(&["keys", "list", "--url", &url, "--token-file", "rescue.token"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let again = desk.house.run(&create).await;
    assert_eq!(again.code, Some(1), "a file is never overwritten: {again:?}");
}

#[tokio::test]
async fn what_goes_wrong_is_1_and_wrong_usage_2_and_both_are_said() {
    let desk = Desk::new().await;
    for (arguments, code, said) in [
        (&["keys", "show", "key_00000000000000000000000000"][..], 1, "not_found"),
        (&["keys", "show", "no-id"], 2, "key_"),
        (&["keys", "create", "--api", "my-api"], 2, "--workspace"),
        (&["workspaces", "create", "--name", "x", "--plan", "gold"], 1, "unknown_plan"),
        (&["apis", "show", "nothing"], 1, "not_found"),
    ] {
        let ran = desk.run(arguments).await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{said}: {ran:?}");
    }
    // Scripts get errors as JSON too.
    let ran = desk.run(&["keys", "show", "key_00000000000000000000000000", "--json"]).await;
    let error: Value = serde_json::from_str(&ran.err).unwrap_or_else(|_| panic!("{ran:?}"));
    assert!(error["error"].as_str().unwrap().contains("not_found"), "{error}");
    let nobody = desk
        .house
        .run(&["keys", "list", "--url", "http://127.0.0.1:1", "--token-file", "operator.token"])
        .await;
    assert!(nobody.code == Some(1) && nobody.err.contains("cannot reach http://127.0.0.1:1"), "{nobody:?}");
    let tokenless = desk.house.run(&["keys", "list", "--url", "http://127.0.0.1:1"]).await;
    assert!(tokenless.code == Some(1) && tokenless.err.contains("--token-file"), "{tokenless:?}");
}

#[tokio::test]
async fn init_writes_what_serve_needs_and_overwrites_nothing() {
    let house = House::empty();
    let made = house.run(&["init", "--dir", "mine"]).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    for secret in ["master.key", "operator.token"] {
        let mode = fs::metadata(house.path("mine").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    // What it says comes next can be done from here as it stands there.
    let next: Vec<&str> =
        made.out.lines().filter_map(|line| line.split_once("claviger ")).map(|(_, c)| c).collect();
    assert_eq!(next.len(), 4, "{made:?}");
    for command in &next[..2] {
        let words: Vec<&str> = command.split_whitespace().collect();
        let ran = house.run(&words).await;
        assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
    }
    let serve: Vec<&str> = next[2].split_whitespace().collect();
    let port = claviger_testkit::process::free_address().unwrap();
    let house = house.with("SERVER__LISTEN", port.to_string());
    let before = fs::read_to_string(house.path("mine/claviger.toml")).unwrap();
    house.write("mine/claviger.toml", &before.replace("127.0.0.1:8080\", ", &format!("{port}\", ")));
    let server =
        house.start(&serve).serving(String::new(), |log| log.contains("\"serving\"").then_some(port)).await;
    let create = next[3].replace("\"First customer\"", "First");
    let ran = house.run(&create.split_whitespace().collect::<Vec<_>>()).await;
    assert_eq!(ran.code, Some(0), "{create}: {ran:?}");
    drop(server);

    let again = house.run(&["init", "--dir", "mine"]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("init overwrites nothing"), "{again:?}");
}

#[tokio::test]
async fn contract_check_names_every_mistake_of_a_file_with_its_place() {
    let house = House::empty();
    house.write("bad.toml", include_str!("../../../contract/tests/mistakes.toml"));
    house.write("good.toml", include_str!("../../../contract/tests/sixth.toml"));
    let ran = house.run(&["contract", "check", "good.toml", "bad.toml"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("good.toml: valid") && ran.out.contains("bad.toml: not valid"), "{ran:?}");
    let ran = house.run(&["contract", "check", "bad.toml", "--json"]).await;
    let report = ran.json();
    let mistakes = report[0]["diagnostics"].as_array().unwrap();
    assert!(ran.code == Some(1) && mistakes.len() > 10, "{report}");
    for mistake in mistakes {
        assert!(
            mistake["line"].as_u64().unwrap() > 0 && mistake["column"].as_u64().unwrap() > 0,
            "{mistake}"
        );
        assert!(!mistake["message"].as_str().unwrap().is_empty(), "{mistake}");
    }
    let shown = house.run(&["contract", "show", "good.toml"]).await;
    assert!(shown.code == Some(0) && shown.out.contains("tides.example.org"), "{shown:?}");
    let missing = house.run(&["contract", "check", "none.toml"]).await;
    assert!(missing.code == Some(1) && missing.err.contains("cannot read none.toml"), "{missing:?}");
}

#[tokio::test]
async fn doctor_names_what_is_wrong_and_is_content_otherwise() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let well = house.run(&["doctor"]).await;
    assert_eq!(well.code, Some(0), "{well:?}");
    assert!(!well.out.contains("FAILED"), "{well:?}");
    let warnings: Vec<_> = well.out.lines().filter(|line| line.starts_with("warning")).collect();
    // True of this house: its one upstream stands behind both environments.
    let [warning] = warnings[..] else { panic!("{well:?}") };
    assert!(warning.contains("live and test have one upstream"), "{warning}");
    fs::set_permissions(house.path("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    house.write("contracts/my-api.toml", "name = 1");
    let ill = house.run(&["doctor", "--json"]).await;
    let report = ill.json();
    assert!(ill.code == Some(1) && report["ok"] == false, "{ill:?}");
    let checks = report["checks"].as_array().unwrap();
    let verdict = |name: &str| {
        let found = checks.iter().find(|check| check["check"].as_str().unwrap().contains(name));
        found.unwrap_or_else(|| panic!("{name}: {report}"))["verdict"].clone()
    };
    assert_eq!((verdict("mode of"), verdict("contract ")), (json!("warning"), json!("failed")));
}

#[tokio::test]
async fn settings_are_checked_shown_and_explained() {
    let house = House::empty();
    house.write("claviger.toml", "[server]\nlissten = \"x\"\n[gateway]\nconnect_timeout = \"soon\"\n");
    let bad = house.run(&["config", "check"]).await;
    assert_eq!(bad.code, Some(1), "{bad:?}");
    assert!(bad.err.contains("lissten") && bad.err.contains("connect_timeout"), "both at once: {bad:?}");
    house.write("claviger.toml", "[server]\nhttp2 = false\n[master_key]\nfile = \"master.key\"\n");
    assert_eq!(house.run(&["config", "check"]).await.code, Some(0));
    let shown = house.run(&["config", "show", "--json"]).await.json();
    assert_eq!(shown["settings"]["server"]["http2"], false);
    let manual = house.run(&["config", "default"]).await;
    assert!(manual.code == Some(0) && manual.out.contains("[verify]"), "{manual:?}");
}

#[tokio::test]
async fn migrate_brings_the_schema_up_and_says_so() {
    let house = House::empty();
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    let house = house.with("DATABASE__URL", "sqlite:another.db");
    let first = house.run(&["migrate"]).await;
    assert!(first.code == Some(0) && first.out.contains("went from version 0 to"), "{first:?}");
    let second = house.run(&["migrate"]).await;
    assert!(second.code == Some(0) && second.out.contains("already"), "{second:?}");
}

#[tokio::test]
async fn every_command_explains_itself() {
    let house = House::empty();
    for shell in ["bash", "zsh", "fish"] {
        let ran = house.run(&["completions", shell]).await;
        assert!(ran.code == Some(0) && ran.out.contains("claviger"), "{ran:?}");
    }
    let page = house.run(&["man"]).await;
    assert!(page.code == Some(0) && page.out.contains(".TH claviger"), "{page:?}");
    let help = house.run(&["--help"]).await;
    for command in
        ["demo", "init", "serve", "keys", "workspaces", "apis", "operator-tokens", "verify", "doctor"]
    {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}: {help:?}");
        assert_eq!(house.run(&[command, "--help"]).await.code, Some(0), "{command}");
    }
    assert_eq!(house.run(&["nothing"]).await.code, Some(2));
}

#[tokio::test]
async fn what_was_done_is_listed_exported_and_checked() {
    let desk = Desk::new().await;
    let workspace = desk.workspace().await;
    let key = desk.server.key("my-api", &json!({"workspace": workspace, "scopes": ["read"]})).await;
    let listed = desk.json(&["audit", "list", "--workspace", &workspace]).await;
    let actions: Vec<_> =
        listed["data"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["key.issued", "workspace.created"]);
    assert_eq!(listed["data"][0]["address"], "127.0.0.1");
    let id = listed["data"][0]["object"].as_str().unwrap();
    assert!(listed["data"][0]["request_id"].is_string(), "{listed}");

    let lines = desk.done(&["audit", "export"]).await.out;
    assert!(lines.lines().any(|line| line.contains("api.contract_loaded")), "{lines}");
    assert!(!lines.contains(&key.text), "the key itself stands nowhere");
    let csv = desk.done(&["audit", "export", "--format", "csv", "--object", id]).await.out;
    assert!(csv.starts_with("seq,at,actor_kind,") && csv.lines().count() == 2, "{csv}");

    let check = desk.json(&["audit", "verify"]).await;
    assert_eq!((&check["valid"], &check["checked"]), (&json!(true), &json!(lines.lines().count())));
    let pin = check["end"].as_str().unwrap();
    desk.done(&["keys", "revoke", id]).await;
    desk.done(&["audit", "verify", "--pin", pin]).await;
    let forged = format!("{}:{}", check["checked"], "00".repeat(32));
    let found = desk.run(&["audit", "verify", "--pin", &forged]).await;
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.contains("not_as_pinned"), "{found:?}");

    let at = listed["data"][0]["at"].as_str().unwrap();
    assert_eq!(desk.json(&["audit", "key", id, "--at", at]).await["state"], "active");
    assert_eq!(desk.json(&["audit", "key", id, "--at", "2100-01-01T00:00:00Z"]).await["state"], "revoked");
}
