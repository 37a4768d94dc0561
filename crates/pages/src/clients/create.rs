//! Registering an application: first its API, then everything else on one form.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{ClientMetadata, Environment, WorkspaceId};
use claviger_engine::{NewClient, RegisteredApi};
use http::StatusCode;

use super::form::{self, Subject};
use super::secret::{self, Shown};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::workspace_choices;
use crate::notice::Notice;
use crate::permit::{ClientsWrite, Permit, Recent};
use crate::sent::Sent;
use crate::state::PagesState;

/// An API to choose.
struct ApiChoice {
    name: String,
    title: String,
}

#[derive(Template)]
#[template(path = "choose_client_api.html")]
struct ChooseApi<'p> {
    chrome: Chrome<'p>,
    apis: Vec<ApiChoice>,
}

/// `GET /console/clients/new`
pub(crate) async fn show_new_client(
    State(state): State<PagesState>,
    permit: Permit<ClientsWrite>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let apis = apis_with_clients(&state);
    let entry = match (query.given("api"), apis.as_slice()) {
        (Some(name), _) => find(&apis, name)?.clone(),
        (None, [only]) => only.clone(),
        (None, _) => {
            let choice = |entry: &RegisteredApi| ApiChoice {
                name: entry.api.name.to_string(),
                title: state.title_of(&entry.api.name),
            };
            let chrome = Chrome::new(permit.signed_in(), Section::Applications);
            return page(StatusCode::OK, &ChooseApi { chrome, apis: apis.iter().map(choice).collect() });
        }
    };
    let fields = form::blank(&entry, query.get("workspace"));
    show(&state, &permit, &entry, (&fields, Complaints::default())).await
}

/// `POST /console/clients/new`
pub(crate) async fn create_client(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let apis = apis_with_clients(&state);
    let entry = find(&apis, fields.get("api")).map_err(|_| PageError::BadForm)?;
    let complaints = match read(entry, &fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.create_client(&permit.actor(), new, once).await {
                Ok(issued) if issued.is_repeat => {
                    return Ok(see(&issued.client.id.to_string(), Notice::ShownAlready));
                }
                Ok(issued) => match &issued.secret {
                    Some(text) => {
                        let shown = Shown { client: &issued.client, secret: text, earlier_end_at: None };
                        return secret::show(&state, permit.signed_in(), shown);
                    }
                    None => return Ok(see(&issued.client.id.to_string(), Notice::ClientCreated)),
                },
                Err(error) => form::complain_of(error)?,
            }
        }
    };
    show(&state, &permit, entry, (&fields, complaints)).await
}

fn read(entry: &RegisteredApi, fields: &Fields) -> Result<NewClient, Complaints> {
    let metadata: ClientMetadata = form::read(entry, fields, None)?;
    let workspace: WorkspaceId = fields
        .get("workspace")
        .parse()
        .map_err(|_| Complaints::one("workspace", "Choose a workspace.".to_owned()))?;
    let environment: Environment = fields
        .get("environment")
        .parse()
        .map_err(|_| Complaints::one("environment", "Choose where it is to work.".to_owned()))?;
    Ok(NewClient { api: entry.api.id, workspace, environment, metadata })
}

/// The APIs that have clients at all.
fn apis_with_clients(state: &PagesState) -> Vec<RegisteredApi> {
    let mut apis = state.engine.list_apis();
    apis.retain(|entry| !entry.policy.tokens.grant_types.is_empty());
    apis
}

fn find<'a>(apis: &'a [RegisteredApi], name: &str) -> Result<&'a RegisteredApi, PageError> {
    apis.iter().find(|entry| entry.api.name.as_str() == name).ok_or(PageError::Parameter("API"))
}

async fn show<N>(
    state: &PagesState,
    permit: &Permit<N>,
    entry: &RegisteredApi,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let workspaces = workspace_choices(state, fields.get("workspace").parse().ok()).await?;
    let subject = Subject { entry, client: None, workspaces };
    form::show(state, permit.signed_in(), subject, (fields, complaints))
}

fn see(id: &str, notice: Notice) -> axum::response::Response {
    Redirect::to(&format!("/console/clients/{id}?notice={}", notice.word())).into_response()
}
