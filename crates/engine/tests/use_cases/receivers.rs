//! Endpoints of webhooks: what they are sent, and what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_engine::{Answered, FetchError, Outgoing};
use serde_json::Value;
use tokio::sync::Notify;

/// Endpoints, by their addresses; each takes what it is sent until a test says otherwise.
#[derive(Clone, Default)]
pub(crate) struct Receivers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    endpoints: Mutex<Endpoints>,
    news: Notify,
}

#[derive(Default)]
struct Endpoints {
    answers: BTreeMap<String, u16>,
    hanging: BTreeSet<String>,
    asking: BTreeMap<String, Duration>,
    got: Vec<Got>,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) url: String,
    pub(crate) message: Outgoing,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.message.headers.iter().find(|(found, _)| *found == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.message.body).unwrap()
    }

    pub(crate) fn event(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

impl Receivers {
    /// From now on this endpoint answers with this status.
    pub(crate) fn answer(&self, url: &str, status: u16) {
        self.0.endpoints.lock().unwrap().answers.insert(url.to_owned(), status);
    }

    /// From now on this endpoint asks to be left alone for so long.
    pub(crate) fn ask_for(&self, url: &str, pause: Duration) {
        self.0.endpoints.lock().unwrap().asking.insert(url.to_owned(), pause);
    }

    /// From now on this endpoint answers nothing, ever.
    pub(crate) fn hang(&self, url: &str) {
        self.0.endpoints.lock().unwrap().hanging.insert(url.to_owned());
    }

    /// What all were sent since the last look.
    pub(crate) fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.0.endpoints.lock().unwrap().got)
    }

    /// Waits until this endpoint was sent so many messages since the last look.
    pub(crate) async fn wait_for(&self, url: &str, count: usize) {
        loop {
            let news = self.0.news.notified();
            let has = self.0.endpoints.lock().unwrap().got.iter().filter(|got| got.url == url).count();
            if has >= count {
                return;
            }
            news.await;
        }
    }

    pub(crate) async fn receive(&self, url: &str, message: &Outgoing) -> Result<Answered, FetchError> {
        let (status, hangs, retry_after) = {
            let mut endpoints = self.0.endpoints.lock().unwrap();
            endpoints.got.push(Got { url: url.to_owned(), message: message.clone() });
            let status = endpoints.answers.get(url).copied().unwrap_or(204);
            (status, endpoints.hanging.contains(url), endpoints.asking.get(url).copied())
        };
        self.0.news.notify_waiters();
        match status {
            _ if hangs => std::future::pending().await,
            0 => Err(FetchError::Unreachable),
            status => Ok(Answered { status, retry_after, body: b"what it said\0".to_vec() }),
        }
    }
}
