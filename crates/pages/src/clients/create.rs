//! Registering an application: first its API, then everything else on one form.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{ClientMetadata, Environment, WorkspaceId};
use claviger_engine::{NewClient, RegisteredApi};
use http::StatusCode;

use super::detail::back;
use super::form::{self, Subject};
use super::secret::{self, Shown};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::workspace_choices;
use crate::notice::Notice;
use crate::permit::{ApplicationsWrite, Permit, Recent};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

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

/// `GET …/clients/new`
pub(crate) async fn show_new_client(
    State(state): State<PagesState>,
    permit: Permit<ApplicationsWrite>,
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
            let chrome = Chrome::at(permit.reader(), Section::Applications);
            return page(StatusCode::OK, &ChooseApi { chrome, apis: apis.iter().map(choice).collect() });
        }
    };
    let fields = form::blank(&entry, query.get("workspace"));
    show(&state, permit.reader(), &entry, (&fields, Complaints::default())).await
}

/// `POST …/clients/new`
pub(crate) async fn create_client(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<Recent<ApplicationsWrite>>,
) -> Answer {
    let apis = apis_with_clients(&state);
    let entry = find(&apis, fields.get("api")).map_err(|_| PageError::BadForm)?;
    let complaints = match read(permit.reader(), entry, &fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.create_client(&permit.actor(), new, once).await {
                Ok(issued) if issued.is_repeat => {
                    return Ok(back(permit.reader(), issued.client.id, Notice::ShownAlready));
                }
                Ok(issued) => match &issued.secret {
                    Some(text) => {
                        let shown = Shown { client: &issued.client, secret: text, earlier_end_at: None };
                        return secret::show(&state, permit.reader(), shown);
                    }
                    None => return Ok(back(permit.reader(), issued.client.id, Notice::ClientCreated)),
                },
                Err(error) => form::complain_of(error)?,
            }
        }
    };
    show(&state, permit.reader(), entry, (&fields, complaints)).await
}

fn read(reader: &Reader, entry: &RegisteredApi, fields: &Fields) -> Result<NewClient, Complaints> {
    let metadata: ClientMetadata = form::read(entry, fields, None)?;
    let workspace: WorkspaceId = match reader.visit() {
        Some(visit) => visit.workspace().id,
        None => fields
            .get("workspace")
            .parse()
            .map_err(|_| Complaints::one("workspace", say("new-key-choose-workspace")))?,
    };
    let environment: Environment = fields
        .get("environment")
        .parse()
        .map_err(|_| Complaints::one("environment", say("client-form-choose-environment")))?;
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

async fn show(
    state: &PagesState,
    reader: &Reader,
    entry: &RegisteredApi,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let workspaces = match reader.visit() {
        None => workspace_choices(state, fields.get("workspace").parse().ok()).await?,
        Some(_) => Vec::new(),
    };
    let subject = Subject { entry, client: None, workspaces };
    form::show(state, reader, subject, (fields, complaints))
}
