//! What can be done with a webhook: tried, switched off and on, given a new secret, deleted; dead messages sent again.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::WebhookId;

use super::detail;
use super::row::{read_id, version_of};
use super::secret::{self, Shown};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Recent, WebhooksWrite};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// `POST …/webhooks/{id}/test`
pub(crate) async fn test_webhook(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<WebhooksWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let message = state.engine.test_webhook(&permit.actor(), id).await?.id;
    let (base, notice) = (permit.reader().base(), Notice::WebhookTested.word());
    Ok(Redirect::to(&format!("{base}/webhooks/{id}/messages/{message}?notice={notice}")).into_response())
}

/// `POST …/webhooks/{id}/replay`
pub(crate) async fn replay_dead(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<WebhooksWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.replay_dead_webhook_messages(&permit.actor(), id).await?;
    Ok(back(permit.reader(), id, Notice::DeadReplayed))
}

/// `POST …/webhooks/{id}/disable`
pub(crate) async fn disable_webhook(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<WebhooksWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_webhook(&permit.actor(), id, false).await?;
    Ok(back(permit.reader(), id, Notice::WebhookDisabled))
}

/// `POST …/webhooks/{id}/enable`
pub(crate) async fn enable_webhook(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<WebhooksWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_webhook(&permit.actor(), id, true).await?;
    Ok(back(permit.reader(), id, Notice::WebhookEnabled))
}

/// `POST …/webhooks/{id}/secret`
pub(crate) async fn rotate_secret(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<WebhooksWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let overlap: u64 = fields.get("overlap").parse().map_err(|_| PageError::BadForm)?;
    let webhook = state.engine.find_webhook(&permit.actor(), id).await?;
    if fields.get("version") != version_of(&webhook) {
        // It was sent before, or somebody else changed the webhook.
        return Ok(secret::shown_already(permit.reader(), id));
    }
    let overlap = Duration::from_secs(overlap);
    let issued = state.engine.rotate_webhook_secret(&permit.actor(), id, overlap).await?;
    let shown = Shown { webhook: &issued.webhook, secret: &issued.secret, is_new: false };
    secret::show(&state, permit.reader(), shown)
}

/// `POST …/webhooks/{id}/delete`, confirmed by typing the webhook's name.
pub(crate) async fn delete_webhook(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<WebhooksWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let webhook = state.engine.find_webhook(&permit.actor(), id).await?;
    let name = webhook.name.as_str();
    if fields.get("confirm").trim() != name {
        let complaint = Complaints::one("confirm", say("webhooks-type-to-delete").with("name", name));
        return detail::show(&state, permit.reader(), &webhook, (&Fields::default(), complaint)).await;
    }
    state.engine.delete_webhook(&permit.actor(), id).await?;
    let (base, notice) = (permit.reader().base(), Notice::WebhookDeleted.word());
    Ok(Redirect::to(&format!("{base}/webhooks?notice={notice}")).into_response())
}

fn back(reader: &Reader, id: WebhookId, notice: Notice) -> Response {
    Redirect::to(&format!("{}/webhooks/{id}?notice={}", reader.base(), notice.word())).into_response()
}
