//! Which account is meant: the one that is signed in, or another.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_engine::Step;
use http::StatusCode;

use super::error::Answer;
use super::form::OwnerForm;
use super::render::{Face, Reader, page, see};
use super::step::go;
use super::visit::Visit;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::policy::Needs;

#[derive(Template)]
#[template(path = "public/select_account.html")]
pub(crate) struct SelectAccountPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) name: Option<&'p str>,
    pub(crate) onward: &'p Onward,
    pub(crate) other: String,
}

/// `GET /select-account`
pub(crate) async fn show_accounts(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let onward = Onward::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let Some(flow) = onward.flow() else { return Ok(see("/account")) };
    let who = visit.owner(onward.clone()).await?;
    match visit.engine.resume_authorization(&visit.caller(), flow, Some(&who)).await? {
        Step::SelectAccount(_) => {}
        step => return go(&visit, step),
    }
    let needs =
        Needs { form_actions: visit.form_actions(&onward).await?, has_script: false, ..Needs::default() };
    let shown = SelectAccountPage {
        face: Face::of(&visit),
        reader: Reader::new(&who),
        name: who.account().profile.name.as_deref(),
        onward: &onward,
        other: onward.to_with("/sign-in", &[("other", "yes")]),
    };
    Ok(needs.mark(page(StatusCode::OK, &shown)?))
}

/// `POST /select-account`
pub(crate) async fn select(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let onward = Onward::read(&fields);
    let Some(flow) = onward.flow() else { return Ok(see("/account")) };
    let step = visit.engine.select_account(&visit.caller(), flow, &who).await?;
    go(&visit, step)
}
