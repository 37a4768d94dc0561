//! The page that shows a key or a secret, this once.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Key, KeyId, KeyKind};
use claviger_engine::Plain;
use http::StatusCode;

use super::names::Names;
use super::row::version_of;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::moment::Moment;
use crate::notice::Notice;
use crate::reader::Reader;
use crate::samples::{Sample, samples_with};
use crate::state::PagesState;

/// What has just been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// A key.
    Key,
    /// A new text of a key that was there.
    Rotation,
    /// The secret of a pair.
    Secret,
}

#[derive(Template)]
#[template(path = "shown_once.html")]
struct ShownOnce<'p> {
    chrome: Chrome<'p>,
    made: Made,
    id: String,
    name: &'p str,
    workspace: String,
    api: String,
    environment: &'static str,
    text: &'p str,
    /// Until when the text before works.
    overlap: Option<Moment>,
    /// Whether it takes a secret as well before anything works.
    needs_secret: bool,
    /// Tells a form that was made for an earlier state of the key.
    version: String,
    /// How it is sent, where it is sent as it is: with the whole text, which is shown this once.
    samples: Vec<Sample>,
}

/// Shows it. The answer is never stored by anyone, and sending the form again does not bring it back.
pub(crate) async fn show(
    state: &PagesState,
    reader: &Reader,
    made: Made,
    (key, text): (&Key, &Plain),
) -> Answer {
    let names = Names::of(state, std::slice::from_ref(key)).await?;
    let shown = ShownOnce {
        chrome: Chrome::at(reader, Section::Keys),
        made,
        id: key.id.to_string(),
        name: key.name.as_str(),
        workspace: names.workspace(key.workspace),
        api: names.api(key.api),
        environment: key.environment.as_str(),
        text: text.expose(),
        overlap: key.generations.get(1).and_then(|before| before.retires_at).map(Moment::exact),
        samples: match made {
            Made::Key | Made::Rotation => samples_with(state, key, text.expose()),
            Made::Secret => Vec::new(),
        },
        version: version_of(key),
        needs_secret: key.kind == KeyKind::Pair && key.secret.is_none(),
    };
    page(StatusCode::OK, &shown)
}

/// Where a form leads that was sent a second time, by a reload or a double click.
pub(crate) fn shown_already(reader: &Reader, id: KeyId) -> Response {
    Redirect::to(&format!("{}/keys/{id}?notice={}", reader.base(), Notice::ShownAlready.word()))
        .into_response()
}

/// The id in a path.
pub(crate) fn read_id(text: &str) -> Result<KeyId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}
