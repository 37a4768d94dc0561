//! What can be done with an application: a new secret, switched off and on, deleted.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use super::detail::{self, back, read_id, version_of};
use super::secret::{self, Shown};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{ApplicationsWrite, Recent};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// `POST …/clients/{id}/rotate`
pub(crate) async fn rotate_secret(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<ApplicationsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let overlap: u64 = fields.get("overlap").parse().map_err(|_| PageError::BadForm)?;
    let client = state.engine.find_client_for(&permit.actor(), id).await?;
    if fields.get("version") != version_of(&client) {
        // It was sent before, or somebody else changed the client.
        return Ok(back(permit.reader(), id, Notice::ShownAlready));
    }
    let overlap = Duration::from_secs(overlap);
    let issued = state.engine.rotate_client_secret(&permit.actor(), id, overlap).await?;
    let earlier_end_at = (!overlap.is_zero()).then_some(issued.earlier_end_at);
    let shown = Shown { client: &issued.client, secret: &issued.secret, earlier_end_at };
    secret::show(&state, permit.reader(), shown)
}

/// `POST …/clients/{id}/disable`
pub(crate) async fn disable_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<ApplicationsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_client(&permit.actor(), id, false).await?;
    Ok(back(permit.reader(), id, Notice::ClientDisabled))
}

/// `POST …/clients/{id}/enable`
pub(crate) async fn enable_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<ApplicationsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_client(&permit.actor(), id, true).await?;
    Ok(back(permit.reader(), id, Notice::ClientEnabled))
}

/// `POST …/clients/{id}/delete`, confirmed by typing the application's name.
pub(crate) async fn delete_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<ApplicationsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let client = state.engine.find_client_for(&permit.actor(), id).await?;
    let name = client.metadata.name.as_str();
    if fields.get("confirm").trim() != name {
        let complaint = Complaints::one("confirm", say("client-type-to-delete").with("name", name));
        return detail::show(&state, permit.reader(), &client, (None, complaint)).await;
    }
    state.engine.delete_client(&permit.actor(), id).await?;
    let (base, notice) = (permit.reader().base(), Notice::ClientDeleted.word());
    Ok(Redirect::to(&format!("{base}/clients?notice={notice}")).into_response())
}
