//! Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0).

use claviger_domain::{Client, ClientId};
use claviger_oauth::{Parameters, echoed_state};
use serde_json::{Map, Value};

use super::Logout;
use super::bind::{for_page, is_of};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::error::OAuthError;
use crate::oauth::subject::hinted_subject;
use crate::sessions::SignedIn;

impl Engine {
    /// Looks at a request to sign out: `id_token_hint`, `client_id`, `post_logout_redirect_uri`, `state`.
    ///
    /// # Errors
    /// A refusal is for a page.
    pub async fn begin_logout(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
        who: Option<&SignedIn>,
    ) -> Result<Logout, OAuthError> {
        let hint = match parameters.get("id_token_hint") {
            Some(text) => {
                let claims = self.read_jwt(caller.api, text.as_bytes());
                Some(claims.ok_or_else(|| for_page("the id_token_hint is none of ours"))?)
            }
            None => None,
        };
        let client = self.logout_client(caller, parameters, hint.as_ref()).await?;
        let location = match (parameters.get("post_logout_redirect_uri"), &client) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(for_page("post_logout_redirect_uri needs an id_token_hint or a client_id"));
            }
            (Some(wanted), Some(client)) => Some(location(client, wanted, echoed_state(parameters))?),
        };
        let is_proved = match (&hint, &client, who) {
            (Some(claims), Some(client), Some(who)) => self.proves(caller, claims, client, who),
            _ => false,
        };
        Ok(Logout { client, location, is_proved })
    }

    /// The client that the hint or the request names; both must name the same.
    async fn logout_client(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
        hint: Option<&Map<String, Value>>,
    ) -> Result<Option<Client>, OAuthError> {
        let hinted = hint.and_then(|claims| claims.get("aud")).and_then(Value::as_str);
        let named = parameters.get("client_id");
        if hinted.zip(named).is_some_and(|(hinted, named)| hinted != named) {
            return Err(for_page("client_id and id_token_hint are of different applications"));
        }
        let Some(id) = named.or(hinted) else { return Ok(None) };
        let unknown = || for_page("the application is not known here (client_id)");
        let id: ClientId = id.parse().map_err(|_| unknown())?;
        let client = self.known_client(id).await?.filter(|client| is_of(client, caller));
        Ok(Some(client.ok_or_else(unknown)?.as_ref().clone()))
    }

    /// Whether the hint is an ID token of this client for the user of this very session.
    fn proves(
        &self,
        caller: &Caller<'_>,
        claims: &Map<String, Value>,
        client: &Client,
        who: &SignedIn,
    ) -> bool {
        let session = who.session().id.to_string();
        hinted_subject(claims, caller.issuer, client.id) == Some(self.subject_of(client, who.account()))
            && claims.get("sid").and_then(Value::as_str) == Some(&session)
    }
}

/// Where to go afterwards: a registered URI, byte for byte, with `state` (section 3).
fn location(client: &Client, wanted: &str, state: Option<&str>) -> Result<String, OAuthError> {
    let registered = client.metadata.post_logout_redirect_uris.iter().find(|uri| uri.as_str() == wanted);
    let wrong =
        || for_page("the address to go to is not one the application registered (post_logout_redirect_uri)");
    let uri = registered.ok_or_else(wrong)?;
    Ok(match state {
        Some(state) => uri.with_parameters(wanted, &[("state", state)]),
        None => uri.as_str().to_owned(),
    })
}
