//! Token introspection (RFC 7662).

use bytes::Bytes;
use claviger_engine::Introspection;
use http::{Response, StatusCode};
use serde_json::Map;

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
        let mut members = Map::new();
        match self.engine.introspect(&asked.caller(), &client, token).await? {
            Introspection::Inactive => {
                members.insert("active".to_owned(), false.into());
            }
            Introspection::Active(known) => {
                members.insert("active".to_owned(), true.into());
                members.extend(known);
            }
        }
        Ok(json(asked, StatusCode::OK, &members))
    }
}
