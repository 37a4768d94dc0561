//! A real Chromium, driven through its WebDriver, for tests of pages.

use std::net::SocketAddr;

use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Process, StartError, find_program, start_somewhere};

/// A running chromedriver, which starts a Chromium per WebDriver session; all gone when dropped.
#[derive(Debug)]
pub struct Chromium {
    address: SocketAddr,
    browser: String,
    folder: TempDir,
    _process: Process,
}

impl Chromium {
    /// Starts the driver on a free loopback port and waits until it is ready for sessions.
    ///
    /// # Errors
    /// When Chromium or its driver is not installed, or the driver does not start.
    pub async fn start() -> Result<Self, StartError> {
        let browser = find_program(&["chromium", "chromium-browser", "google-chrome"], "chromium")?;
        let driver = find_program(&["chromedriver"], "chromium-driver")?;
        start_somewhere(async |address| {
            let folder = tempfile::tempdir()?;
            let port = format!("--port={}", address.port());
            let process = Process::start(&driver, &[port], &folder.path().join("log"))?;
            process.wait_until(|| is_ready(address)).await?;
            Ok(Self { address, browser: browser.display().to_string(), folder, _process: process })
        })
        .await
    }

    /// The driver's URL, for a WebDriver client.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The browser's program, for whatever starts one of its own.
    pub fn browser(&self) -> &str {
        &self.browser
    }

    /// The `alwaysMatch` capabilities of a new session: no window, a profile of its own, and a browser that
    /// ends with its driver because it is driven through a pipe.
    pub fn capabilities(&self, profile: &str) -> Value {
        let profile = format!("--user-data-dir={}", self.folder.path().join(profile).display());
        // Without a user namespace of its own, Chromium's sandbox refuses to run as root or in a container.
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
        let arguments: Vec<&str> =
            arguments.into_iter().chain(["--remote-debugging-pipe", "--no-first-run", &profile]).collect();
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": self.browser, "args": arguments },
        })
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let status = request(address, Method::GET, "/status", None).await;
    status.is_some_and(|body| body.pointer("/value/ready") == Some(&Value::Bool(true)))
}

/// One WebDriver command; enough to start with, and to test the starter itself.
async fn request(address: SocketAddr, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
    let body = body.map(|value| value.to_string()).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::<Bytes>::from(body))
        .ok()?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.ok()?.into_body().collect().await.ok()?;
    serde_json::from_slice(&answer.to_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_session_shows_a_page() {
        let chromium = Chromium::start().await.unwrap();
        let wanted = json!({ "capabilities": { "alwaysMatch": chromium.capabilities("one") } });
        let session = request(chromium.address, Method::POST, "/session", Some(wanted)).await.unwrap();
        let id = session.pointer("/value/sessionId").and_then(Value::as_str).expect("a session");
        let page = json!({ "url": "data:text/html,<title>one binary</title>" });
        request(chromium.address, Method::POST, &format!("/session/{id}/url"), Some(page)).await.unwrap();
        let title =
            request(chromium.address, Method::GET, &format!("/session/{id}/title"), None).await.unwrap();
        assert_eq!(title.pointer("/value"), Some(&json!("one binary")));
    }
}
