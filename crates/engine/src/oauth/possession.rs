//! Proofs of possession (RFC 9449).

use claviger_domain::{
    Decision, Denial, DenialReason, Facts, Outcome, PossessionClaim, Presented, Timestamp,
};
use claviger_oauth::{ErrorCode, Jwt, Possession, PossessionCheck, Refusal};
use claviger_secrets::{PublicKey, jwk_thumbprint};

use super::asking::DpopProof;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::error::Error;
use crate::question::Question;

/// A proof that is good, but may have come before.
pub(super) struct ReadProof {
    /// The thumbprint of its key (RFC 7638, base64url).
    pub(super) thumbprint: String,
    id: String,
    forgotten_at: Timestamp,
}

impl Engine {
    /// The decision about a request whose credential came in the scheme `DPoP` (RFC 9449 section 7): as
    /// [`Engine::verify`], with what the request proves. Only a credential that is bound to the very key works.
    ///
    /// # Errors
    /// Only when the database is needed and away.
    pub async fn verify_bound(
        &self,
        question: &Question<'_>,
        proof: DpopProof<'_>,
    ) -> Result<Decision, Error> {
        let Presented::Text { bytes, .. } = question.presented else {
            return Ok(claimed(self.verify(question).await?, PossessionClaim::Claimed));
        };
        let read = std::str::from_utf8(bytes).map_err(|_| refused("the token is no text"));
        let read = match read.and_then(|token| self.read_proof(proof, Some(token))) {
            Ok(read) => read,
            Err(refusal) => {
                tracing::info!(reason = &*refusal.description, "a proof of possession was refused");
                return Ok(self.noted(question, unproved()));
            }
        };
        let known = match self.find_presented(question).await? {
            Ok(known) => known,
            Err(refusal) => return Ok(claimed(self.noted(question, refusal), PossessionClaim::Claimed)),
        };
        // Only a proof that could open something is worth remembering: nobody fills the database with others.
        let fits = known.credential.confirmation.as_deref() == Some(read.thumbprint.as_str());
        if fits && !self.is_first_proof(&read).await? {
            tracing::info!(
                credential = &*known.credential.principal.credential,
                "a proof of possession came twice"
            );
            return Ok(self.noted(question, unproved()));
        }
        let facts = Facts { proof: Some(&read.thumbprint), ..question.facts.clone() };
        let decision = self.judge(&known, &Question { facts: &facts, ..*question }, self.now()).await?;
        Ok(claimed(decision, PossessionClaim::Claimed))
    }

    /// Whether a proof is good, for this request and this token, and seen for the first time: the thumbprint of its key
    /// (RFC 7638, base64url).
    pub(crate) async fn check_possession(
        &self,
        proof: DpopProof<'_>,
        access_token: Option<&str>,
    ) -> Result<String, OAuthError> {
        let read = self.read_proof(proof, access_token)?;
        self.spend_proof(&read).await?;
        Ok(read.thumbprint)
    }

    /// Remembers a good proof, which has to be seen for the first time.
    pub(super) async fn spend_proof(&self, proof: &ReadProof) -> Result<(), OAuthError> {
        if self.is_first_proof(proof).await? {
            Ok(())
        } else {
            Err(refused("the proof was used before").into())
        }
    }

    /// Looks at everything but whether the proof came before.
    pub(super) fn read_proof(
        &self,
        proof: DpopProof<'_>,
        access_token: Option<&str>,
    ) -> Result<ReadProof, Refusal> {
        let jwt = Jwt::parse(proof.jwt).ok_or_else(|| refused("the proof is no JWT"))?;
        let DpopProof { method, url, .. } = proof;
        let check = PossessionCheck { method, url, access_token, now: self.now() };
        let Possession { algorithm, jwk, id, forgotten_at } = check.check(&jwt)?;
        let key = PublicKey::from_jwk(&jwk)
            .map_err(|error| Refusal::new(ErrorCode::InvalidDpopProof, error.to_string()))?;
        if !key.verify(algorithm, jwt.signed(), jwt.signature()) {
            return Err(refused("the proof was not signed by its key"));
        }
        let thumbprint = jwk_thumbprint(&jwk).ok_or_else(|| refused("the proof's key has no thumbprint"))?;
        Ok(ReadProof { thumbprint, id, forgotten_at })
    }

    async fn is_first_proof(&self, proof: &ReadProof) -> Result<bool, Error> {
        self.is_first_sight(["dpop", &proof.thumbprint, &proof.id], proof.forgotten_at).await
    }
}

/// The refusal of a request whose proof is no good, whatever its credential.
fn unproved() -> Decision {
    claimed(Decision::deny(Denial::new(DenialReason::Unproved)), PossessionClaim::BadProof)
}

/// A decision whose refusal says what the request claimed.
fn claimed(mut decision: Decision, claim: PossessionClaim) -> Decision {
    if let Outcome::Deny(denial) = &mut decision.outcome {
        denial.possession = claim;
    }
    decision
}

fn refused(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidDpopProof, description)
}
