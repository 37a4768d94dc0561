//! Choosing the language of the pages.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Request;

use super::error::Answer;
use super::render::see;
use super::visit::Visit;
use crate::cookie::{Cookie, append_cookies};
use crate::sent::{FormError, Unproven};
use crate::words::came_from;

/// `POST /language`
pub(crate) async fn choose_language(Extension(visit): Extension<Arc<Visit>>, request: Request) -> Answer {
    let back = came_from(request.headers());
    let form = Unproven::read(request, visit.is_secure).await?;
    let language = form.language().ok_or(FormError::Unreadable)?;
    let mut response = see(back.as_deref().unwrap_or("/account"));
    append_cookies(&mut response, [Cookie::Language.keep(language.tag(), visit.is_secure)]);
    Ok(response)
}
