//! How a client proves itself at an endpoint (RFC 6749 section 2.3, RFC 7523, OpenID Connect Core section 9).

use claviger_domain::ClientAuthentication;

use crate::parameters::Parameters;
use crate::refusal::Refusal;

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
        let _ = (authorization, parameters);
        Err(Refusal::new(crate::ErrorCode::InvalidClient, "the client did not say who it is"))
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
