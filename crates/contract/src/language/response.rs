//! What every answer we write has in a file: a status and headers.

use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::places::is_framing;
use crate::document::{Item, Section};

/// A status in a range.
pub(super) fn status(section: &Section<'_>, range: std::ops::RangeInclusive<u16>) -> Option<StatusCode> {
    let item = section.item("status")?;
    let wanted = format!("a status from {} to {}", range.start(), range.end());
    let number: u16 = item.number(&wanted)?;
    let status = StatusCode::from_u16(number).ok().filter(|_| range.contains(&number));
    if status.is_none() {
        item.error(format!("expected {wanted}"));
    }
    status
}

/// Headers a contract adds to an answer: names and texts with placeholders.
pub(super) fn extra_headers<'d>(section: &Section<'d>) -> Vec<(http::HeaderName, Item<'d>, &'d str)> {
    let Some(headers) = section.section("headers") else { return Vec::new() };
    let mut all = Vec::new();
    for (name, item) in headers.rest() {
        let Some(text) = item.text() else { continue };
        match name.parse::<http::HeaderName>() {
            Some(header) if is_framing(&header) || header == CONTENT_TYPE => {
                name.error_with(format!("`{header}` cannot be set here"), None);
            }
            Some(header) => all.push((header, item, text)),
            None => {}
        }
    }
    all
}
