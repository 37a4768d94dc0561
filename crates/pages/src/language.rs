//! Choosing the language of the pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use http::HeaderMap;

use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, PageError};
use crate::sent::Unproven;
use crate::state::PagesState;
use crate::words::came_from;

/// `POST /language`
pub(crate) async fn choose_language(
    State(state): State<PagesState>,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let language = form.language().ok_or(PageError::BadForm)?;
    let mut response = Redirect::to(came_from(&headers).as_deref().unwrap_or("/")).into_response();
    append_cookies(&mut response, [Cookie::Language.keep(language.tag(), state.is_secure)]);
    Ok(response)
}
