//! The contracts' own token endpoints: log in, refresh, log out, sessions; and where browsers sign in and out.
//!
//! The server in front hands over a request for one; what it may hold, and how the answer looks, its contract says.

mod answer;
pub(crate) mod body;
mod browser;
mod request;

use std::net::IpAddr;

use bytes::Bytes;
use claviger_contract::{
    ExchangeCause, GrantKind, Installed, Param, Purpose, RequestView, TokenEndpoint, TokenRequest,
};
use claviger_domain::{
    CredentialKind, Denial, DenialReason, Facts, KindSet, Outcome, Principal, SessionName,
};
use claviger_engine::{Caller, DpopProof, Engine, KeyProof, Proof, Question, Wish};
use http::header::USER_AGENT;
use http::{Request, Response};
use std::sync::Arc;

use answer::Refused;

/// The door to token endpoints. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TokenEndpoints {
    engine: Engine,
}

/// One call of a token endpoint, as the server in front saw it arrive.
#[derive(Clone, Copy, Debug)]
pub struct EndpointCall<'c> {
    /// The contract it is served by.
    pub installed: &'c Installed,
    /// The id under which it is logged, and which its answer shows.
    pub request_id: &'c str,
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: IpAddr,
    /// The host it is for, without port.
    pub host: &'c str,
}

impl<'c> EndpointCall<'c> {
    /// Who calls, for the engine.
    pub(crate) fn caller(&self, user_agent: Option<&'c str>) -> Caller<'c> {
        let contract = &self.installed.contract;
        Caller {
            api: self.installed.api,
            policy: contract.policy(),
            environment: contract.auth_environment(self.host),
            issuer: contract.issuer(),
            address: self.address,
            user_agent,
        }
    }
}

impl TokenEndpoints {
    /// A door to this engine.
    pub const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Whether this door answers for endpoints of this purpose.
    pub const fn serves(purpose: Purpose) -> bool {
        matches!(
            purpose,
            Purpose::Login
                | Purpose::Refresh
                | Purpose::Logout
                | Purpose::ListSessions
                | Purpose::EndSession
                | Purpose::SignIn
                | Purpose::SignOut
        )
    }

    /// Answers a request for an endpoint that [`TokenEndpoints::serves`].
    pub async fn serve<B>(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        request: Request<B>,
    ) -> Response<Bytes>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let user_agent = head.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let caller = call.caller(user_agent);
        // Boxed but for what sells, so that a login carries none of the others with it.
        let served = match endpoint.purpose {
            Purpose::ListSessions => Box::pin(self.list(call, endpoint, &head)).await,
            Purpose::EndSession => Box::pin(self.end(call, endpoint, &head)).await,
            Purpose::SignOut => Box::pin(self.sign_out(call, endpoint, &head)).await,
            purpose => match body::read(endpoint, &head, body).await {
                Ok(request) if purpose == Purpose::Logout => {
                    Box::pin(self.log_out(call, &caller, endpoint, &request)).await
                }
                Ok(request) if purpose == Purpose::SignIn => {
                    Box::pin(self.sign_in(call, endpoint, &head, &request)).await
                }
                Ok(request) => self.sell(call, &caller, endpoint, &request).await,
                Err(refused) => Err(refused),
            },
        };
        served.unwrap_or_else(|refused| answer::refuse(call, endpoint, &refused, self.engine.clock().now()))
    }

    async fn sell(
        &self,
        call: EndpointCall<'_>,
        caller: &Caller<'_>,
        endpoint: &TokenEndpoint,
        request: &TokenRequest,
    ) -> Result<Response<Bytes>, Refused> {
        let terms = endpoint.terms.as_ref().ok_or_else(|| Refused::of(ExchangeCause::ServerError))?;
        let key = request.get(Param::Key).unwrap_or_default();
        let bought = match request.grant {
            Some(GrantKind::ApiKey | GrantKind::KeyPair) => {
                let proof = KeyProof { key, secret: request.get(Param::Secret) };
                self.engine.log_in(caller, proof, &wish(request)?, terms).await?
            }
            Some(GrantKind::KeyRefresh) => {
                let token = request.get(Param::RefreshToken).unwrap_or_default();
                Box::pin(self.engine.refresh(caller, key, token, terms)).await?
            }
            Some(GrantKind::ClientCredentials) => {
                let id = request.get(Param::ClientId).unwrap_or_default();
                let proof =
                    Proof::Client { id, secret: request.get(Param::ClientSecret).unwrap_or_default() };
                self.engine.log_in(caller, proof, &wish(request)?, terms).await?
            }
            Some(GrantKind::Password) => {
                let name = request.get(Param::Username).unwrap_or_default();
                let proof = Proof::User { name, password: request.get(Param::Password).unwrap_or_default() };
                self.engine.log_in(caller, proof, &wish(request)?, terms).await?
            }
            // Nobody has such a credential here, so it is as wrong as any other.
            _ => return Err(Refused::of(ExchangeCause::InvalidGrant)),
        };
        Ok(answer::sold(call, endpoint, &bought))
    }

    async fn log_out(
        &self,
        call: EndpointCall<'_>,
        caller: &Caller<'_>,
        endpoint: &TokenEndpoint,
        request: &TokenRequest,
    ) -> Result<Response<Bytes>, Refused> {
        let token = request.get(Param::Token).ok_or_else(|| request::missing(endpoint, Param::Token))?;
        self.engine.log_out(caller, token).await?;
        Ok(answer::done(call, endpoint, self.engine.clock().now()))
    }

    async fn list(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        head: &http::request::Parts,
    ) -> Result<Response<Bytes>, Refused> {
        let principal = self.principal(call, head).await?;
        let sessions = self.engine.list_named_sessions(&principal).await?;
        Ok(answer::listed(call, endpoint, &sessions, self.engine.clock().now()))
    }

    async fn end(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        head: &http::request::Parts,
    ) -> Result<Response<Bytes>, Refused> {
        let principal = self.principal(call, head).await?;
        let name = TokenEndpoint::named_in(head.uri.path()).unwrap_or_default();
        let name: SessionName = name.parse().map_err(|_| Refused::of(ExchangeCause::NotFound))?;
        self.engine.end_named_session(&principal, &name).await?;
        Ok(answer::done(call, endpoint, self.engine.clock().now()))
    }

    /// Whom the caller's own token stands for.
    async fn principal(
        &self,
        call: EndpointCall<'_>,
        head: &http::request::Parts,
    ) -> Result<Arc<Principal>, Refused> {
        let contract = &call.installed.contract;
        let reading = contract
            .read(&RequestView {
                method: &head.method,
                path: head.uri.path(),
                query: head.uri.query(),
                headers: &head.headers,
                host: call.host,
                address: Some(call.address),
            })
            .map_err(Refused::Fault)?;
        let facts = Facts { accepted: KindSet::NONE.with(CredentialKind::Token), ..reading.facts() };
        let question = Question {
            api: call.installed.api,
            policy: contract.policy(),
            presented: reading.presented(),
            facts: &facts,
        };
        let decision = if let Some(jwt) = reading.proof() {
            let url = format!("{}{}", contract.issuer(), head.uri.path());
            let proof = DpopProof { jwt, method: head.method.as_str(), url: &url };
            Box::pin(self.engine.verify_bound(&question, proof)).await.map_err(Refused::failed)?
        } else if let Some(decision) = self.engine.verify_now(&question) {
            decision
        } else {
            self.engine.verify(&question).await.map_err(Refused::failed)?
        };
        match decision.outcome {
            Outcome::Allow(principal) => Ok(principal),
            Outcome::Deny(Denial { reason, .. }) => Err(Refused::Exchange {
                cause: match reason {
                    DenialReason::RateLimited => ExchangeCause::SlowDown,
                    DenialReason::Multiple | DenialReason::InQuery => ExchangeCause::InvalidRequest,
                    DenialReason::CrossSite => ExchangeCause::CrossSite,
                    _ => ExchangeCause::InvalidToken,
                },
                reason: reason.as_str().to_owned(),
                detail: None,
                retry_at: None,
            }),
        }
    }
}

fn wish(request: &TokenRequest) -> Result<Wish, Refused> {
    let session = request.get(Param::Session).map(request::session).transpose()?;
    let scopes = request.get(Param::Scope).map(request::scopes).transpose()?;
    Ok(Wish { session, scopes })
}
