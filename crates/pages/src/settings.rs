//! The settings in force, where each was set, and what it means.

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::permit::{Observe, Permit};
use crate::state::{PagesState, SettingRow};

/// The settings of one section of the file.
struct Part<'s> {
    name: &'s str,
    rows: Vec<&'s SettingRow>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings<'p> {
    chrome: Chrome<'p>,
    parts: Vec<Part<'p>>,
    /// How many are not as they are built in.
    changed: usize,
}

/// `GET /console/settings`
pub(crate) async fn show_settings(State(state): State<PagesState>, permit: Permit<Observe>) -> Answer {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for row in &*state.settings {
        let name = row.key.split_once('.').map_or(row.key.as_str(), |(section, _)| section);
        match parts.last_mut() {
            Some(part) if part.name == name => part.rows.push(row),
            _ => parts.push(Part { name, rows: vec![row] }),
        }
    }
    let settings = Settings {
        chrome: Chrome::new(permit.signed_in(), Section::Settings),
        parts,
        changed: state.settings.iter().filter(|row| row.source.is_some()).count(),
    };
    page(StatusCode::OK, &settings)
}
