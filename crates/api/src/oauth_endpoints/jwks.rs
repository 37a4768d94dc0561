//! The JWK set (RFC 7517 section 5).

use bytes::Bytes;
use claviger_engine::SigningKeyError;
use claviger_oauth::{ErrorCode, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

use super::answer::Refused;
use super::metadata::KEPT;
use super::{Asked, OAuthEndpoints};

impl OAuthEndpoints {
    pub(super) async fn jwks(&self, asked: &Asked<'_>) -> Result<Response<Bytes>, Refused> {
        let set = self.engine.jwk_set(asked.call.installed.api).await.map_err(|error| match error {
            SigningKeyError::Failed(error) => Refused::OAuth(error.into()),
            // The API was found by its host, a set is no key, and anyone may read it.
            SigningKeyError::UnknownApi | SigningKeyError::Symmetric(_) | SigningKeyError::NotAllowed(_) => {
                Refusal::new(ErrorCode::ServerError, "the keys are not there").into()
            }
        })?;
        let mut response = Response::new(Bytes::copy_from_slice(set.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
        asked.contract().write_request_id(asked.call.request_id, headers);
        Ok(response)
    }
}
