//! Choosing the language of the pages.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use http::{HeaderMap, Uri};

use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, PageError};
use crate::state::PagesState;
use crate::words::{came_from, chosen};

/// `GET /language`
pub(crate) async fn choose_language(
    State(state): State<PagesState>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    if !crate::provenance::is_ours(&headers, &uri, state.is_secure) {
        return Err(PageError::Forged);
    }
    let language = chosen(query.as_deref()).ok_or(PageError::BadForm)?;
    let mut response = Redirect::to(came_from(&headers).as_deref().unwrap_or("/")).into_response();
    append_cookies(&mut response, [Cookie::Language.keep(language.tag(), state.is_secure)]);
    Ok(response)
}
