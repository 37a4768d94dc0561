//! Where someone is signed in.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, RawQuery};
use claviger_domain::{Session, SessionId, Timestamp};
use claviger_engine::SessionError;
use http::StatusCode;

use super::super::agent::describe;
use super::super::error::{Answer, PublicError};
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::{page, see};
use super::super::visit::Visit;
use super::shell::{Section, Shell};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::onward::Onward;

/// A session for its owner.
pub(crate) struct SessionRow {
    pub(crate) id: String,
    pub(crate) device: String,
    pub(crate) address: Option<String>,
    pub(crate) created: Moment,
    pub(crate) last_seen: Moment,
    /// Whether it is the one that reads this.
    pub(crate) is_this: bool,
}

#[derive(Template)]
#[template(path = "public/account/sessions.html")]
pub(crate) struct SessionsPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) rows: Vec<SessionRow>,
}

/// `GET /account/sessions`
pub(crate) async fn show_sessions(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    let sessions = visit.engine.list_sessions(&who).await?;
    let (now, this) = (visit.engine.clock().now(), who.session().id);
    let shown = SessionsPage {
        shell: Shell::new(&visit, &who, Section::Sessions).saying(Notice::read(&query)),
        rows: sessions.iter().map(|session| row(session, this, now)).collect(),
    };
    page(StatusCode::OK, &shown)
}

/// `POST /account/sessions/{id}/end`
pub(crate) async fn end(Path(id): Path<String>, OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let id: SessionId = id.parse().map_err(|_| PublicError::NoPage)?;
    match visit.engine.end_session(&who, id).await {
        // Twice is fine: it is ended.
        Ok(()) | Err(SessionError::UnknownSession) => Ok(see(&Notice::SessionEnded.at("/account/sessions"))),
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/sessions/end-others`
pub(crate) async fn end_others(OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    visit.engine.end_other_sessions(&who).await?;
    Ok(see(&Notice::OthersEnded.at("/account/sessions")))
}

fn row(session: &Session, this: SessionId, now: Timestamp) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        device: describe(session.origin.agent.as_deref()),
        address: session.origin.address.map(|address| address.to_string()),
        created: Moment::ago(session.created_at, now),
        last_seen: Moment::ago(session.last_seen_at, now),
        is_this: session.id == this,
    }
}
