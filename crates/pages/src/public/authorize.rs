//! The contract's authorization endpoint (RFC 6749 section 3.1).

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, Request};
use claviger_oauth::Parameters;

use super::error::Answer;
use super::step::go;
use super::visit::Visit;
use crate::sent::read_from_anywhere;

/// `GET` of the authorization endpoint.
pub(crate) async fn begin(Extension(visit): Extension<Arc<Visit>>, RawQuery(query): RawQuery) -> Answer {
    look_at(&visit, query.unwrap_or_default().as_bytes()).await
}

/// `POST` of the authorization endpoint. Other sites may send it: nothing is done yet.
pub(crate) async fn begin_posted(Extension(visit): Extension<Arc<Visit>>, request: Request) -> Answer {
    look_at(&visit, &read_from_anywhere(request).await?).await
}

async fn look_at(visit: &Visit, parameters: &[u8]) -> Answer {
    let parameters = Parameters::from_form(parameters)?;
    Visit::speak(parameters.get("ui_locales"));
    let who = visit.who().await?;
    let step = visit.engine.begin_authorization(&visit.caller(), &parameters, who.as_ref()).await?;
    go(visit, step)
}
