//! Changing what an application says of itself and may ask for.

use axum::extract::State;
use axum::response::Response;
use claviger_domain::Client;
use claviger_engine::RegisteredApi;

use super::detail::{back, read_id};
use super::form::{self, Subject};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{ApplicationsWrite, Permit};
use crate::sent::Sent;
use crate::state::PagesState;

/// `GET …/clients/{id}/edit`
pub(crate) async fn show_client_form(
    State(state): State<PagesState>,
    permit: Permit<ApplicationsWrite>,
    Path(id): Path<String>,
) -> Answer {
    let client = state.engine.find_client_for(&permit.actor(), read_id(&id)?).await?;
    let entry = entry_of(&state, &client)?;
    let fields = form::of_metadata(&client.metadata);
    let subject = Subject { entry: &entry, client: Some(&client), workspaces: Vec::new() };
    form::show(&state, permit.reader(), subject, (&fields, Complaints::default()))
}

/// `POST …/clients/{id}/edit`
pub(crate) async fn change_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<ApplicationsWrite>,
) -> Result<Response, PageError> {
    let client = state.engine.find_client_for(&permit.actor(), read_id(&id)?).await?;
    let entry = entry_of(&state, &client)?;
    let complaints = match form::read(&entry, &fields, Some(&client)) {
        Err(complaints) => complaints,
        Ok(metadata) => match state.engine.update_client(&permit.actor(), client.id, metadata).await {
            Ok(_) => return Ok(back(permit.reader(), client.id, Notice::ClientChanged)),
            Err(error) => form::complain_of(error)?,
        },
    };
    let subject = Subject { entry: &entry, client: Some(&client), workspaces: Vec::new() };
    form::show(&state, permit.reader(), subject, (&fields, complaints))
}

/// The API of a client, while its contract is loaded.
fn entry_of(state: &PagesState, client: &Client) -> Result<RegisteredApi, PageError> {
    state.engine.find_api(&client.api.to_string()).ok_or(PageError::NoPage)
}
