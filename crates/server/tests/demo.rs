//! The demo as a newcomer meets it: the real binary, a directory of its own, real requests.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is missing or odd here fails a test"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A running demo. Killed when dropped, unless it was stopped before.
struct Demo {
    process: Child,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
    directory: PathBuf,
}

impl Demo {
    /// Starts it on a free port and waits until it says where it is.
    fn start(directory: &Path) -> Self {
        let mut process = command(directory).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let origin = line.trim().rsplit("http://").next().unwrap();
        let address = origin.parse().unwrap_or_else(|_| panic!("the demo said {line:?}"));
        Self { process, output, address, directory: directory.to_path_buf() }
    }

    fn credentials(&self) -> Value {
        serde_json::from_slice(&fs::read(self.directory.join("credentials.json")).unwrap()).unwrap()
    }

    /// Sends one request and reads the answer to its end.
    fn send(&self, host: &str, request: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        self.send_raw(&format!("{text}\r\n{body}"))
    }

    fn send_raw(&self, bytes: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer::parse(&answer)
    }

    fn get(&self, host: &str, path: &str, key: &str) -> Answer {
        self.send(host, &format!("GET {path}"), &[("Authorization", &format!("Bearer {key}"))], "")
    }

    /// SIGTERM, and how it ended.
    fn stop(mut self) -> ExitStatus {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.process.wait().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("not an answer: {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        Self { status, head: head.to_lowercase(), body }
    }
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command.args(["demo", "--port", "0", "--dir"]).arg(directory).stderr(Stdio::null());
    command
}

fn fact<'c>(credentials: &'c Value, contract: &str, field: &str) -> &'c str {
    credentials["contracts"][contract][field].as_str().unwrap_or_else(|| panic!("no {field} for {contract}"))
}

#[test]
fn every_contract_has_its_facts_one_success_and_one_refusal() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo"));
    let known = demo.credentials();
    let fact = |contract, field| fact(&known, contract, field);
    let port = demo.address.port();
    assert_eq!(known["base_url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(
        fact("propertybase", "sandbox_origin"),
        format!("http://sandbox.propertybase.localhost:{port}")
    );

    let key = fact("redpin", "api_key");
    let fee = demo.send("redpin.localhost", "POST /v1/property-fees", &[("apikey", key)], "{}");
    assert_eq!((fee.status, &fee.body["environment"]), (200, &"live".into()));
    let misplaced = demo.get("redpin.localhost", "/v1/echo", "rpk_live_nonsense");
    assert_eq!((misplaced.status, &misplaced.body["code"]), (401, &"UNAUTHORIZED".into()));

    let users = demo.get("example.localhost", "/v1/users", fact("example", "live_key"));
    assert_eq!((users.status, &users.body["environment"]), (200, &"live".into()));
    let users = demo.get("example.localhost", "/v1/users", fact("example", "test_key"));
    assert_eq!((users.status, &users.body["environment"]), (200, &"test".into()));
    let expired = demo.get("example.localhost", "/v1/users", fact("example", "expired_key"));
    assert_eq!((expired.status, &expired.body["error"]["code"]), (401, &"expired_token".into()));
    assert!(expired.head.contains("www-authenticate: bearer"), "{}", expired.head);

    let test_key = fact("propertybase", "test_key");
    let sandbox = demo.get("sandbox.propertybase.localhost", "/v1/leads", test_key);
    assert_eq!((sandbox.status, &sandbox.body["environment"]), (200, &"test".into()));
    assert_eq!(demo.get("propertybase.localhost", "/v1/leads", test_key).status, 403);

    let refused = demo.get("brifle.localhost", "/v1/documents", fact("brifle", "read_only_key"));
    assert_eq!((refused.status, &refused.body["code"]), (401, &40100.into()));
    let refused = demo.send("redox.localhost", "POST /endpoint", &[], "{}");
    assert_eq!(refused.status, 401);
    assert!(refused.body["Meta"]["Errors"].is_array());
    for field in ["api_key", "secret", "destination_id"] {
        assert!(!fact("redox", field).is_empty());
    }
}

#[test]
fn contracts_whose_keys_are_exchanged_answer_at_the_control_origin() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo"));
    let known = demo.credentials();
    let token = format!("Bearer {}", known["operator"]["token"].as_str().unwrap());
    let headers = [("Authorization", token.as_str())];
    let question =
        format!(r#"{{"api": "brifle", "credential": "{}"}}"#, fact(&known, "brifle", "read_only_key"));
    let verdict = demo.send("127.0.0.1", "POST /v1/verify", &headers, &question);
    assert_eq!((verdict.status, &verdict.body["code"]), (200, &"VALID".into()));
    let keys = demo.send("localhost", "GET /v1/keys?api=redox", &headers, "");
    assert_eq!((keys.status, &keys.body["data"][0]["kind"]), (200, &"pair".into()));
    assert_eq!(demo.send("localhost", "GET /v1/keys", &[], "").status, 401);
}

#[test]
fn a_second_start_finds_everything_as_it_was_and_fresh_starts_over() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("demo");
    let demo = Demo::start(&directory);
    let first = demo.credentials();
    assert!(demo.stop().success());
    let mode = |name: &str| fs::metadata(directory.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("master.key"), mode("credentials.json")), (0o700, 0o600, 0o600));

    let demo = Demo::start(&directory);
    let second = demo.credentials();
    let key = fact(&first, "example", "live_key");
    assert_eq!(fact(&second, "example", "live_key"), key);
    assert_eq!(demo.get("example.localhost", "/v1/users", key).status, 200);
    assert!(demo.stop().success());

    let without_facts = directory.join("credentials.json");
    fs::remove_file(&without_facts).unwrap();
    let refused = command(&directory).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--fresh"));

    let mut fresh = command(&directory);
    let mut process = fresh.arg("--fresh").arg("--json").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "{");
    process.kill().unwrap();
    process.wait().unwrap();
    let third: Value = serde_json::from_slice(&fs::read(without_facts).unwrap()).unwrap();
    assert_ne!(fact(&third, "example", "live_key"), key);
}

#[test]
fn unclear_requests_are_refused_before_any_door() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo"));
    let unknown = demo.send("nobody.localhost", "GET /", &[], "");
    assert_eq!((unknown.status, &unknown.body["code"]), (421, &"unknown_host".into()));
    assert!(unknown.head.contains("x-request-id: req_"), "{}", unknown.head);
    let two_hosts =
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(demo.send_raw(two_hosts).status, 400);
    let named = demo.send("localhost", "GET /livez", &[("X-Request-Id", "my-own.id_1")], "");
    assert!(named.head.contains("x-request-id: my-own.id_1"), "{}", named.head);
}

#[test]
fn a_connection_ends_after_a_request_with_transfer_encoding() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo"));
    // The second request is what a smuggler would hide. Reading to the end proves that it is never answered.
    let chunked = "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let hidden = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = demo.send_raw(&format!("{chunked}{hidden}"));
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    assert_eq!(answer.body, Value::Null);
}

#[test]
fn a_changed_contract_takes_effect_and_a_bad_one_leaves_the_old_serving() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demo::start(&place.path().join("demo"));
    let file = demo.directory.join("contracts/example.toml");
    let text = fs::read_to_string(&file).unwrap();
    let message = || demo.get("example.localhost", "/v1/users", "nonsense").body["error"]["message"].clone();
    let before = message();
    fs::write(&file, "name = ").unwrap();
    assert_eq!(message(), before);
    let after = "Another sentence";
    fs::write(&file, text.replace(before.as_str().unwrap(), after)).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while message() != after {
        assert!(std::time::Instant::now() < deadline, "the change did not take effect");
        std::thread::yield_now();
    }
}
