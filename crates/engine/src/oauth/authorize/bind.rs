//! Whose request it is, and where its answer goes. Until both are known, nobody is redirected (RFC 6749 section
//! 4.1.2.1, RFC 9700 section 4.11).

use std::sync::Arc;

use claviger_domain::{Client, ClientId, RedirectUri};
use claviger_oauth::{ErrorCode, Parameters, Refusal, ResponseMode, echoed_state};

use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::error::OAuthError;

/// A request of a known client that can be answered at one of its redirect URIs.
pub(super) struct Bound {
    pub(super) client: Arc<Client>,
    /// As it was registered.
    pub(super) redirect: RedirectUri,
    /// As it was sent: the port of a loopback address may differ.
    pub(super) presented: String,
    /// Whether it was sent at all.
    pub(super) is_sent: bool,
    pub(super) state: Option<String>,
    pub(super) mode: ResponseMode,
    pub(super) issuer: String,
}

impl Engine {
    pub(super) async fn bind(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
    ) -> Result<Bound, OAuthError> {
        let unknown = || for_page("the application is not known here (client_id)");
        if !caller.policy.tokens.has_users {
            return Err(for_page("nobody signs in here"));
        }
        let id: ClientId = parameters.get("client_id").and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
        let client =
            self.known_client(id).await?.filter(|client| is_of(client, caller)).ok_or_else(unknown)?;
        if client.disabled_at.is_some() {
            return Err(for_page("the application is switched off"));
        }
        let sent = parameters.get("redirect_uri");
        let redirect = match (sent, client.metadata.redirect_uris.as_slice()) {
            (Some(sent), registered) => registered.iter().find(|uri| uri.matches(sent)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let wrong =
            || for_page("the address to return to is not one the application registered (redirect_uri)");
        let redirect = redirect.ok_or_else(wrong)?.clone();
        Ok(Bound {
            presented: sent.unwrap_or(redirect.as_str()).to_owned(),
            is_sent: sent.is_some(),
            redirect,
            client,
            state: echoed_state(parameters).map(str::to_owned),
            mode: ResponseMode::of(parameters),
            issuer: caller.issuer.to_owned(),
        })
    }
}

/// Whether a client belongs to the API and to the world that was asked.
pub(in crate::oauth) fn is_of(client: &Client, caller: &Caller<'_>) -> bool {
    client.api == caller.api && caller.environment.is_none_or(|wanted| wanted == client.environment)
}

/// A refusal for a page.
pub(super) fn for_page(why: &'static str) -> OAuthError {
    Refusal::new(ErrorCode::InvalidRequest, why).into()
}
