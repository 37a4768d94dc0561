//! What can be done for a user, or with one.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Origin, Pool, SessionId};
use claviger_engine::{AccountError, Caller};
use std::net::{IpAddr, Ipv4Addr};

use super::detail::{self, back, read_id};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::Explain;
use crate::notice::Notice;
use crate::permit::{ClientsWrite, Recent};
use crate::sent::Sent;
use crate::state::{CallerAddress, PagesState};
use crate::words::say;

/// `POST /console/users/{id}/disable`
pub(crate) async fn disable_user(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_user(&permit.actor(), id, false).await?;
    Ok(back(id, Notice::UserDisabled))
}

/// `POST /console/users/{id}/enable`
pub(crate) async fn enable_user(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<ClientsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.switch_user(&permit.actor(), id, true).await?;
    Ok(back(id, Notice::UserEnabled))
}

/// `POST /console/users/{id}/sign-out`, from everywhere.
pub(crate) async fn sign_user_out(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<ClientsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.end_user_sessions(&permit.actor(), id).await?;
    Ok(back(id, Notice::SessionsEnded))
}

/// `POST /console/users/{id}/sessions/{session}/end`
pub(crate) async fn end_user_session(
    State(state): State<PagesState>,
    Path((id, session)): Path<(String, String)>,
    Sent { permit, .. }: Sent<ClientsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let session: SessionId = session.parse().map_err(|_| PageError::NoPage)?;
    state.engine.end_user_session(&permit.actor(), id, session).await?;
    Ok(back(id, Notice::SessionEnded))
}

/// `POST /console/users/{id}/reset`: sends a link for a new password.
pub(crate) async fn send_reset(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    address: Option<Extension<CallerAddress>>,
    Sent { permit, .. }: Sent<ClientsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let user = state.engine.find_user(id).await?;
    let Pool::Api(api) = user.pool else { return Err(PageError::NoPage) };
    let directory = state.directory.load();
    let installed = directory.by_name_or_id(&api.to_string()).ok_or(AccountError::NotOffered)?;
    let address = address.map(|Extension(CallerAddress(address))| address);
    let caller = Caller {
        api,
        policy: installed.contract.policy(),
        environment: None,
        issuer: installed.contract.issuer(),
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: None,
    };
    let origin = Origin::new(address, None);
    match state.engine.send_reset_to_user(&permit.actor(), (&caller, &origin), id).await {
        Ok(()) => Ok(back(id, Notice::ResetSent)),
        Err(error @ (AccountError::TooMany { .. } | AccountError::Busy)) => {
            let complaint = Complaints::one("reset", error.explain());
            detail::show(&state, permit.signed_in(), id, (None, complaint)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/users/{id}/delete`, confirmed by typing the user's address.
pub(crate) async fn delete_user(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let user = state.engine.find_user(id).await?;
    if fields.get("confirm").trim() != user.email.as_str() {
        let complaint =
            Complaints::one("confirm", say("user-type-to-delete").with("name", user.email.as_str()));
        return detail::show(&state, permit.signed_in(), id, (None, complaint)).await;
    }
    state.engine.delete_user(&permit.actor(), id).await?;
    let notice = Notice::UserDeleted.word();
    Ok(Redirect::to(&format!("/console/users?notice={notice}")).into_response())
}
