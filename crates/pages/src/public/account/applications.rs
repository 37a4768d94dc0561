//! The applications that someone has allowed something.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, RawQuery};
use claviger_domain::{GrantId, Timestamp};
use claviger_engine::{ConnectedApplication, OAuthError};
use claviger_oauth::ErrorCode;
use http::StatusCode;

use super::super::consent::{ClientFace, ScopeLine, lines};
use super::super::error::{Answer, PublicError};
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::{page, see};
use super::super::visit::Visit;
use super::shell::{Section, Shell};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::onward::Onward;

/// An application for whoever allowed it something.
pub(crate) struct ApplicationCard {
    pub(crate) grant: String,
    pub(crate) client: ClientFace,
    pub(crate) scopes: Vec<ScopeLine>,
    pub(crate) since: Moment,
    pub(crate) last_used: Option<Moment>,
}

#[derive(Template)]
#[template(path = "public/account/applications.html")]
pub(crate) struct ApplicationsPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) cards: Vec<ApplicationCard>,
}

/// `GET /account/applications`
pub(crate) async fn show_applications(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    let now = visit.engine.clock().now();
    let mut cards = Vec::new();
    for application in visit.engine.list_connected_applications(&who).await? {
        cards.push(card(&visit, application, now).await);
    }
    let shell = Shell::new(&visit, &who, Section::Applications).saying(Notice::read(&query));
    page(StatusCode::OK, &ApplicationsPage { shell, cards })
}

/// `POST /account/applications/{id}/revoke`
pub(crate) async fn revoke(Path(id): Path<String>, OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let id: GrantId = id.parse().map_err(|_| PublicError::NoPage)?;
    match visit.engine.revoke_own_grant(&who, id).await {
        Ok(()) => {}
        // Twice is fine: it is revoked.
        Err(OAuthError::Refused(refusal)) if refusal.code == ErrorCode::InvalidRequest => {}
        Err(error) => return Err(error.into()),
    }
    Ok(see(&Notice::AccessRevoked.at("/account/applications")))
}

async fn card(visit: &Visit, application: ConnectedApplication, now: Timestamp) -> ApplicationCard {
    let ConnectedApplication { grant, client, scopes, last_used_at } = application;
    ApplicationCard {
        grant: grant.id.to_string(),
        client: ClientFace::of(visit, &client).await,
        scopes: lines(scopes, &[]),
        since: Moment::ago(grant.created_at, now),
        last_used: last_used_at.map(|at| Moment::ago(at, now)),
    }
}
