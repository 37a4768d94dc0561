//! Proofs of possession (RFC 9449).

use claviger_oauth::{ErrorCode, Refusal};

use super::asking::DpopProof;
use super::error::OAuthError;
use crate::engine::Engine;

impl Engine {
    /// Whether a proof is good, for this request and this token, and seen for the first time: the thumbprint of its key
    /// (RFC 7638, base64url).
    pub(crate) async fn check_possession(
        &self,
        proof: DpopProof<'_>,
        access_token: Option<&str>,
    ) -> Result<String, OAuthError> {
        let _ = (proof, access_token);
        Err(Refusal::new(ErrorCode::InvalidDpopProof, "not there yet").into())
    }
}
