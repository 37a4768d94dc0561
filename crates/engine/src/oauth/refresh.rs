//! Refresh tokens of grants for the next generation (RFC 6749 section 6).

use claviger_domain::ScopeSet;
use claviger_oauth::{ErrorCode, Refusal};

use super::asking::Ask;
use super::error::OAuthError;
use super::issue::Issued;
use crate::engine::Engine;

impl Engine {
    /// Trades a refresh token of a grant for the next generation of its family.
    pub(super) async fn refresh_grant(
        &self,
        ask: &Ask<'_>,
        refresh_token: &str,
        scopes: Option<&ScopeSet>,
        resources: &[String],
    ) -> Result<Issued, OAuthError> {
        let _ = (ask, refresh_token, scopes, resources);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
