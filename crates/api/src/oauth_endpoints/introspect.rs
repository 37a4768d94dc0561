//! Token introspection (RFC 7662).

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer::{Refused, json};
use super::{Asked, OAuthEndpoints, SentBody, request};

impl OAuthEndpoints {
    pub(super) async fn introspect(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let parameters = request::parameters(asked, body).await?;
        let client = asked.client(&self.engine, &parameters).await?;
        let token = request::need(&parameters, "token")?;
        let said = self.engine.introspect(&asked.caller(), &client, token).await?;
        Ok(json(asked, StatusCode::OK, &said))
    }
}
