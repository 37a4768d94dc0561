//! What people will be asked when an application wants to act for them.

use askama::Template;
use axum::extract::State;
use claviger_domain::RedirectUri;
use http::StatusCode;

use super::detail::read_id;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::path::Path;
use crate::permit::{ApplicationsRead, Permit};
use crate::public::{ClientFace, ScopeLine, lines};
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "consent_preview.html")]
struct Preview<'p> {
    chrome: Chrome<'p>,
    id: String,
    title: String,
    client: ClientFace,
    scopes: Vec<ScopeLine>,
    destinations: Vec<String>,
}

/// `GET …/clients/{id}/consent`
pub(crate) async fn show_consent(
    State(state): State<PagesState>,
    permit: Permit<ApplicationsRead>,
    Path(id): Path<String>,
) -> Answer {
    let client = state.engine.find_client_for(&permit.actor(), read_id(&id)?).await?;
    let entry = state.engine.find_api(&client.api.to_string()).ok_or(PageError::NoPage)?;
    let owner = match client.origin {
        claviger_domain::ClientOrigin::Managed => {
            Some(state.engine.find_workspace(client.workspace).await?.name.to_string())
        }
        claviger_domain::ClientOrigin::Open => None,
    };
    let logo = state.engine.find_client_logo(&client).await?;
    let scopes = client.metadata.effective_scopes(&entry.policy);
    let mut destinations: Vec<_> =
        client.metadata.redirect_uris.iter().map(RedirectUri::destination).collect();
    destinations.dedup();
    let shown = Preview {
        chrome: Chrome::at(permit.reader(), Section::Applications),
        id: client.id.to_string(),
        title: state.title_of(&entry.api.name),
        client: ClientFace::new(&client, owner).with_logo(logo),
        scopes: lines(state.engine.describe_scopes(client.api, &scopes), &[]),
        destinations,
    };
    page(StatusCode::OK, &shown)
}
