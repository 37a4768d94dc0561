//! Asking somebody who signed in some time ago for the password again, before a secret is shown or something ends.
//!
//! The form that was sent comes back with a field for the password, so that nothing has to be typed twice.

use askama::Template;
use axum::response::{IntoResponse, Response};
use claviger_engine::{AccountError, Password};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::chrome::{Chrome, page};
use crate::complaints::Complaints;
use crate::error::PageError;
use crate::explain::Explain;
use crate::fields::Fields;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::say;

/// The field with the password. No other form has one of this name.
const FIELD: &str = "confirm_password";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'p> {
    chrome: Chrome<'p>,
    /// Where the form goes, which is where it came to.
    action: &'p str,
    /// What it said.
    fields: &'p [(String, String)],
    complaints: Complaints,
}

/// The fields of the form, without the password, once their sender is known anew.
///
/// # Errors
/// The page that asks, or says what is wrong.
pub(crate) async fn confirm(
    state: &PagesState,
    reader: &Reader,
    action: &str,
    mut fields: Fields,
) -> Result<Fields, Response> {
    let typed = fields.take(FIELD);
    if reader.signed_in().is_recent(state.engine.clock().now()) {
        return Ok(fields);
    }
    let ask = |status, complaints| {
        let shown =
            ConfirmPage { chrome: Chrome::about(reader, action), action, fields: fields.pairs(), complaints };
        page(status, &shown).unwrap_or_else(IntoResponse::into_response)
    };
    let Some(typed) = typed else { return Err(ask(StatusCode::FORBIDDEN, Complaints::default())) };
    let confirmed = match Password::typed(typed) {
        Ok(password) => state.engine.confirm_password(reader.signed_in(), password).await,
        // Too long for anyone's password.
        Err(_) => Err(AccountError::Wrong),
    };
    let error = match confirmed {
        Ok(()) => return Ok(fields),
        Err(error) => error,
    };
    Err(match error {
        AccountError::Wrong => {
            let wrong = Complaints::one(FIELD, say("confirm-not-password"));
            ask(StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        AccountError::TooMany { retry_after } => {
            let wait = HeaderValue::from(retry_after.as_secs() + 1);
            let mut response = ask(StatusCode::TOO_MANY_REQUESTS, Complaints::one(FIELD, error.explain()));
            response.headers_mut().insert(RETRY_AFTER, wait);
            response
        }
        error => PageError::from(error).into_response(),
    })
}
