//! The claims of the user that a token stands for (OpenID Connect Core section 5.3).

use claviger_domain::{CredentialKind, Facts, KindSet, Outcome, Parent, Presented};
use claviger_oauth::{ErrorCode, Refusal, user_claims};
use claviger_store::FamilyRecord;
use serde_json::{Map, Value};

use super::asking::DpopProof;
use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::question::Question;
use crate::token_details::TokenDetails;

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
        let read = proof.map(|proof| self.read_proof(proof, Some(token))).transpose()?;
        let jkt = read.as_ref().map(|read| read.thumbprint.clone());
        let claims = self.claims_of(caller, token, jkt).await?;
        // Only a proof that opens something is worth remembering: nobody fills the database with others.
        if let Some(read) = &read {
            self.spend_proof(read).await?;
        }
        Ok(claims)
    }

    /// The same for a request that another door has let through already, and where its proof was spent.
    ///
    /// # Errors
    /// As [`Engine::userinfo`].
    pub async fn userinfo_once_allowed(
        &self,
        caller: &Caller<'_>,
        token: &str,
        proof: Option<DpopProof<'_>>,
    ) -> Result<Map<String, Value>, OAuthError> {
        let read = proof.map(|proof| self.read_proof(proof, Some(token))).transpose()?;
        self.claims_of(caller, token, read.map(|read| read.thumbprint)).await
    }

    async fn claims_of(
        &self,
        caller: &Caller<'_>,
        token: &str,
        jkt: Option<String>,
    ) -> Result<Map<String, Value>, OAuthError> {
        let facts = Facts {
            address: Some(caller.address),
            user_agent: caller.user_agent,
            proof: jkt.as_deref(),
            ..Facts::none()
        };
        let kinds = KindSet::NONE.with(CredentialKind::Token);
        let presented = Presented::Text { bytes: token.as_bytes(), kinds };
        let question = Question { api: caller.api, policy: caller.policy, presented, facts: &facts };
        let refused = || Refusal::new(ErrorCode::InvalidToken, "the access token does not work");
        let principal = match self.verify(&question).await?.outcome {
            Outcome::Allow(principal) => principal,
            Outcome::Deny(_) => return Err(refused().into()),
        };
        if !principal.scopes.iter().any(|scope| scope.as_str() == "openid") {
            let why = "the access token lacks the scope openid";
            return Err(Refusal::new(ErrorCode::InsufficientScope, why).into());
        }
        let lookup = self.token_lookup(token.as_bytes()).bytes();
        let found = self.store().read().await?.find_token_of_no_key(&lookup).await?;
        let Some(FamilyRecord { family, details, .. }) = found.map(|record| record.of) else {
            // A client for itself: there is nobody else to tell of.
            let holder = principal.client.as_deref().unwrap_or(&principal.credential);
            return Ok([("sub".to_owned(), holder.into())].into_iter().collect());
        };
        let details = TokenDetails::parse(&details)?;
        // A token that is bound to no key is no token of the scheme `DPoP` (RFC 9449 section 7.1).
        if details.jkt != jkt {
            return Err(refused().into());
        }
        let (Parent::Grant { account, .. } | Parent::Account(account)) = family.parent else {
            let holder = principal.client.as_deref().unwrap_or(&principal.credential);
            return Ok([("sub".to_owned(), holder.into())].into_iter().collect());
        };
        let account = self.living_account(account).await.map_err(|error| match error {
            OAuthError::Refused(_) => refused().into(),
            other => other,
        })?;
        let mut claims = user_claims(&account, &principal.scopes, &details.claims.1);
        claims.insert("sub".to_owned(), details.subject.unwrap_or_else(|| account.id.to_string()).into());
        Ok(claims)
    }
}
