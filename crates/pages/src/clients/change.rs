//! Changing what an application says of itself and may ask for.

use axum::extract::{Path, State};
use axum::response::Response;
use claviger_domain::Client;
use claviger_engine::RegisteredApi;

use super::detail::{back, read_id};
use super::form::{self, Subject};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::notice::Notice;
use crate::permit::{ClientsWrite, Permit};
use crate::sent::Sent;
use crate::state::PagesState;

/// `GET /console/clients/{id}/edit`
pub(crate) async fn show_client_form(
    State(state): State<PagesState>,
    permit: Permit<ClientsWrite>,
    Path(id): Path<String>,
) -> Answer {
    let client = state.engine.find_client(read_id(&id)?).await?;
    let entry = entry_of(&state, &client)?;
    let fields = form::of_metadata(&client.metadata);
    let subject = Subject { entry: &entry, client: Some(&client), workspaces: Vec::new() };
    form::show(&state, permit.signed_in(), subject, (&fields, Complaints::default()))
}

/// `POST /console/clients/{id}/edit`
pub(crate) async fn change_client(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<ClientsWrite>,
) -> Result<Response, PageError> {
    let client = state.engine.find_client(read_id(&id)?).await?;
    let entry = entry_of(&state, &client)?;
    let complaints = match form::read(&entry, &fields, Some(&client)) {
        Err(complaints) => complaints,
        Ok(metadata) => match state.engine.update_client(&permit.actor(), client.id, metadata).await {
            Ok(_) => return Ok(back(client.id, Notice::ClientChanged)),
            Err(error) => form::complain_of(error)?,
        },
    };
    let subject = Subject { entry: &entry, client: Some(&client), workspaces: Vec::new() };
    form::show(&state, permit.signed_in(), subject, (&fields, complaints))
}

/// The API of a client, while its contract is loaded.
fn entry_of(state: &PagesState, client: &Client) -> Result<RegisteredApi, PageError> {
    state.engine.find_api(&client.api.to_string()).ok_or(PageError::NoPage)
}
