//! How a client proves itself at an endpoint (RFC 6749 section 2.3, RFC 7523, OpenID Connect Core section 9).

use claviger_domain::ClientAuthentication;

use data_encoding::BASE64;

use crate::code::ErrorCode;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::text::{decode_form, has_control};

/// The one kind of assertion (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client presents. Most of it is secret, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub enum ClientProof {
    /// An id alone: a public client.
    Public {
        /// The `client_id`.
        id: String,
    },
    /// An id and a secret.
    Secret {
        /// The `client_id`.
        id: String,
        /// The secret.
        secret: String,
        /// In the header or in the body.
        method: ClientAuthentication,
    },
    /// A signed assertion.
    Assertion {
        /// The `client_id`, where it is sent beside the assertion.
        id: Option<String>,
        /// The JWT.
        assertion: String,
    },
}

impl ClientProof {
    /// Reads what a request presents: the value of its `Authorization` header, and its body's parameters.
    ///
    /// # Errors
    /// `invalid_request` for two methods at once, or an id that differs between them; `invalid_client` for nothing at
    /// all, or Basic credentials that are none (their id and secret are form-encoded, RFC 6749 section 2.3.1).
    pub fn read(authorization: Option<&[u8]>, parameters: &Parameters) -> Result<Self, Refusal> {
        let id = parameters.get("client_id");
        let secret = parameters.get("client_secret");
        let assertion = parameters.get("client_assertion");
        let methods = [authorization.is_some(), secret.is_some(), assertion.is_some()];
        if methods.into_iter().filter(|is_used| *is_used).count() > 1 {
            return Err(invalid_request("the client proves itself in two ways at once; choose one"));
        }
        if let Some(header) = authorization {
            return Self::read_basic(header, id);
        }
        if let Some(assertion) = assertion {
            return Self::read_assertion(assertion, id, parameters);
        }
        if parameters.get("client_assertion_type").is_some() {
            return Err(invalid_request("`client_assertion` is missing"));
        }
        let Some(id) = id.map(str::to_owned) else {
            return Err(match secret {
                Some(_) => invalid_request("`client_id` is missing"),
                None => invalid_client("the client did not say who it is"),
            });
        };
        Ok(match secret {
            Some(secret) => {
                Self::Secret { id, secret: secret.to_owned(), method: ClientAuthentication::SecretPost }
            }
            None => Self::Public { id },
        })
    }

    fn read_basic(header: &[u8], beside: Option<&str>) -> Result<Self, Refusal> {
        let (id, secret) = basic(header).ok_or_else(|| {
            invalid_client(
                "the Authorization header is not HTTP Basic with a form-encoded client id and secret",
            )
        })?;
        if beside.is_some_and(|beside| beside != id) {
            return Err(invalid_request("`client_id` is not the client of the Authorization header"));
        }
        Ok(Self::Secret { id, secret, method: ClientAuthentication::SecretBasic })
    }

    fn read_assertion(assertion: &str, id: Option<&str>, parameters: &Parameters) -> Result<Self, Refusal> {
        if parameters.need("client_assertion_type")? != JWT_BEARER {
            return Err(invalid_client("there is no such `client_assertion_type` here"));
        }
        Ok(Self::Assertion { id: id.map(str::to_owned), assertion: assertion.to_owned() })
    }

    /// The id it names. An assertion names its client inside, and sometimes beside.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Public { id } | Self::Secret { id, .. } => Some(id),
            Self::Assertion { id, .. } => id.as_deref(),
        }
    }

    /// The method that it uses.
    pub const fn method(&self) -> ClientAuthentication {
        match self {
            Self::Public { .. } => ClientAuthentication::None,
            Self::Secret { method, .. } => *method,
            Self::Assertion { .. } => ClientAuthentication::PrivateKeyJwt,
        }
    }
}

impl std::fmt::Debug for ClientProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientProof").field("method", &self.method()).finish_non_exhaustive()
    }
}

/// Id and secret of HTTP Basic credentials (RFC 7617), both form-encoded.
fn basic(header: &[u8]) -> Option<(String, String)> {
    let (scheme, rest) = header.split_at_checked(5)?;
    if !scheme.eq_ignore_ascii_case(b"basic") || !rest.starts_with(b" ") {
        return None;
    }
    let decoded = BASE64.decode(rest.trim_ascii()).ok()?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let id = decode_form(halves.next()?)?;
    let secret = decode_form(halves.next()?)?;
    (!id.is_empty() && !has_control(&id) && !has_control(&secret)).then_some((id, secret))
}

fn invalid_request(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, description)
}

fn invalid_client(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, description)
}

#[cfg(test)]
#[path = "client_proof_tests.rs"]
mod tests;
