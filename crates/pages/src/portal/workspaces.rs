//! The workspaces that somebody can go to.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_domain::WorkspaceState;
use claviger_engine::Visit;
use http::{HeaderMap, StatusCode};

use super::members::role_name;
use crate::chrome::page;
use crate::error::Answer;
use crate::permit::signed_in_member;
use crate::state::PagesState;
use crate::words::Phrase;

/// Where the portal begins.
pub(super) const PORTAL: &str = "/portal";

struct Choice {
    id: String,
    name: String,
    role: Phrase,
    is_suspended: bool,
}

impl From<&Visit> for Choice {
    fn from(visit: &Visit) -> Self {
        let workspace = visit.workspace();
        Self {
            id: workspace.id.to_string(),
            name: workspace.name.to_string(),
            role: role_name(visit.membership().role),
            is_suspended: workspace.state != WorkspaceState::Active,
        }
    }
}

#[derive(Template)]
#[template(path = "portal/workspaces.html")]
struct WorkspacesPage<'p> {
    email: &'p str,
    token: &'p str,
    workspaces: Vec<Choice>,
}

/// `GET /portal`: on to the only workspace, or to the choice.
pub(crate) async fn show_portal(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    let signed_in = signed_in_member(&headers, &state).await?;
    let visits = state.engine.list_visits(&signed_in).await?;
    let to = match visits.as_slice() {
        [only] => format!("{PORTAL}/{}", only.workspace().id),
        _ => format!("{PORTAL}/workspaces"),
    };
    Ok(Redirect::to(&to).into_response())
}

/// `GET /portal/workspaces`
pub(crate) async fn show_workspaces(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    let signed_in = signed_in_member(&headers, &state).await?;
    let visits = state.engine.list_visits(&signed_in).await?;
    let shown = WorkspacesPage {
        email: signed_in.account().email.as_str(),
        token: signed_in.form_token().expose(),
        workspaces: visits.iter().map(Choice::from).collect(),
    };
    page(StatusCode::OK, &shown)
}

/// `GET /portal/security`: on to the reader's own security, in the first of their workspaces.
pub(crate) async fn show_own_security(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    let signed_in = signed_in_member(&headers, &state).await?;
    let visits = state.engine.list_visits(&signed_in).await?;
    let to = match visits.first() {
        Some(first) => format!("{PORTAL}/{}/security", first.workspace().id),
        None => format!("{PORTAL}/workspaces"),
    };
    Ok(Redirect::to(&to).into_response())
}
