//! One request for an OAuth endpoint, before its body.

use claviger_contract::{Contract, TokenEndpoint};
use claviger_engine::{AuthenticatedClient, Caller, ClientRules, DpopProof, Engine, OAuthError};
use claviger_oauth::{ClientProof, ErrorCode, Parameters, Refusal};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::request::Parts;

use crate::token_endpoints::EndpointCall;

/// RFC 9449 section 4.1.
pub(super) const DPOP: &str = "dpop";

/// A request as its endpoint gets it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// How it arrived.
    pub(crate) call: EndpointCall<'a>,
    /// What it is for.
    pub(crate) endpoint: &'a TokenEndpoint,
    /// All but its body.
    pub(crate) head: &'a Parts,
}

/// A proof of possession, and the address that it has to name.
pub(super) struct Proof<'a> {
    jwt: &'a str,
    method: &'a str,
    url: String,
}

impl Proof<'_> {
    pub(super) fn as_engine(&self) -> DpopProof<'_> {
        DpopProof { jwt: self.jwt, method: self.method, url: &self.url }
    }
}

impl<'a> Asked<'a> {
    pub(super) fn contract(&self) -> &'a Contract {
        &self.call.installed.contract
    }

    pub(super) fn caller(&self) -> Caller<'a> {
        let agent = self.head.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        self.call.caller(agent)
    }

    /// The address of the endpoint as clients know it: at the issuer, whatever stands before us.
    pub(super) fn address(&self) -> String {
        format!("{}{}", self.contract().issuer(), self.head.uri.path())
    }

    /// The value of the `Authorization` field.
    pub(super) fn authorization(&self) -> Result<Option<&'a [u8]>, Refusal> {
        let mut fields = self.head.headers.get_all(AUTHORIZATION).iter();
        let field = fields.next();
        if fields.next().is_some() {
            return Err(Refusal::new(
                ErrorCode::InvalidRequest,
                "there is more than one Authorization field",
            ));
        }
        Ok(field.map(http::HeaderValue::as_bytes))
    }

    /// The proof of possession, if one is there.
    pub(super) fn proof(&self) -> Result<Option<Proof<'a>>, Refusal> {
        let mut fields = self.head.headers.get_all(DPOP).iter();
        let Some(field) = fields.next() else { return Ok(None) };
        let bad = |detail| Refusal::new(ErrorCode::InvalidDpopProof, detail);
        if fields.next().is_some() {
            return Err(bad("there is more than one DPoP field"));
        }
        let jwt = field.to_str().map_err(|_| bad("the DPoP field is no JWT"))?;
        Ok(Some(Proof { jwt, method: self.head.method.as_str(), url: self.address() }))
    }

    /// The client that asks, once it has proved itself.
    pub(super) async fn client(
        &self,
        engine: &Engine,
        parameters: &Parameters,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let proof = ClientProof::read(self.authorization()?, parameters)?;
        // Only an assertion has to name it.
        let address = match &proof {
            ClientProof::Assertion { .. } => self.address(),
            ClientProof::Public { .. } | ClientProof::Secret { .. } => String::new(),
        };
        let rules = ClientRules {
            methods: &self.endpoint.clients,
            assertion: self.endpoint.assertion.as_ref(),
            endpoint: &address,
        };
        engine.authenticate_client(&self.caller(), &proof, &rules).await
    }
}
