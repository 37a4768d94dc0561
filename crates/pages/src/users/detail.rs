//! One user: how they sign in, where they are signed in, what they allowed.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{AccountId, PageRequest, Pool, Session, Timestamp};
use claviger_engine::{AccountOverview, SignedIn};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::grants::{GrantNames, GrantRow};
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{ClientsRead, Permit};
use crate::state::PagesState;
use crate::words::{Phrase, say};

struct SessionRow {
    id: String,
    agent: String,
    address: String,
    methods: Vec<&'static str>,
    began: Moment,
    last_seen: Moment,
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage<'p> {
    chrome: Chrome<'p>,
    id: String,
    email: String,
    name: Option<String>,
    api: String,
    environment: &'static str,
    workspace: Option<String>,
    scopes: Option<String>,
    is_disabled: bool,
    verified: Option<Moment>,
    created: Moment,
    factors: Vec<String>,
    sessions: Vec<SessionRow>,
    grants: Vec<GrantRow>,
    complaints: Complaints,
}

/// `GET /console/users/{id}`
pub(crate) async fn show_user(
    State(state): State<PagesState>,
    permit: Permit<ClientsRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    show(&state, permit.signed_in(), read_id(&id)?, (notice, Complaints::default())).await
}

/// The page of a user, with what has happened or what is wrong.
pub(super) async fn show(
    state: &PagesState,
    signed_in: &SignedIn,
    id: AccountId,
    (notice, complaints): (Option<Phrase>, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let overview = state.engine.user_overview(id).await?;
    let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let mut grants = state.engine.list_grants((None, Some(id), None), all).await?.rows;
    grants.retain(|grant| grant.revoked_at.is_none());
    let names = GrantNames::of(state, &grants).await?;
    let now = state.engine.clock().now();
    let account = &overview.account;
    let workspace = match account.workspace {
        Some(workspace) => Some(state.engine.find_workspace(workspace).await?.name.to_string()),
        None => None,
    };
    let shown = UserPage {
        chrome: Chrome::new(signed_in, Section::Users).saying(notice),
        id: account.id.to_string(),
        email: account.email.to_string(),
        name: account.profile.name.clone(),
        api: title_of(state, account.pool),
        environment: account.environment.as_str(),
        workspace,
        scopes: account.scopes.as_ref().map(ToString::to_string),
        is_disabled: account.disabled_at.is_some(),
        verified: account.email_verified_at.map(Moment::exact),
        created: Moment::exact(account.created_at),
        factors: factors(&overview),
        sessions: overview.sessions.iter().map(|session| session_row(session, now)).collect(),
        grants: grants.iter().map(|grant| GrantRow::new(grant, &names, now)).collect(),
        complaints,
    };
    page(status, &shown)
}

fn title_of(state: &PagesState, pool: Pool) -> String {
    let Pool::Api(api) = pool else { return String::new() };
    let found = state.engine.find_api(&api.to_string());
    found.map_or_else(|| api.to_string(), |entry| state.title_of(&entry.api.name))
}

/// How somebody can prove who they are.
fn factors(overview: &AccountOverview) -> Vec<String> {
    let mut factors = Vec::new();
    if overview.has_password {
        factors.push(say("user-password").to_string());
    }
    if overview.has_totp {
        let left = overview.recovery_codes;
        factors.push(say("user-authenticator").count("left", left).to_string());
    }
    factors.extend(
        overview.passkeys.iter().map(|passkey| say("user-passkey").with("name", &passkey.name).to_string()),
    );
    factors
}

fn session_row(session: &Session, now: Timestamp) -> SessionRow {
    let address = session.origin.address.map(|address| address.to_string());
    SessionRow {
        id: session.id.to_string(),
        agent: session.origin.agent.clone().unwrap_or_default(),
        address: address.unwrap_or_default(),
        methods: session.methods.iter().map(claviger_domain::Method::as_str).collect(),
        began: Moment::ago(session.created_at, now),
        last_seen: Moment::ago(session.last_seen_at, now),
    }
}

/// The id in a path.
pub(super) fn read_id(text: &str) -> Result<AccountId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}

pub(super) fn back(id: AccountId, notice: Notice) -> Response {
    Redirect::to(&format!("/console/users/{id}?notice={}", notice.word())).into_response()
}
