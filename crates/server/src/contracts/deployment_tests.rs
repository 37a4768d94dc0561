use super::*;
use claviger_settings::Sources;

const CONTRACT: &str = r#"
name = "a"
title = "A"
[[host]]
name = "api.a.test"
roles = ["api"]
[[host]]
name = "login.a.test"
roles = ["auth"]
[[credential]]
in = "bearer"
kinds = ["key"]
"#;

fn issuer(settings: &str) -> String {
    let contract = claviger_contract::parse("a.toml", CONTRACT).unwrap().contract;
    deployments(settings).apply(&contract).unwrap().issuer().to_owned()
}

/// The deployments of settings in which a file says this.
fn deployments(settings: &str) -> Deployments {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("claviger.toml");
    std::fs::write(&path, format!("[master_key]\nenvironment = \"KEY\"\n{settings}")).unwrap();
    let sources = Sources { file: Some(path), ..Sources::default() };
    Deployments::from_settings(&sources.load().unwrap().settings)
}

#[test]
fn the_issuer_is_the_host_of_the_token_endpoints_reached_as_the_control_origin_is() {
    let on = |origin: &str| issuer(&format!("[server]\ncontrol_origins = [\"{origin}\"]\n"));
    assert_eq!(on("http://localhost:8080"), "http://login.a.test:8080");
    assert_eq!(on("https://console.a.test"), "https://login.a.test");
    let moved =
        "[server]\ncontrol_origins = [\"https://c.test\"]\n[apis.a.hosts]\n\"login.a.test\" = \"id.test\"\n";
    assert_eq!(issuer(moved), "https://id.test");
}

#[test]
fn settings_name_another_issuer() {
    assert_eq!(issuer("[apis.a]\nissuer = \"https://id.test:8443\"\n"), "https://id.test:8443");
}

#[test]
fn the_port_that_was_found_free_is_the_issuers() {
    let contract = claviger_contract::parse("a.toml", CONTRACT).unwrap().contract;
    let mut deployments = deployments("");
    deployments.reach_on_port(41_000);
    assert_eq!(deployments.apply(&contract).unwrap().issuer(), "http://login.a.test:41000");
    deployments.reach_on_port(80);
    assert_eq!(deployments.apply(&contract).unwrap().issuer(), "http://login.a.test");
}
