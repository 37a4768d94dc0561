//! Installations on disk: what `claviger init` makes, and the demo's directory.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::server::{Server, Started, env_words, start};

/// A directory with settings and contracts, and the environment its commands run with.
pub(crate) struct House {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl House {
    /// An empty directory.
    pub(crate) fn empty() -> Self {
        // The log is read by tests; ports are never chosen by them.
        let environment =
            [("LOG__FORMAT", "json"), ("LOG__FILTER", "info"), ("SERVER__LISTEN", "127.0.0.1:0")];
        let environment = environment.map(|(name, value)| (format!("CLAVIGER__{name}"), value.to_owned()));
        Self { folder: tempfile::tempdir().unwrap(), environment: environment.into() }
    }

    /// What `claviger init` makes, with one upstream for live and test requests of its API `my-api`.
    pub(crate) async fn new(upstream: SocketAddr) -> Self {
        let house = Self::empty();
        let made = house.run(&["init"]).await;
        assert_eq!(made.code, Some(0), "{made:?}");
        house.settings(&format!(
            "[apis.my-api.upstreams]\nlive = \"http://{upstream}\"\ntest = \"http://{upstream}\"\n"
        ));
        house
    }

    /// Makes `operator.token` anew, for another database than the one of `init`.
    pub(crate) async fn local_token(&self) {
        fs::remove_file(self.path("operator.token")).unwrap();
        let made = self.run(&["operator-token", "create", "--local", "--file", "operator.token"]).await;
        assert_eq!(made.code, Some(0), "{made:?}");
    }

    /// Adds a setting, like `GATEWAY__IDLE_TIMEOUT`, to the environment.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((format!("CLAVIGER__{name}"), value.into()));
        self
    }

    /// Adds to claviger.toml.
    pub(crate) fn settings(&self, text: &str) {
        let path = self.path("claviger.toml");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}\n{text}")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let mut words = env_words(self.folder.path(), &self.environment);
        words.extend(arguments.iter().map(|&word| word.to_owned()));
        let mut command = Command::new("/usr/bin/env");
        let output = command.args(&words).stdin(std::process::Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(crate::client::PATIENCE, output).await.unwrap().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts a command that may not end by itself.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        start(self.folder.path(), &self.environment, arguments)
    }

    /// `claviger serve`, serving.
    pub(crate) async fn serve(&self) -> Server {
        let token = fs::read_to_string(self.path("operator.token")).unwrap_or_default();
        self.start(&["serve"])
            .serving(token, |log| {
                let line = log.lines().find(|line| line.contains(r#""message":"serving""#))?;
                serde_json::from_str::<Value>(line).ok()?["address"].as_str()?.parse().ok()
            })
            .await
    }

    /// `claviger demo` in `claviger-demo`, serving, with these options.
    pub(crate) async fn demo(&self, options: &[&str]) -> Demo {
        let arguments: Vec<&str> = ["demo"].into_iter().chain(options.iter().copied()).collect();
        let server = self.start(&arguments).serving(String::new(), address_of_tour).await;
        Demo::of(server, &self.path("claviger-demo"))
    }
}

/// The tour is written in one go, and its last line when everything is ready.
fn address_of_tour(log: &str) -> Option<SocketAddr> {
    log.lines().find(|line| line.starts_with("Ctrl-C ends it"))?;
    log.lines().find_map(|line| line.strip_prefix("Claviger's demo is at http://"))?.parse().ok()
}

/// The demo, serving.
pub(crate) struct Demo {
    pub(crate) server: Server,
    pub(crate) facts: Value,
}

impl std::ops::Deref for Demo {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Demo {
    /// A demo of its own, in a directory that is gone with it.
    pub(crate) async fn fresh() -> (Self, House) {
        let house = House::empty();
        (house.demo(&["--port", "0"]).await, house)
    }

    fn of(mut server: Server, directory: &Path) -> Self {
        let text = fs::read_to_string(directory.join("credentials.json")).unwrap();
        let facts: Value = serde_json::from_str(&text).unwrap();
        server.token = facts["operator"]["token"].as_str().unwrap().to_owned();
        Self { server, facts }
    }

    /// A field of `credentials.json`.
    pub(crate) fn fact(&self, contract: &str, field: &str) -> &str {
        self.facts["contracts"][contract][field].as_str().unwrap_or_else(|| panic!("{contract} {field}"))
    }
}
