//! Codes for tokens: authorization codes (RFC 6749 section 4.1.3) and device codes (RFC 8628 section 3.4).

use claviger_oauth::{ErrorCode, Refusal};

use super::asking::Ask;
use super::error::OAuthError;
use super::issue::Issued;
use crate::engine::Engine;

impl Engine {
    /// Trades an authorization code, once.
    #[expect(clippy::too_many_arguments, reason = "the parameters of RFC 6749 section 4.1.3")]
    pub(super) async fn redeem_code(
        &self,
        ask: &Ask<'_>,
        code: &str,
        redirect_uri: Option<&str>,
        code_verifier: Option<&str>,
        resources: &[String],
    ) -> Result<Issued, OAuthError> {
        let _ = (ask, code, redirect_uri, code_verifier, resources);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Trades a device code, once somebody has allowed it.
    pub(super) async fn redeem_device(&self, ask: &Ask<'_>, device_code: &str) -> Result<Issued, OAuthError> {
        let _ = (ask, device_code);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
