//! The page that shows a webhook's secret, this once.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Webhook, WebhookId};
use claviger_engine::Plain;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::reader::Reader;
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "webhooks/secret.html")]
struct SecretPage<'p> {
    chrome: Chrome<'p>,
    id: String,
    name: &'p str,
    url: &'p str,
    secret: &'p str,
    is_new: bool,
    /// Until when the secret before signs as well.
    overlap: Option<Moment>,
}

/// What is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'s> {
    pub(super) webhook: &'s Webhook,
    pub(super) secret: &'s Plain,
    pub(super) is_new: bool,
}

/// Shows it. The answer is never stored by anyone.
pub(super) fn show(state: &PagesState, reader: &Reader, shown: Shown<'_>) -> Answer {
    let Shown { webhook, secret, is_new } = shown;
    let now = state.engine.clock().now();
    let shown = SecretPage {
        chrome: Chrome::at(reader, Section::Webhooks),
        id: webhook.id.to_string(),
        name: webhook.name.as_str(),
        url: webhook.address.as_str(),
        secret: secret.expose(),
        is_new,
        overlap: webhook.previous_secret_until.filter(|until| now < *until).map(Moment::exact),
    };
    page(StatusCode::OK, &shown)
}

/// Where a form leads that was sent a second time, by a reload or a double click.
pub(super) fn shown_already(reader: &Reader, id: WebhookId) -> Response {
    let notice = Notice::ShownAlready.word();
    Redirect::to(&format!("{}/webhooks/{id}?notice={notice}", reader.base())).into_response()
}
