//! Device authorization (RFC 8628 section 3.1).

use bytes::Bytes;
use claviger_domain::ScopeSet;
use claviger_oauth::{ErrorCode, Refusal};
use http::{Response, StatusCode};
use serde_json::json;

use super::answer::{self, Refused};
use super::{Asked, OAuthEndpoints, SentBody, request};

/// The page where people type the code.
const PAGE: &str = "/device";

impl OAuthEndpoints {
    pub(super) async fn start_device(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let parameters = request::parameters(asked, body).await?;
        let client = asked.client(&self.engine, &parameters).await?;
        let scopes = parameters.get("scope").map(ScopeSet::parse_spaced).transpose();
        let unread = |_| Refusal::new(ErrorCode::InvalidScope, "scopes are separated by spaces");
        let scopes = scopes.map_err(unread)?;
        let resources: Vec<String> = parameters.all("resource").map(str::to_owned).collect();
        let started = self.engine.start_device(&asked.caller(), &client, scopes.as_ref(), &resources).await?;
        let page = format!("{}{PAGE}", asked.contract().issuer());
        let user_code = started.user_code.expose();
        let body = json!({
            "device_code": started.device_code.expose(),
            "user_code": user_code,
            "verification_uri": page,
            // Codes are consonants and a hyphen, which a query takes as they are.
            "verification_uri_complete": format!("{page}?user_code={user_code}"),
            "expires_in": started.lifetime.as_secs(),
            "interval": started.interval.as_secs(),
        });
        Ok(answer::json(asked, StatusCode::OK, &body))
    }
}
