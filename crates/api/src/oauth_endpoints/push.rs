//! Pushed authorization requests (RFC 9126).

use bytes::Bytes;
use claviger_oauth::{ErrorCode, Parameters, Refusal};
use http::{Response, StatusCode};
use serde_json::json;

use super::answer::{self, Refused};
use super::{Asked, OAuthEndpoints, SentBody, request};

/// What proves a client is no part of what it asks for, and is not to be kept.
const OF_THE_PROOF: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

impl OAuthEndpoints {
    pub(super) async fn push(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let parameters = request::parameters(asked, body).await?;
        let client = asked.client(&self.engine, &parameters).await?;
        if parameters.get("request_uri").is_some() {
            let detail = "a pushed request cannot refer to another (RFC 9126 section 2.1)";
            return Err(Refusal::new(ErrorCode::InvalidRequest, detail).into());
        }
        let mut pairs = parameters.pairs().to_vec();
        pairs.retain(|(name, _)| !OF_THE_PROOF.contains(&name.as_str()));
        let parameters = Parameters::from_pairs(pairs);
        let (uri, lifetime) = self.engine.push_authorization(&asked.caller(), &client, &parameters).await?;
        let body = json!({ "request_uri": uri, "expires_in": lifetime.as_secs() });
        Ok(answer::json(asked, StatusCode::CREATED, &body))
    }
}
