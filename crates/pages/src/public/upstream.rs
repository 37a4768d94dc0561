//! Signing in at another OpenID provider: there and back.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery};
use claviger_engine::{AccountError, Flow, UpstreamArrival, UpstreamErrand};
use http::HeaderMap;

use super::error::{Answer, PublicError};
use super::notice::Notice;
use super::render::see;
use super::sign_in::enter;
use super::step::leave;
use super::visit::Visit;
use crate::cookie::{Cookie, append_cookies};
use crate::fields::Fields;
use crate::onward::Onward;

/// `GET /sign-in/with/{provider}`
pub(crate) async fn start(
    Extension(visit): Extension<Arc<Visit>>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let onward = Onward::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let flow = onward.flow().map_or("", |flow| flow.0.as_str());
    send_away(&visit, &provider, UpstreamErrand::SignIn(flow)).await
}

/// To a provider, with what has to come back.
pub(super) async fn send_away(visit: &Visit, provider: &str, errand: UpstreamErrand<'_>) -> Answer {
    let start = visit.engine.begin_upstream(&visit.caller(), provider, errand).await?;
    let mut response = leave(&start.location)?;
    append_cookies(&mut response, [Cookie::Upstream.set(&start.state, visit.is_secure)]);
    Ok(response)
}

/// `GET /sign-in/back`: the provider sends the browser here.
pub(crate) async fn finish(
    Extension(visit): Extension<Arc<Visit>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let state = Cookie::Upstream.read(&headers, visit.is_secure);
    let state = state.ok_or(PublicError::Account(AccountError::Stale))?;
    let query = query.unwrap_or_default();
    let who = visit.who().await?;
    let from = (visit.origin(), who.as_ref());
    let mut response = match visit.engine.finish_upstream(&visit.caller(), &state, &query, from).await? {
        UpstreamArrival::SignedIn(issued, flow) => {
            let onward = if flow.is_empty() { Onward::Account } else { Onward::Flow(Flow(flow)) };
            enter(&visit, &issued, &onward).await?
        }
        UpstreamArrival::Linked => see(&Notice::ServiceLinked.at("/account/security")),
    };
    append_cookies(&mut response, [Cookie::Upstream.remove(visit.is_secure)]);
    Ok(response)
}
