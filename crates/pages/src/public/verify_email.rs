//! The link that proves an address.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use http::StatusCode;

use super::error::Answer;
use super::form::BrowserForm;
use super::render::{Face, page, remember};
use super::visit::Visit;
use crate::fields::Fields;

#[derive(Template)]
#[template(path = "public/verify_email.html")]
pub(crate) struct VerifyEmailPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) token: &'p str,
    pub(crate) link: &'p str,
    pub(crate) is_done: bool,
}

/// `GET /verify-email`. Looking at the link does not use it up: mail scanners follow links, too.
pub(crate) async fn show_link(Extension(visit): Extension<Arc<Visit>>, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show(&visit, query.get("token"), false)
}

/// `POST /verify-email`
pub(crate) async fn verify(form: BrowserForm) -> Answer {
    let (visit, fields) = form.fresh()?;
    visit.engine.verify_email(&visit.caller(), fields.get("token")).await?;
    show(&visit, "", true)
}

fn show(visit: &Visit, link: &str, is_done: bool) -> Answer {
    let (token, cookie) = visit.browser_token();
    let shown = VerifyEmailPage { face: Face::of(visit), token: token.expose(), link, is_done };
    Ok(remember(visit, page(StatusCode::OK, &shown)?, cookie))
}
