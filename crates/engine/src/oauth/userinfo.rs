//! The claims of the user that a token stands for (OpenID Connect Core section 5.3).

use claviger_oauth::{ErrorCode, Refusal};
use serde_json::{Map, Value};

use super::asking::DpopProof;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;

impl Engine {
    /// The claims that an access token opens: those of its scopes, and those that were asked for one by one.
    ///
    /// # Errors
    /// `invalid_token` for a token that does not work, `insufficient_scope` for one without `openid`; when the
    /// database fails.
    pub async fn userinfo(
        &self,
        caller: &Caller<'_>,
        token: &str,
        proof: Option<DpopProof<'_>>,
    ) -> Result<Map<String, Value>, OAuthError> {
        let _ = (caller, token, proof);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
