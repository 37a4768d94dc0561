//! `/v1/users/{id}/sessions`: where a user is signed in.

use axum::extract::State;
use claviger_domain::{AccountId, Session, SessionId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::list::List;
use crate::path::{PathId, PathSession};
use crate::permit::{ClientsRead, ClientsWrite, Permit};
use crate::reply::{self, Answer};
use crate::state::Shared;

/// A browser session of a user. Its cookie is shown to nobody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionObject<'s> {
    /// Its id.
    #[schema(value_type = String, example = "ses_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: SessionId,
    /// The address that the user signed in from, where it is known.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// The user agent, as it calls itself.
    #[schema(example = "Mozilla/5.0")]
    agent: Option<&'s str>,
    /// Whether a second factor is still due; until then the session opens nothing.
    awaits_second_factor: bool,
    /// When the user signed in.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, to within a minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// When it ends however much it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'s> From<&'s Session> for SessionObject<'s> {
    fn from(session: &'s Session) -> Self {
        Self {
            id: session.id,
            address: session.origin.address.map(|address| address.to_string()),
            agent: session.origin.agent.as_deref(),
            awaits_second_factor: session.awaits_second_factor,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        }
    }
}

/// List the living sessions of a user, newest first.
#[utoipa::path(
    get, path = "/v1/users/{id}/sessions", tag = "users",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 200, description = "The sessions, in one page.", body = List<SessionObject>)),
)]
pub(crate) async fn list_user_sessions(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let sessions = doors.engine.list_user_sessions(id).await;
    let sessions = sessions.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&List::whole(sessions.iter().map(SessionObject::from).collect()))
}

/// End one session of a user, at once.
#[utoipa::path(
    post, path = "/v1/users/{id}/sessions/{session}/end", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("session" = String, Path, description = "The session's id."),
    ),
    responses((status = 204, description = "The session has ended.")),
)]
pub(crate) async fn end_user_session(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
    PathSession(session): PathSession,
) -> Answer {
    let ended = doors.engine.end_user_session(&permit.actor(), id, session).await;
    ended.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
