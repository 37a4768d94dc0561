//! The ways to sign in: password, passkeys, authenticator.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::Timestamp;
use claviger_engine::{LinkedProvider, PasskeyCeremony, SignedIn};
use http::StatusCode;

use super::super::error::Answer;
use super::super::notice::Notice;
use super::super::render::page;
use super::super::visit::Visit;
use super::shell::{Section, Shell};
use crate::complaints::Complaints;
use crate::fields::Fields;
use crate::moment::Moment;
use crate::onward::Onward;
use crate::passkeys::PasskeyRow;
use crate::policy::Needs;
use crate::words::Phrase;

/// Another service that one can sign in with, for its user.
pub(crate) struct ServiceRow {
    pub(crate) title: String,
    pub(crate) linked: Option<Moment>,
    /// Where it is linked or unlinked.
    pub(crate) address: String,
}

#[derive(Template)]
#[template(path = "public/account/security.html")]
pub(crate) struct SecurityPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) has_password: bool,
    pub(crate) has_totp: bool,
    pub(crate) recovery_codes: u32,
    pub(crate) passkeys: Vec<PasskeyRow>,
    pub(crate) ceremony: Option<PasskeyCeremony>,
    pub(crate) services: Vec<ServiceRow>,
    pub(crate) complaints: Complaints,
}

/// `GET /account/security`
pub(crate) async fn show_security(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    show(&visit, &who, Notice::read(&query), (StatusCode::OK, Complaints::default())).await
}

/// The page again, with what is wrong with a form of it.
pub(super) async fn show_complaint(
    visit: &Visit,
    who: &SignedIn,
    field: &'static str,
    message: impl std::fmt::Display,
) -> Answer {
    show_complaints(visit, who, Complaints::one(field, message)).await
}

/// The same with whatever is wrong.
pub(super) async fn show_complaints(visit: &Visit, who: &SignedIn, complaints: Complaints) -> Answer {
    show(visit, who, None, (StatusCode::UNPROCESSABLE_ENTITY, complaints)).await
}

async fn show(
    visit: &Visit,
    who: &SignedIn,
    notice: Option<Phrase>,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let overview = visit.engine.account_overview(who).await?;
    // Without a ceremony the page merely lacks one form.
    let ceremony = visit.engine.begin_passkey(who, visit.site()).await.ok();
    let services = visit.engine.linked_providers(&visit.caller(), who).await?;
    let now = visit.engine.clock().now();
    let needs = Needs { form_actions: Vec::new(), has_script: ceremony.is_some(), ..Needs::default() };
    let shown = SecurityPage {
        shell: Shell::new(visit, who, Section::Security).saying(notice),
        has_password: overview.has_password,
        has_totp: overview.has_totp,
        recovery_codes: overview.recovery_codes,
        passkeys: overview.passkeys.into_iter().map(|passkey| PasskeyRow::new(passkey, now)).collect(),
        ceremony,
        services: services.into_iter().map(|service| service_row(service, now)).collect(),
        complaints,
    };
    Ok(needs.mark(page(status, &shown)?))
}

fn service_row(service: LinkedProvider, now: Timestamp) -> ServiceRow {
    let LinkedProvider { provider, linked_at, ticket } = service;
    // Name and ticket need no encoding.
    let address = match linked_at {
        Some(_) => format!("/account/services/{}/unlink", provider.name),
        None => format!("/account/services/{}/link?ticket={ticket}", provider.name),
    };
    ServiceRow { title: provider.title, linked: linked_at.map(|at| Moment::ago(at, now)), address }
}
