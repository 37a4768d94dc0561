//! Proofs of possession (RFC 9449).

use claviger_oauth::{ErrorCode, Jwt, Possession, PossessionCheck, Refusal};
use claviger_secrets::{PublicKey, jwk_thumbprint};

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
        let jwt = Jwt::parse(proof.jwt).ok_or_else(|| refused("the proof is no JWT"))?;
        let DpopProof { method, url, .. } = proof;
        let check = PossessionCheck { method, url, access_token, now: self.now() };
        let Possession { algorithm, jwk, id, forgotten_at } = check.check(&jwt)?;
        let key = PublicKey::from_jwk(&jwk)
            .map_err(|error| Refusal::new(ErrorCode::InvalidDpopProof, error.to_string()))?;
        if !key.verify(algorithm, jwt.signed(), jwt.signature()) {
            return Err(refused("the proof was not signed by its key").into());
        }
        let thumbprint = jwk_thumbprint(&jwk).ok_or_else(|| refused("the proof's key has no thumbprint"))?;
        if !self.is_first_sight(["dpop", &thumbprint, &id], forgotten_at).await? {
            return Err(refused("the proof was used before").into());
        }
        Ok(thumbprint)
    }
}

fn refused(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidDpopProof, description)
}
