//! One application: what it is, its secrets, and what can be done with it.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Client, ClientId, ClientKeys, RedirectUri, Right};
use claviger_engine::ClientSecretSummary;
use http::StatusCode;

use super::words::{self, ClientRow};
use crate::author::author;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{ApplicationsRead, Permit};
use crate::public::duration_text;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// How long earlier secrets can go on.
const OVERLAPS: [u64; 4] = [0, 3_600, 86_400, 7 * 86_400];

/// A secret that works.
struct SecretRow {
    last_four: String,
    created: Moment,
    retires: Option<Moment>,
}

#[derive(Template)]
#[template(path = "client.html")]
struct ClientPage<'p> {
    chrome: Chrome<'p>,
    row: ClientRow,
    /// Whether its picture was given here.
    has_given_picture: bool,
    workspace_id: String,
    description: Option<&'p str>,
    kind: Phrase,
    authentication: Phrase,
    grants: Vec<Phrase>,
    redirect_uris: Vec<&'p str>,
    logout_uris: Vec<&'p str>,
    scopes: Vec<String>,
    keys: Option<Phrase>,
    demands: Vec<Phrase>,
    access_lifetime: Option<String>,
    secrets: Vec<SecretRow>,
    has_secret: bool,
    /// Whether what can be done with it is offered.
    may_write: bool,
    has_users: bool,
    overlaps: [(u64, String); OVERLAPS.len()],
    created: (Moment, String),
    updated: (Moment, String),
    /// Tells a form that was made for an earlier state of the client.
    version: String,
    complaints: Complaints,
}

/// `GET …/clients/{id}`
pub(crate) async fn show_client(
    State(state): State<PagesState>,
    permit: Permit<ApplicationsRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let client = state.engine.find_client_for(&permit.actor(), read_id(&id)?).await?;
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    show(&state, permit.reader(), &client, (notice, Complaints::default())).await
}

/// The page of a client, with what has happened or what is wrong.
pub(super) async fn show(
    state: &PagesState,
    reader: &Reader,
    client: &Client,
    (notice, complaints): (Option<Phrase>, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let names = Names::of_workspaces(state, std::iter::once(client.workspace)).await?;
    let given = state.engine.find_given_picture(client).await?;
    let logo = state.engine.find_client_logo(client).await?;
    let secrets = state.engine.list_client_secrets(client.id).await?;
    let metadata = &client.metadata;
    let entry = state.engine.find_api(&client.api.to_string());
    let now = state.engine.clock().now();
    let shown = ClientPage {
        chrome: Chrome::at(reader, Section::Applications).saying(notice),
        row: ClientRow::new(client, &names, now, reader).with_logo(logo),
        has_given_picture: given.is_some(),
        may_write: reader.allows(Right::WriteClients),
        workspace_id: client.workspace.to_string(),
        description: metadata.presentation.description.as_deref(),
        kind: words::application_type(metadata.application_type),
        authentication: words::authentication(metadata.authentication),
        grants: metadata.grant_types.iter().map(|grant| words::grant(*grant)).collect(),
        redirect_uris: metadata.redirect_uris.iter().map(RedirectUri::as_str).collect(),
        logout_uris: metadata.post_logout_redirect_uris.iter().map(RedirectUri::as_str).collect(),
        scopes: metadata
            .scopes
            .iter()
            .flat_map(claviger_domain::ScopeSet::iter)
            .map(ToString::to_string)
            .collect(),
        keys: metadata.keys.as_ref().map(|keys| match keys {
            ClientKeys::Inline(_) => say("client-registered-here"),
            ClientKeys::Address(_) => say("client-own-address"),
        }),
        demands: demands(client),
        access_lifetime: metadata.access_lifetime.map(duration_text),
        secrets: secrets.into_iter().map(secret_row).collect(),
        has_secret: metadata.authentication.has_secret(),
        has_users: entry.is_some_and(|entry| entry.policy.tokens.has_users),
        overlaps: OVERLAPS.map(overlap),
        created: (Moment::exact(client.created_at), author(&client.created_by, reader.signed_in())),
        updated: (Moment::exact(client.updated_at), author(&client.updated_by, reader.signed_in())),
        version: version_of(client),
        complaints,
    };
    page(status, &shown)
}

/// What it must do beyond what every client must.
fn demands(client: &Client) -> Vec<Phrase> {
    let metadata = &client.metadata;
    [
        (metadata.requires_pushed_requests, say("client-pushes-requests-first")),
        (metadata.requires_dpop, say("client-proves-key-every-token")),
    ]
    .into_iter()
    .filter_map(|(is_so, text)| is_so.then_some(text))
    .collect()
}

fn secret_row(secret: ClientSecretSummary) -> SecretRow {
    SecretRow {
        last_four: secret.last_four,
        created: Moment::exact(secret.created_at),
        retires: secret.retires_at.map(Moment::exact),
    }
}

/// Changes with every change of the client.
pub(super) fn version_of(client: &Client) -> String {
    client.updated_at.micros().to_string()
}

/// The id in a path.
pub(super) fn read_id(text: &str) -> Result<ClientId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}

/// Back to the client's page, which says what has happened.
pub(super) fn back(reader: &Reader, id: ClientId, notice: Notice) -> Response {
    Redirect::to(&format!("{}/clients/{id}?notice={}", reader.base(), notice.word())).into_response()
}

/// How long earlier secrets go on.
fn overlap(seconds: u64) -> (u64, String) {
    let text = match seconds {
        0 => say("client-end-them-once").to_string(),
        seconds => duration_text(Duration::from_secs(seconds)),
    };
    (seconds, text)
}
