//! The front page of the control origin: what this is, and where things are.

use askama::Template;
use http::StatusCode;

use crate::chrome::page;
use crate::error::Answer;

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing;

/// `GET /`
pub(crate) async fn show_landing() -> Answer {
    page(StatusCode::OK, &Landing)
}
