//! Choosing the language of the pages.

use std::sync::Arc;

use axum::Extension;
use axum::extract::RawQuery;
use http::{HeaderMap, Uri};

use super::error::Answer;
use super::render::see;
use super::visit::Visit;
use crate::cookie::{Cookie, append_cookies};
use crate::provenance::is_ours;
use crate::sent::FormError;
use crate::words::{came_from, chosen};

/// `GET /language`
pub(crate) async fn choose_language(
    Extension(visit): Extension<Arc<Visit>>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    if !is_ours(&headers, &uri, visit.is_secure) {
        return Err(FormError::Forged.into());
    }
    let language = chosen(query.as_deref()).ok_or(FormError::Unreadable)?;
    let mut response = see(came_from(&headers).as_deref().unwrap_or("/account"));
    append_cookies(&mut response, [Cookie::Language.keep(language.tag(), visit.is_secure)]);
    Ok(response)
}
