//! The binary, running, and what it writes.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;

use claviger_testkit::process::{Process, StartError};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Call};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_claviger");

/// A running server.
pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
    /// Drives its management API.
    pub(crate) token: String,
    _logs: TempDir,
}

/// The binary, started, without saying anything yet.
pub(crate) struct Started {
    pub(crate) process: Process,
    pub(crate) logs: TempDir,
}

/// Starts the binary in this directory, with no other setting in its environment than these.
pub(crate) fn start<A: AsRef<OsStr>>(
    directory: &Path,
    environment: &[(String, String)],
    arguments: &[A],
) -> Started {
    let logs = tempfile::tempdir().unwrap();
    let mut words = env_words(directory, environment);
    // A file that may not grow is an error to be answered, not the end.
    words.insert(0, "--ignore-signal=XFSZ".to_owned());
    let words = words.iter().map(OsStr::new).chain(arguments.iter().map(AsRef::as_ref)).collect::<Vec<_>>();
    let process = Process::start(Path::new("/usr/bin/env"), &words, &logs.path().join("log")).unwrap();
    Started { process, logs }
}

/// What `env` is told so that nothing of this machine's environment counts.
pub(crate) fn env_words(directory: &Path, environment: &[(String, String)]) -> Vec<String> {
    let mut words = vec!["-i".to_owned(), "-C".to_owned(), directory.display().to_string()];
    words.extend(environment.iter().map(|(name, value)| format!("{name}={value}")));
    words.push(BINARY.to_owned());
    words
}

impl Started {
    /// Waits until it has ended by itself: exit code and everything it wrote.
    pub(crate) async fn ended(self) -> (Option<i32>, String) {
        let ended = self.process.wait_until(async || false).await;
        assert!(matches!(ended, Err(StartError::Ended { .. })), "{ended:?}");
        let log = self.process.log();
        (self.process.kill().unwrap().code(), log)
    }

    /// Waits until it serves: until `address` finds in its output where.
    pub(crate) async fn serving(self, token: String, address: impl Fn(&str) -> Option<SocketAddr>) -> Server {
        let ready = self.process.wait_until(async || address(&self.process.log()).is_some()).await;
        ready.unwrap_or_else(|error| panic!("{error}"));
        let address = address(&self.process.log()).unwrap();
        Server { process: self.process, address, token, _logs: self.logs }
    }
}

impl Server {
    /// `GET host/path`, to be sent to it.
    pub(crate) fn call(&self, line: &str) -> Call {
        Call::new(self.address, line)
    }

    /// `POST /v1/…` of its management API.
    pub(crate) fn manage(&self, line: &str) -> Call {
        let (method, path) = line.split_once(' ').unwrap();
        self.call(&format!("{method} 127.0.0.1{path}")).bearer(&self.token)
    }

    /// Posts to the management API and expects success.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.manage(&format!("POST {path}")).json(body).send().await;
        assert!((200..300).contains(&answer.status), "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn workspace(&self) -> String {
        let made = self.post("/v1/workspaces", &json!({"name": "A customer"})).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Makes a key with these members besides the usual ones: id and text.
    pub(crate) async fn key(&self, api: &str, members: &Value) -> Key {
        let mut new = json!({"api": api, "environment": "live", "name": "A key"});
        if members.get("workspace").is_none() {
            new["workspace"] = self.workspace().await.into();
        }
        for (name, value) in members.as_object().unwrap() {
            new[name] = value.clone();
        }
        let made = self.post("/v1/keys", &new).await;
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Key { id: text("id"), text: text("key"), workspace: text("workspace") }
    }

    /// What `POST /v1/verify` says of a credential.
    pub(crate) async fn verify(&self, api: &str, credential: &str) -> Value {
        self.post("/v1/verify", &json!({"api": api, "credential": credential})).await
    }

    /// Everything it has written.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Its log, line by line. Output that is not the log's is left out.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.log().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect()
    }

    /// Its log without what was printed besides, such as the demo's tour with its keys.
    pub(crate) fn log_of_requests(&self) -> String {
        self.log().lines().filter(|line| line.starts_with('{')).collect::<Vec<_>>().join("\n")
    }

    /// The one line about a request.
    pub(crate) fn line_about(&self, request_id: &str) -> Value {
        let log = self.log();
        let near = log.lines().filter(|line| line.contains(request_id));
        let parsed = near.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut lines: Vec<Value> = parsed.filter(|line| line["request_id"] == request_id).collect();
        assert_eq!(lines.len(), 1, "lines about {request_id}: {lines:?}");
        lines.remove(0)
    }

    /// The one line about a refusal, after the answer was checked for what every refusal has.
    pub(crate) fn line_about_refusal(&self, answer: &Answer) -> Value {
        assert!(!answer.request_id().is_empty(), "{answer:?}");
        let has_challenge = answer.headers.contains_key("www-authenticate");
        assert!(answer.status != 401 || has_challenge, "{answer:?}");
        self.line_about(answer.request_id())
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Asks it to end with this signal: exit code and everything it wrote.
    pub(crate) async fn stop(self, signal: Signal) -> (Option<i32>, String) {
        self.signal(signal);
        let Self { process, _logs: logs, .. } = self;
        Started { process, logs }.ended().await
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(self) {
        self.process.kill().unwrap();
    }
}

/// A key that was made for a test.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) workspace: String,
}
