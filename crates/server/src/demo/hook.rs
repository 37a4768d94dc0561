//! The sample APIs' ear: told by a webhook that a test environment is reset, it resets their own data, as the receiver of
//! a provider would.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use claviger_domain::{Actor, Clock, EventType, PageRequest, Subscription, Timestamp};
use claviger_engine::{Engine, NewWebhook, WebhookError};
use claviger_secrets::WebhookSecret;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::sample::Stocks;

/// What the webhook is called. Each start makes a new one in place of the last, since the port is another.
const NAME: &str = "Sample data";
/// A message that was sent longer ago is not believed, as the specification advises.
const OLDEST: Duration = Duration::from_secs(5 * 60);

/// Why the sample data is not reset.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookError {
    #[error("the receiver cannot listen")]
    Listen(#[from] std::io::Error),
    #[error("its webhook could not be made")]
    Webhook(#[from] WebhookError),
    #[error("its webhook's address, name or secret cannot be read")]
    Form,
}

/// The running receiver. It ends when this is dropped.
pub(super) struct Hook(JoinHandle<std::io::Result<()>>);

impl Drop for Hook {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Ear {
    secret: WebhookSecret,
    engine: Engine,
    stocks: Arc<Stocks>,
    /// The last reset that was heard of: a message can come twice.
    heard: Mutex<Option<String>>,
}

impl Hook {
    /// Listens, and has itself told.
    pub(super) async fn start(engine: &Engine, stocks: Arc<Stocks>) -> Result<Self, HookError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}/sandbox", listener.local_addr()?);
        let newest = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
        for webhook in engine.list_webhooks(&Actor::LOCAL, None, newest).await?.rows {
            if webhook.workspace.is_none() && webhook.name.as_str() == NAME {
                engine.delete_webhook(&Actor::LOCAL, webhook.id).await?;
            }
        }
        let new = NewWebhook {
            workspace: None,
            name: NAME.parse().map_err(|_| HookError::Form)?,
            address: address.parse().map_err(|_| HookError::Form)?,
            events: Subscription::only([EventType::SandboxResetBegun]).ok_or(HookError::Form)?,
        };
        let made = engine.create_webhook(&Actor::LOCAL, new, None).await?;
        let secret = WebhookSecret::from_text(made.secret.expose()).map_err(|_| HookError::Form)?;
        let ear = Ear { secret, engine: engine.clone(), stocks, heard: Mutex::default() };
        let router = Router::new().route("/sandbox", post(hear)).with_state(Arc::new(ear));
        Ok(Self(tokio::spawn(axum::serve(listener, router).into_future())))
    }
}

/// Resets the data of the API that a message names, once for each reset.
async fn hear(State(ear): State<Arc<Ear>>, headers: HeaderMap, body: String) -> StatusCode {
    if !is_genuine(&ear.secret, &headers, &body, ear.engine.clock()) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(message) = serde_json::from_str::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let parts = message.pointer("/data/sandbox");
    let part = |name: &str| parts.and_then(|parts| parts.get(name)).and_then(Value::as_str);
    let (Some(reset), Some(api)) = (part("reset"), part("api")) else { return StatusCode::BAD_REQUEST };
    let mut heard = ear.heard.lock().unwrap_or_else(PoisonError::into_inner);
    if heard.as_deref() != Some(reset) {
        if let Some(api) = ear.engine.find_api(api) {
            ear.stocks.reset(api.api.name.as_str());
        }
        *heard = Some(reset.to_owned());
    }
    StatusCode::NO_CONTENT
}

/// Whether a message was signed with this secret, a short time ago.
fn is_genuine(secret: &WebhookSecret, headers: &HeaderMap, body: &str, clock: &dyn Clock) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let sent_at =
        text("webhook-timestamp").and_then(|seconds| seconds.parse().ok()).map(Timestamp::from_seconds);
    let id = text("webhook-id").and_then(|id| id.parse().ok());
    let (Some(id), Some(sent_at), Some(signatures)) = (id, sent_at, text("webhook-signature")) else {
        return false;
    };
    clock.now().since(sent_at) <= OLDEST && secret.is_among(id, sent_at, body, signatures)
}
