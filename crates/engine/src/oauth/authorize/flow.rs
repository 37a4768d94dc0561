//! The request between two pages: sealed with the browser, bound to its API.

use std::time::Duration;

use claviger_domain::{AccountId, Timestamp};
use claviger_oauth::{ErrorCode, PUSHED_REQUEST_PREFIX, Parameters, Refusal};
use claviger_secrets::{Purpose, SealContext};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::Flow;
use super::bind::for_page;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::oauth::error::OAuthError;

/// How long a request may stay with the pages.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// The longest sealed request that is looked at, in characters.
const LONGEST: usize = 64 * 1024;
/// What of a request travels; all else was ignored.
const KNOWN: [&str; 21] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "claims",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "request",
    "request_uri",
    "registration",
];

/// A request that has not been answered.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// When it came, in microseconds.
    begun_at: i64,
    parameters: Vec<(String, String)>,
    /// The keyed hash of the request URI by which it was pushed (RFC 9126).
    pushed: Option<[u8; 32]>,
    /// Who said that they are who is meant.
    selected: Option<AccountId>,
    /// Whether a page has done its part.
    #[serde(skip)]
    is_resumed: bool,
}

impl Pending {
    /// A request as its client pushes it.
    pub(super) fn pushed_with(at: Timestamp, parameters: Vec<(String, String)>) -> Self {
        let begun_at = at.micros();
        Self { begun_at, parameters, pushed: Some([0; 32]), selected: None, is_resumed: false }
    }

    pub(super) fn begun_at(&self) -> Timestamp {
        Timestamp::from_micros(self.begun_at)
    }

    pub(super) fn parameters(&self) -> Parameters {
        Parameters::from_pairs(self.parameters.clone())
    }

    pub(super) const fn pushed(&self) -> Option<[u8; 32]> {
        self.pushed
    }

    pub(super) fn is_selected(&self, account: AccountId) -> bool {
        self.selected == Some(account)
    }

    /// Whether someone signed in for this request: since it came, and not before a page asked them to.
    pub(super) fn is_answered_by(&self, authenticated_at: Timestamp) -> bool {
        self.is_resumed && authenticated_at >= self.begun_at()
    }

    pub(super) fn resumed(self) -> Self {
        Self { is_resumed: true, ..self }
    }

    pub(super) fn selecting(self, account: AccountId) -> Self {
        Self { selected: Some(account), ..self }
    }
}

impl Engine {
    /// Takes a request in: what was pushed takes the place of what is sent (RFC 9126 section 4).
    pub(super) async fn begin_flow(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
    ) -> Result<Pending, OAuthError> {
        let begun_at = self.now().micros();
        let pushed = parameters.get("request_uri").filter(|uri| uri.starts_with(PUSHED_REQUEST_PREFIX));
        let (kept, pushed) = match pushed {
            Some(uri) => {
                let lookup = self.vault().hash(Purpose::PushedRequest, uri.as_bytes()).bytes();
                (self.find_pushed(caller, parameters, &lookup).await?, Some(lookup))
            }
            None => (parameters.pairs().to_vec(), None),
        };
        let parameters = kept.into_iter().filter(|(name, _)| KNOWN.contains(&name.as_str())).collect();
        Ok(Pending { begun_at, parameters, pushed, selected: None, is_resumed: false })
    }

    async fn find_pushed(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
        lookup: &[u8; 32],
    ) -> Result<Vec<(String, String)>, OAuthError> {
        let refused =
            || Refusal::new(ErrorCode::InvalidRequestUri, "the request_uri is unknown, used or too old");
        let pushed = self.store().read().await?.find_pushed_request(lookup).await?.ok_or_else(refused)?;
        let is_good = pushed.consumed_at.is_none()
            && self.now() < pushed.expires_at
            && parameters.get("client_id") == Some(pushed.client.to_string().as_str());
        if !is_good {
            return Err(refused().into());
        }
        // What it was pushed for is checked again: it is no other API's.
        let kept: Vec<(String, String)> = serde_json::from_str(&pushed.request).map_err(Error::from)?;
        tracing::debug!(api = %caller.api, client = %pushed.client, "a pushed request was begun");
        Ok(kept)
    }

    pub(super) fn seal_flow(&self, caller: &Caller<'_>, pending: &Pending) -> Result<Flow, OAuthError> {
        let row = caller.api.to_string();
        let json = serde_json::to_vec(pending).map_err(Error::from)?;
        let sealed = self.sealer().seal(context(&row), &json, self.entropy())?;
        Ok(Flow(BASE64URL_NOPAD.encode(&sealed)))
    }

    pub(super) fn open_flow(&self, caller: &Caller<'_>, flow: &Flow) -> Result<Pending, OAuthError> {
        let refused = || for_page("the request is none of ours; start again at the application");
        if flow.0.len() > LONGEST {
            return Err(refused());
        }
        let row = caller.api.to_string();
        let sealed = BASE64URL_NOPAD.decode(flow.0.as_bytes()).map_err(|_| refused())?;
        let json = self.sealer().open(context(&row), &sealed).map_err(|_| refused())?;
        let pending: Pending = serde_json::from_slice(&json).map_err(|_| refused())?;
        if self.now().since(pending.begun_at()) >= LIFETIME {
            return Err(for_page("the request is too old; start again at the application"));
        }
        Ok(pending)
    }
}

/// A flow is one API's alone.
const fn context(api: &str) -> SealContext<'_> {
    SealContext { place: "oauth.flow", row: api }
}
