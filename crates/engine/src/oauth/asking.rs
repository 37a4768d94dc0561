//! Who asks an OAuth endpoint, and how they proved it.

use std::sync::Arc;

use claviger_domain::{AssertionRules, Client, ClientAuthentication, GrantType};
use claviger_oauth::{ClientProof, ErrorCode, Refusal};

use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::{Caller, Terms};

/// How clients may prove themselves at an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct ClientRules<'r> {
    /// The methods that the endpoint accepts.
    pub methods: &'r [ClientAuthentication],
    /// What assertions must be, beyond what RFC 7523 says.
    pub assertion: Option<&'r AssertionRules>,
    /// The endpoint's own address.
    pub endpoint: &'r str,
}

/// The proof that a client is who it says. Only the engine makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: ClientAuthentication,
}

impl AuthenticatedClient {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How it proved itself; a public client merely named itself.
    pub const fn method(&self) -> ClientAuthentication {
        self.method
    }
}

/// What a token endpoint sells.
#[derive(Clone, Copy, Debug)]
pub struct TokenTerms<'t> {
    /// The grants it takes.
    pub grants: &'t [GrantType],
    /// What comes of them.
    pub terms: &'t Terms,
}

/// A request to the token endpoint, as far as it is settled before its grant is looked at.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) caller: &'a Caller<'a>,
    /// Who asks.
    pub(super) client: &'a AuthenticatedClient,
    pub(super) terms: &'a Terms,
    /// The thumbprint of the key whose possession was proved: what is issued is bound to it (RFC 9449 section 5).
    pub(super) jkt: Option<&'a str>,
}

/// A proof of possession (RFC 9449 section 4) as it came.
#[derive(Clone, Copy)]
pub struct DpopProof<'p> {
    /// The JWT.
    pub jwt: &'p str,
    /// The request's method.
    pub method: &'p str,
    /// The request's address without query and fragment.
    pub url: &'p str,
}

impl std::fmt::Debug for DpopProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DpopProof(…)")
    }
}

impl Engine {
    /// Whether a client is who it says.
    ///
    /// # Errors
    /// `invalid_client` for a client of another API, an unknown or disabled one, a wrong secret or assertion, or a
    /// method that is not the client's or not the endpoint's; when too many attempts failed or the database fails.
    pub async fn authenticate_client(
        &self,
        caller: &Caller<'_>,
        proof: &ClientProof,
        rules: &ClientRules<'_>,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let _ = (caller, proof, rules);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
