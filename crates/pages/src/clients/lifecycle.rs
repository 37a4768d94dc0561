//! What can be done with an application: a new secret, switched off and on, deleted.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use super::detail::{self, back, read_id, version_of};
use super::secret::{self, Shown};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::notice::Notice;
use crate::permit::{ClientsWrite, Recent};
use crate::sent::Sent;
use crate::state::PagesState;

/// `POST /console/clients/{id}/rotate`
pub(crate) async fn rotate_secret(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let overlap: u64 = fields.get("overlap").parse().map_err(|_| PageError::BadForm)?;
    if fields.get("version") != version_of(&state.engine.find_client(id).await?) {
        // It was sent before, or somebody else changed the client.
        return Ok(back(id, Notice::ShownAlready));
    }
    let overlap = Duration::from_secs(overlap);
    let issued = state.engine.rotate_client_secret(&permit.actor(), id, overlap).await?;
    let earlier_end_at = (!overlap.is_zero()).then_some(issued.earlier_end_at);
    let shown = Shown { client: &issued.client, secret: &issued.secret, earlier_end_at };
    secret::show(&state, permit.signed_in(), shown)
}

/// `POST /console/clients/{id}/disable`
pub(crate) async fn disable_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_client(&permit.actor(), id, false).await?;
    Ok(back(id, Notice::ClientDisabled))
}

/// `POST /console/clients/{id}/enable`
pub(crate) async fn enable_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<ClientsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_client(&permit.actor(), id, true).await?;
    Ok(back(id, Notice::ClientEnabled))
}

/// `POST /console/clients/{id}/delete`, confirmed by typing the application's name.
pub(crate) async fn delete_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let client = state.engine.find_client(id).await?;
    let name = client.metadata.name.as_str();
    if fields.get("confirm").trim() != name {
        let complaint = Complaints::one("confirm", format!("Type “{name}” to delete this application."));
        return detail::show(&state, permit.signed_in(), &client, (None, complaint)).await;
    }
    state.engine.delete_client(&permit.actor(), id).await?;
    let notice = Notice::ClientDeleted.word();
    Ok(Redirect::to(&format!("/console/clients?notice={notice}")).into_response())
}
