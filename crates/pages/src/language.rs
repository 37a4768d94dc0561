//! Choosing the language of the pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, PageError};
use crate::sent::Unproven;
use crate::state::PagesState;

/// `POST /language`
pub(crate) async fn choose_language(State(state): State<PagesState>, form: Unproven) -> Answer {
    let choice = form.choice().ok_or(PageError::BadForm)?;
    let mut response = Redirect::to(choice.back.as_deref().unwrap_or("/")).into_response();
    append_cookies(&mut response, [Cookie::Language.keep(choice.language.tag(), state.is_secure)]);
    Ok(response)
}
