//! Changing what a webhook is called, where it is and what it is told of.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_engine::WebhookPatch;

use super::form::{self, complain};
use super::row::read_id;
use crate::complaints::Complaints;
use crate::error::Answer;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, Recent, WebhooksWrite};
use crate::sent::Sent;
use crate::state::PagesState;

/// `GET …/webhooks/{id}/edit`
pub(crate) async fn show_edit_webhook(
    State(state): State<PagesState>,
    permit: Permit<WebhooksWrite>,
    Path(id): Path<String>,
) -> Answer {
    let webhook = state.engine.find_webhook(&permit.actor(), read_id(&id)?).await?;
    let fields = form::fields_of(&webhook);
    form::show(&state, permit.reader(), Some(&webhook), (&fields, Complaints::default())).await
}

/// `POST …/webhooks/{id}/edit`. Where messages go is as good as who reads them, so it takes a recent proof.
pub(crate) async fn update_webhook(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<WebhooksWrite>>,
) -> Answer {
    let (id, reader) = (read_id(&id)?, permit.reader());
    let complaints = match form::read(&fields) {
        Err(complaints) => complaints,
        Ok(typed) => {
            let patch = WebhookPatch {
                name: Some(typed.name),
                address: Some(typed.address),
                events: Some(typed.events),
            };
            match state.engine.update_webhook(&permit.actor(), id, patch).await {
                Ok(_) => {
                    let notice = Notice::WebhookChanged.word();
                    let address = format!("{}/webhooks/{id}?notice={notice}", reader.base());
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(error) => complain(error)?,
            }
        }
    };
    let webhook = state.engine.find_webhook(&permit.actor(), id).await?;
    form::show(&state, reader, Some(&webhook), (&fields, complaints)).await
}
