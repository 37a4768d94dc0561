//! Where browser applications of an API sign people in and out.

use bytes::Bytes;
use claviger_contract::{ExchangeCause, Param, Provenance, TokenEndpoint, TokenRequest};
use claviger_domain::{Origin, Pool};
use claviger_engine::{Password, SessionError, SignIn};
use http::Response;
use http::header::USER_AGENT;
use http::request::Parts;

use super::answer::{self, Refused};
use super::{EndpointCall, TokenEndpoints};

impl TokenEndpoints {
    /// Signs somebody in. The session's cookie always comes, its text where the request has `return_token`.
    pub(super) async fn sign_in(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        head: &Parts,
        request: &TokenRequest,
    ) -> Result<Response<Bytes>, Refused> {
        // Nobody is to be signed in as somebody else by a form on another site. Programs say nothing of sites.
        if call.installed.contract.provenance(&head.headers, call.host) == Provenance::Foreign {
            return Err(Refused::of(ExchangeCause::CrossSite));
        }
        let wrong = || Refused::of(ExchangeCause::InvalidClient);
        let email = request.get(Param::Username).unwrap_or_default().trim().parse();
        let password = Password::typed(request.get(Param::Password).unwrap_or_default().to_owned());
        let agent = head.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let attempt = SignIn {
            pool: Pool::Api(call.installed.api),
            // No account is called so, and nobody's password is so long.
            email: email.map_err(|_| wrong())?,
            password: password.map_err(|_| wrong())?,
            origin: Origin::new(Some(call.address), agent),
        };
        let issued = self.engine.sign_in_at_once(attempt, request.get(Param::Otp)).await;
        let issued = issued.map_err(|error| Refused::sign_in(error, self.engine.clock().now()))?;
        let with_text = request.get(Param::ReturnToken).is_some();
        Ok(answer::begun(call, endpoint, &issued, with_text))
    }

    /// Ends the session that a request presents. One that is nobody's gets the same answer.
    pub(super) async fn sign_out(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        head: &Parts,
    ) -> Result<Response<Bytes>, Refused> {
        let contract = &call.installed.contract;
        let Some((text, is_proved)) = contract.presented_session(head, call.host) else {
            return Err(Refused::of(ExchangeCause::InvalidToken));
        };
        if !is_proved {
            return Err(Refused::of(ExchangeCause::CrossSite));
        }
        let pool = Pool::Api(call.installed.api);
        let ended = match self.engine.authenticate_session_in(pool, &text).await {
            Ok(who) => self.engine.sign_out(&who).await,
            Err(error) => Err(error),
        };
        match ended {
            Err(SessionError::Failed(error)) => Err(Refused::failed(error)),
            _ => Ok(answer::ended(call, endpoint, self.engine.clock().now())),
        }
    }
}
