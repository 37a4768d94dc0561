//! Machines that log in without a person: redox's clients, which sign their own assertions, and brifle's, by the
//! client libraries that people use.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use super::libraries::{RUNNING, node_folder, python};
use crate::house::Demo;

/// Runs a client of redox to its end; it says so itself.
async fn run(demo: &Demo, mut command: Command) {
    let facts = &demo.facts["contracts"]["redox"];
    let text = |field: &str| facts[field].as_str().unwrap();
    command
        .env("ISSUER", format!("http://redox.localhost:{}", demo.address.port()))
        .env("CLIENT_ID", text("client_id"))
        .env("KEY_ID", text("kid"))
        .env("PRIVATE_JWK", facts["private_jwk"].to_string());
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(RUNNING, output).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("DONE"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn written(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_signs_its_assertions_for_redox_and_what_is_wrong_with_one_is_refused() {
    let (demo, _house) = Demo::fresh().await;
    let python = python().await;
    let folder = python.parent().unwrap();
    written(folder, "machine.py", include_str!("libraries/machine.py"));
    let mut command = Command::new(&python);
    command.arg(folder.join("machine.py"));
    run(&demo, command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_finds_redoxs_endpoint_by_its_issuer_and_signs_for_it() {
    let (demo, _house) = Demo::fresh().await;
    let folder = node_folder().await;
    written(&folder, "machine.mjs", include_str!("libraries/machine.mjs"));
    let mut command = Command::new("node");
    command.args(["--require", "./localhost.cjs", "machine.mjs"]).current_dir(&folder);
    run(&demo, command).await;
}

/// What brifle's document calls OAuth2 client credentials is a JSON login; its answer is one that any OAuth library
/// takes for a token.
#[tokio::test(flavor = "multi_thread")]
async fn authlib_takes_brifles_answer_for_a_token() {
    let (demo, _house) = Demo::fresh().await;
    let python = python().await;
    let folder = python.parent().unwrap();
    written(folder, "brifle.py", include_str!("libraries/brifle.py"));
    let login = json!({
        "client_id": demo.fact("brifle", "client_id"), "client_secret": demo.fact("brifle", "client_secret"),
        "session_id": "a-worker",
    });
    let mut command = Command::new(&python);
    command.arg(folder.join("brifle.py")).env("LOGIN", login.to_string());
    command.env("ORIGIN", format!("http://brifle.localhost:{}", demo.address.port()));
    run(&demo, command).await;
}
