//! The token endpoint (RFC 6749 section 3.2).

use bytes::Bytes;
use claviger_contract::Issued;
use claviger_engine::{Plain, TokenTerms};
use claviger_oauth::{ErrorCode, Refusal, TokenRequest};
use http::Response;

use super::answer::Refused;
use super::{Asked, OAuthEndpoints, SentBody, request};

impl OAuthEndpoints {
    pub(super) async fn sell(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let parameters = request::parameters(asked, body).await?;
        let client = asked.client(&self.engine, &parameters).await?;
        let wanted = TokenRequest::read(&parameters)?;
        // Every endpoint that issues has an access token, so a contract without one does not get here.
        let terms = asked.endpoint.terms.as_ref();
        let terms =
            terms.ok_or_else(|| Refusal::new(ErrorCode::ServerError, "there is nothing to be had here"))?;
        let grants = asked.endpoint.grant_types();
        let terms = TokenTerms { grants: &grants, terms };
        let proof = asked.proof()?;
        let proof = proof.as_ref().map(|proof| proof.as_engine());
        let issued = self.engine.issue_token(&asked.caller(), &client, &wanted, &terms, proof).await?;
        let scope = issued.scopes.to_string();
        let answer = Issued {
            access_token: Some(issued.access.expose()),
            refresh_token: issued.refresh.as_ref().map(Plain::expose),
            id_token: issued.id_token.as_ref().map(Plain::expose),
            token_type: Some(issued.token_type),
            issued_token_type: issued.issued_token_type,
            expires_at: Some(issued.expires_at),
            issued_at: Some(issued.issued_at),
            // A list of scopes has at least one (RFC 6749 section 3.3).
            scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
            session: None,
        };
        Ok(asked.contract().reply(asked.endpoint, &[answer], issued.given_at, asked.call.request_id))
    }
}
