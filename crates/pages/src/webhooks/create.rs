//! Making a webhook.

use axum::extract::{RawQuery, State};
use claviger_engine::{NewWebhook, WebhookError};

use super::form::{self, complain};
use super::secret::{self, Shown};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::permit::{Permit, Recent, WebhooksWrite};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// `GET …/webhooks/new`
pub(crate) async fn show_new_webhook(
    State(state): State<PagesState>,
    permit: Permit<WebhooksWrite>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    form::show(&state, permit.reader(), None, (&query, Complaints::default())).await
}

/// `POST …/webhooks/new`
pub(crate) async fn create_webhook(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<Recent<WebhooksWrite>>,
) -> Answer {
    let reader = permit.reader();
    let complaints = match read_webhook(reader, &fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.create_webhook(&permit.actor(), new, once).await {
                Ok(issued) if issued.is_repeat => {
                    return Ok(secret::shown_already(reader, issued.webhook.id));
                }
                Ok(issued) => {
                    let shown = Shown { webhook: &issued.webhook, secret: &issued.secret, is_new: true };
                    return secret::show(&state, reader, shown);
                }
                Err(WebhookError::IdempotencyMismatch) => return Err(PageError::Forged),
                Err(error) => complain(error)?,
            }
        }
    };
    form::show(&state, reader, None, (&fields, complaints)).await
}

fn read_webhook(reader: &Reader, fields: &Fields) -> Result<NewWebhook, Complaints> {
    let workspace = match (reader.visit(), fields.given("workspace")) {
        (Some(visit), _) => Ok(Some(visit.workspace().id)),
        (None, None) => Ok(None),
        (None, Some(text)) => text.parse().map(Some).map_err(|_| say("new-key-choose-workspace").to_string()),
    };
    let typed = form::read(fields)?;
    let workspace = workspace.map_err(|message| Complaints::one("workspace", message))?;
    Ok(NewWebhook { workspace, name: typed.name, address: typed.address, events: typed.events })
}
