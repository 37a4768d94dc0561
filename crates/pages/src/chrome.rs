//! What surrounds every page of the console, and how a page becomes an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use claviger_engine::SignedIn;
use http::StatusCode;

use crate::error::PageError;

/// Which part of the console a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Keys,
    Workspaces,
    Security,
}

impl Section {
    /// The value of `aria-current` on this section's link.
    pub(crate) fn current(self, link: &str) -> &'static str {
        let name = match self {
            Self::Overview => "overview",
            Self::Keys => "keys",
            Self::Workspaces => "workspaces",
            Self::Security => "security",
        };
        if name == link { "page" } else { "false" }
    }
}

/// The frame of a page: where it is, who reads it, and the token of its forms.
pub(crate) struct Chrome<'p> {
    signed_in: &'p SignedIn,
    pub(crate) section: Section,
    pub(crate) notice: Option<&'static str>,
}

impl<'p> Chrome<'p> {
    /// The frame for this reader.
    pub(crate) const fn new(signed_in: &'p SignedIn, section: Section) -> Self {
        Self { signed_in, section, notice: None }
    }

    /// The same frame with a message on top.
    pub(crate) fn saying(self, notice: Option<&'static str>) -> Self {
        Self { notice, ..self }
    }

    /// Who is signed in.
    pub(crate) fn email(&self) -> &str {
        self.signed_in.account().email.as_str()
    }

    /// For the hidden field of every form.
    pub(crate) fn token(&self) -> &str {
        self.signed_in.form_token().expose()
    }
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    Ok((status, Html(template.render()?)).into_response())
}
