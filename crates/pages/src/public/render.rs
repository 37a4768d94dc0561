//! How a page becomes an answer, and the face of the API that it wears.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use claviger_engine::SignedIn;
use http::StatusCode;
use http::header::SET_COOKIE;

use super::error::{Answer, PublicError};
use super::visit::Visit;
use crate::cookie::Cookie;

/// What an API looks like on its pages.
#[derive(Clone, Debug)]
pub(crate) struct Face<'p> {
    /// What people call it.
    pub(crate) title: &'p str,
    /// In place of a picture: letters of the title.
    pub(crate) initials: String,
    /// A sentence about it.
    pub(crate) about: Option<&'p str>,
    /// Where its documentation is.
    pub(crate) documentation: Option<&'p str>,
}

impl<'p> Face<'p> {
    /// The face of the API that is visited.
    pub(crate) fn of(visit: &'p Visit) -> Self {
        let contract = &visit.installed.contract;
        let presentation = contract.presentation();
        Self {
            title: contract.title(),
            initials: initials(contract.title()),
            about: presentation.about.as_deref(),
            documentation: presentation.documentation.as_deref(),
        }
    }
}

/// The first letters of the first two words.
pub(crate) fn initials(title: &str) -> String {
    let letters = title.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    letters.take(2).flat_map(char::to_uppercase).collect()
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Answer {
    Ok((status, Html(template.render()?)).into_response())
}

/// The way to a page of ours.
pub(crate) fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// The same answer, with the cookie of the forms of whoever is not signed in, if there is one to set.
pub(crate) fn remember(visit: &Visit, mut response: Response, cookie: Option<String>) -> Response {
    if let Some(cookie) = cookie.and_then(|cookie| Cookie::UserForm.set(&cookie, visit.is_secure)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The frame of a page for someone who is signed in: who reads it, and the token of its forms.
pub(crate) struct Reader<'p> {
    /// Who reads it.
    pub(crate) email: &'p str,
    /// For the hidden field of every form.
    pub(crate) token: &'p str,
}

impl<'p> Reader<'p> {
    /// The frame for this reader.
    pub(crate) fn new(who: &'p SignedIn) -> Self {
        Self { email: who.account().email.as_str(), token: who.form_token().expose() }
    }
}

pub(crate) async fn refuse_method() -> PublicError {
    PublicError::Method
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_letters_of_the_first_words() {
        assert_eq!(initials("Example API"), "EA");
        assert_eq!(initials("propertybase"), "P");
        assert_eq!(initials("  ¿qué? (los) más"), "QL");
        assert_eq!(initials("—"), "");
    }
}
