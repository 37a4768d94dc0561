//! The picture that an application is given: kept by us, shown by us.

use axum::extract::State;
use axum::response::Response;
use claviger_engine::PictureError;

use super::detail::{back, read_id, show};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::Explain;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::ApplicationsWrite;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::upload::Upload;

/// `POST …/clients/{id}/picture`
pub(crate) async fn give_picture(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Upload { permit, file }: Upload<ApplicationsWrite>,
) -> Answer {
    let id = read_id(&id)?;
    match state.engine.give_client_picture(&permit.actor(), id, file).await {
        Ok(_) => Ok(back(permit.reader(), id, Notice::PictureGiven)),
        Err(PictureError::Client(error)) => Err(error.into()),
        Err(error) => {
            let client = state.engine.find_client_for(&permit.actor(), id).await?;
            let complaints = Complaints::one("picture", error.explain());
            show(&state, permit.reader(), &client, (None, complaints)).await
        }
    }
}

/// `POST …/clients/{id}/picture/remove`
pub(crate) async fn remove_picture(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<ApplicationsWrite>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    match state.engine.remove_client_picture(&permit.actor(), id).await {
        Ok(()) => Ok(back(permit.reader(), id, Notice::PictureRemoved)),
        Err(PictureError::Client(error)) => Err(error.into()),
        // What is wrong with a picture cannot be wrong without one.
        Err(PictureError::Nothing | PictureError::TooLarge | PictureError::Kind) => Err(PageError::BadForm),
    }
}
