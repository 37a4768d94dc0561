//! Files that pages need: the style sheet and the API's colours.

use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::color::Color;
use super::visit::Visit;

const STYLE_TYPE: &str = "text/css; charset=utf-8";

/// `GET /static/claviger.css`
pub(crate) async fn send_style() -> Response {
    file(STYLE_TYPE, crate::style::STYLE)
}

/// `GET /static/brand.css`
pub(crate) async fn send_brand(Extension(visit): Extension<Arc<Visit>>) -> Response {
    let color = visit.installed.contract.presentation().color.as_deref().and_then(Color::parse);
    file(STYLE_TYPE, color.map(sheet).unwrap_or_default())
}

fn file(kind: &'static str, text: impl IntoResponse) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=600")];
    (headers, text).into_response()
}

/// The accent of light and of dark pages.
pub(crate) fn sheet(color: Color) -> String {
    let rule = |accent: Color, is_dark: bool| {
        format!(
            ":root {{ --accent: {}; --accent-strong: {}; --on-accent: {}; }}",
            accent.css(),
            accent.stronger(is_dark).css(),
            accent.ink().css(),
        )
    };
    let (light, dark) = (rule(color.on_light(), false), rule(color.on_dark(), true));
    format!("{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n")
}
