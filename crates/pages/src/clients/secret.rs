//! The page that shows a client's secret, this once.

use askama::Template;
use claviger_domain::{Client, Timestamp};
use claviger_engine::Plain;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "client_secret.html")]
struct SecretPage<'p> {
    chrome: Chrome<'p>,
    id: String,
    name: &'p str,
    api: String,
    environment: &'static str,
    secret: &'p str,
    /// Until when earlier secrets work.
    overlap: Option<Moment>,
}

/// What is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'s> {
    pub(super) client: &'s Client,
    pub(super) secret: &'s Plain,
    pub(super) earlier_end_at: Option<Timestamp>,
}

/// Shows it. The answer is never stored by anyone.
pub(super) fn show(state: &PagesState, reader: &Reader, shown: Shown<'_>) -> Answer {
    let Shown { client, secret, earlier_end_at } = shown;
    let api = state.engine.find_api(&client.api.to_string());
    let shown = SecretPage {
        chrome: Chrome::at(reader, Section::Applications),
        id: client.id.to_string(),
        name: client.metadata.name.as_str(),
        api: api.map_or_else(|| client.api.to_string(), |entry| state.title_of(&entry.api.name)),
        environment: client.environment.as_str(),
        secret: secret.expose(),
        overlap: earlier_end_at.map(Moment::exact),
    };
    page(StatusCode::OK, &shown)
}
