//! Choosing the language of the pages.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Request;

use super::error::Answer;
use super::render::see;
use super::visit::Visit;
use crate::cookie::{Cookie, append_cookies};
use crate::sent::{FormError, Unproven};

/// `POST /language`
pub(crate) async fn choose_language(Extension(visit): Extension<Arc<Visit>>, request: Request) -> Answer {
    let form = Unproven::read(request, visit.is_secure).await?;
    let choice = form.choice().ok_or(FormError::Unreadable)?;
    let mut response = see(choice.back.as_deref().unwrap_or("/account"));
    append_cookies(&mut response, [Cookie::Language.keep(choice.language.tag(), visit.is_secure)]);
    Ok(response)
}
