//! The page of a refusal.

use std::time::Duration;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use claviger_engine::{AccountError, OAuthError};
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, RETRY_AFTER};

use super::error::PublicError;
use super::render::Face;
use super::visit::Visit;
use crate::words::Phrase;

impl PublicError {
    /// How long whoever was too fast has to wait.
    fn retry_after(&self, visit: &Visit) -> Option<u64> {
        let seconds = |wait: Duration| wait.as_secs() + 1;
        match self {
            Self::OAuth(OAuthError::TooMany { retry_at }) => {
                Some(seconds(retry_at.since(visit.engine.clock().now())))
            }
            Self::Account(AccountError::TooMany { retry_after }) => Some(seconds(*retry_after)),
            _ => self.kind().retry_after().map(u64::from),
        }
    }

    /// The page, in place of the empty answer that carried the refusal here.
    pub(crate) fn render(&self, carrier: Response, visit: &Visit) -> Response {
        let (kind, request_id) = (self.kind(), &*visit.request_id);
        if kind.is_fault() {
            let error: &dyn std::error::Error = self;
            tracing::error!(request_id, error, "a page failed");
        } else {
            tracing::info!(request_id, refusal = %self, "a page was refused");
        }
        let retry_after = self.retry_after(visit);
        let page = RefusalPage {
            face: Face::of(visit),
            title: self.title(),
            message: self.message(retry_after),
            detail: self.detail().filter(|_| !kind.is_fault()),
            request_id,
        };
        let (mut parts, _) = carrier.into_parts();
        // Of the empty answer.
        parts.headers.remove(CONTENT_LENGTH);
        if let Some(seconds) = retry_after {
            parts.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let body = page.render().unwrap_or_else(|_| page.title.to_string());
        (parts.status, parts.headers, Html(body)).into_response()
    }
}

#[derive(Template)]
#[template(path = "public/refusal.html")]
pub(crate) struct RefusalPage<'r> {
    pub(crate) face: Face<'r>,
    pub(crate) title: Phrase,
    pub(crate) message: Phrase,
    pub(crate) detail: Option<String>,
    pub(crate) request_id: &'r str,
}
