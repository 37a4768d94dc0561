//! What can be done with a key: switched off and on, rotated, kept to its newest version, given a new secret, revoked.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Key, KeyId, Receipt};
use claviger_engine::Wait;

use super::detail::{self, Said};
use super::row::version_of;
use super::shown_once::{self, Made, read_id, shown_already};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{KeysWrite, Recent};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// `POST /console/keys/{id}/disable`
pub(crate) async fn disable_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<KeysWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.disable_key(&permit.actor(), id).await?;
    Ok(back(permit.reader(), id, Notice::KeyDisabled))
}

/// `POST /console/keys/{id}/enable`
pub(crate) async fn enable_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<KeysWrite>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.enable_key(&permit.actor(), id).await?;
    Ok(back(permit.reader(), id, Notice::KeyEnabled))
}

/// `POST /console/keys/{id}/rotate`
pub(crate) async fn rotate_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let overlap: u64 = fields.get("overlap").parse().map_err(|_| PageError::BadForm)?;
    if is_outdated(&state.engine.find_key_for(&permit.actor(), id).await?, &fields) {
        return Ok(shown_already(permit.reader(), id));
    }
    let issued = state.engine.rotate_key(&permit.actor(), id, Duration::from_secs(overlap)).await?;
    shown_once::show(&state, permit.reader(), Made::Rotation, (&issued.key, &issued.text)).await
}

/// `POST /console/keys/{id}/end-overlap`
pub(crate) async fn end_overlap(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    state.engine.end_overlap(&permit.actor(), id).await?;
    Ok(back(permit.reader(), id, Notice::OverlapEnded))
}

/// `POST /console/keys/{id}/secret`
pub(crate) async fn replace_secret(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    if is_outdated(&state.engine.find_key_for(&permit.actor(), id).await?, &fields) {
        return Ok(shown_already(permit.reader(), id));
    }
    let issued = state.engine.replace_secret(&permit.actor(), id).await?;
    shown_once::show(&state, permit.reader(), Made::Secret, (&issued.key, &issued.secret)).await
}

/// `POST /console/keys/{id}/revoke`, confirmed by typing the key's name.
pub(crate) async fn revoke_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let key = state.engine.find_key_for(&permit.actor(), id).await?;
    if fields.get("confirm").trim() != key.name.as_str() {
        let complaint = Complaints::one("confirm", say("key-type-to-revoke").with("name", &key.name));
        return detail::show(&state, permit.reader(), &key, Said::wrong(complaint)).await;
    }
    let revoked = state.engine.revoke_key(&permit.actor(), id, Wait::ForAllNodes).await?;
    let is_everywhere = revoked.receipt.is_some_and(Receipt::is_complete);
    Ok(back(permit.reader(), id, if is_everywhere { Notice::KeyRevoked } else { Notice::KeyBeingRevoked }))
}

/// Whether a form was made for an earlier state of the key: it was sent before, or someone else changed the key.
fn is_outdated(key: &Key, fields: &Fields) -> bool {
    fields.get("version") != version_of(key)
}

fn back(reader: &Reader, id: KeyId, notice: Notice) -> Response {
    Redirect::to(&format!("{}/keys/{id}?notice={}", reader.base(), notice.word())).into_response()
}
