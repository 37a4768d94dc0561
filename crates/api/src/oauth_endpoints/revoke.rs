//! Token revocation (RFC 7009).

use bytes::Bytes;
use http::Response;

use super::answer::Refused;
use super::{Asked, OAuthEndpoints, SentBody, request};

impl OAuthEndpoints {
    pub(super) async fn revoke(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let parameters = request::parameters(asked, body).await?;
        let client = asked.client(&self.engine, &parameters).await?;
        let token = request::need(&parameters, "token")?;
        self.engine.revoke_token(&asked.caller(), &client, token).await?;
        let now = self.engine.clock().now();
        Ok(asked.contract().reply(asked.endpoint, &[], now, asked.call.request_id))
    }
}
