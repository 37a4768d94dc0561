//! The demo as a process of its own, and a client for it.

use std::path::Path;

use bytes::Bytes;
use claviger_testkit::process::Process;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;

/// A running demo in a directory of its own.
pub(crate) struct Demo {
    place: TempDir,
    process: Process,
    credentials: Value,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Demo {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    /// Ends it as a power cut would, and starts it again in the same directory.
    pub(crate) async fn killed_and_started_again(self) -> Self {
        let Self { place, process, .. } = self;
        process.kill().unwrap();
        Self::start_in(place).await
    }

    async fn start_in(place: TempDir) -> Self {
        let dir = place.path().join("demo");
        let file = dir.join("credentials.json");
        let before = read(&file);
        let arguments = ["demo".as_ref(), "--port".as_ref(), "0".as_ref(), "--dir".as_ref(), dir.as_os_str()];
        let program = Path::new(env!("CARGO_BIN_EXE_claviger"));
        let process = Process::start(program, &arguments, &place.path().join("log")).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        // A second start has another port, so the file changes.
        let found = async || read(&file).filter(|found| Some(found) != before.as_ref()).is_some();
        process.wait_until(found).await.unwrap();
        let credentials = read(&file).unwrap();
        Self { place, process, credentials, client }
    }

    /// A field of a contract in `credentials.json`.
    pub(crate) fn fact(&self, contract: &str, field: &str) -> &str {
        self.credentials["contracts"][contract][field].as_str().unwrap()
    }

    pub(crate) async fn get(&self, contract: &str, path: &str, token: &str) -> Answer {
        self.send(contract, &format!("GET {path}"), Some(token), None).await
    }

    pub(crate) async fn post(&self, contract: &str, path: &str, body: &str) -> Answer {
        self.send(contract, &format!("POST {path}"), None, Some(body)).await
    }

    pub(crate) async fn typed(&self, contract: &str, path: &str, content_type: &str, body: &str) -> Answer {
        let host = format!("{contract}.localhost");
        let request = Request::builder().method("POST").header("content-type", content_type);
        self.call(&host, path, request, body).await
    }

    /// A request with this method and path.
    pub(crate) async fn send(
        &self,
        contract: &str,
        line: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        self.call(&format!("{contract}.localhost"), path, request, body.unwrap_or_default()).await
    }

    /// A request with these header fields, as a browser sends it.
    pub(crate) async fn browse(
        &self,
        contract: &str,
        line: &str,
        fields: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        self.call(&format!("{contract}.localhost"), path, request, body.unwrap_or_default()).await
    }

    /// A field of a group in `credentials.json`, such as a user's password.
    pub(crate) fn fact_in(&self, contract: &str, group: &str, field: &str) -> &str {
        self.credentials["contracts"][contract][group][field].as_str().unwrap()
    }

    /// What the server wrote, so far.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// A call of the management API.
    pub(crate) async fn manage(&self, method: &str, path: &str) -> Answer {
        let token = self.credentials["operator"]["token"].as_str().unwrap();
        let request = Request::builder().method(method).header("authorization", format!("Bearer {token}"));
        self.call("127.0.0.1", path, request, "").await
    }

    /// The id of a contract's key of this name.
    pub(crate) async fn key_id(&self, contract: &str, name: &str) -> String {
        let keys = self.manage("GET", &format!("/v1/keys?api={contract}")).await.json();
        let key = keys["data"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
        key["id"].as_str().unwrap().to_owned()
    }

    async fn call(&self, host: &str, path: &str, request: http::request::Builder, body: &str) -> Answer {
        let base = self.credentials["base_url"].as_str().unwrap();
        let request = request
            .uri(format!("{base}{path}"))
            .header("host", host)
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

/// The file, once it is whole.
fn read(file: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}
