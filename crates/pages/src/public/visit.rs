//! One request for a page: which API's, from whom, signed in as whom.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_contract::Installed;
use claviger_domain::{Call, Origin, Pool};
use claviger_engine::{Caller, Engine, FormToken, SessionError, SignedIn};
use http::HeaderMap;
use http::header::USER_AGENT;

use super::error::PublicError;
use crate::cookie::Cookie;
use crate::onward::Onward;
use crate::words::{Language, prefer};

/// What the server tells the pages of a request.
#[derive(Clone, Copy, Debug)]
pub struct PageCall<'c> {
    /// The contract whose pages are asked for.
    pub installed: &'c Arc<Installed>,
    /// The id under which it is logged, and which a page of refusal shows.
    pub request_id: &'c str,
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: IpAddr,
    /// The host it is for, without port.
    pub host: &'c str,
}

/// A request on its way through the handlers. It holds cookies, so it does not print.
pub(crate) struct Visit {
    pub(crate) engine: Engine,
    /// Whether browsers come by HTTPS: then cookies are `Secure` and bound to the host by their name.
    pub(crate) is_secure: bool,
    pub(crate) installed: Arc<Installed>,
    pub(crate) request_id: Arc<str>,
    /// The cookie of a session, if the browser sent one.
    pub(crate) session: Option<String>,
    /// The cookie of the forms of whoever is not signed in.
    pub(crate) form: Option<String>,
    host: Box<str>,
    address: IpAddr,
    user_agent: Option<String>,
}

impl Visit {
    /// The origins of the client that the forms of a flow's pages may end at.
    pub(crate) async fn form_actions(&self, onward: &Onward) -> Result<Vec<String>, PublicError> {
        match onward.flow() {
            Some(flow) => Ok(self.engine.form_actions(&self.caller(), flow).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Speaks the language that the client of a flow wishes for its user, unless the user chose one.
    pub(crate) fn speak_as_wished(&self, onward: &Onward) {
        let locales = onward.flow().and_then(|flow| self.engine.ui_locales(&self.caller(), flow));
        Self::speak(locales.as_deref());
    }

    /// The same for an authorization request that has just come.
    pub(crate) fn speak(locales: Option<&str>) {
        if let Some(language) = locales.and_then(Language::preferred) {
            prefer(language);
        }
    }

    /// The visit that a request is.
    pub(crate) fn new(engine: &Engine, call: PageCall<'_>, headers: &HeaderMap) -> Self {
        // Whatever ends TLS before us: the issuer is how browsers reach us.
        let is_secure = call.installed.contract.issuer().starts_with("https:");
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        Self {
            engine: engine.clone(),
            is_secure,
            installed: Arc::clone(call.installed),
            request_id: call.request_id.into(),
            session: Cookie::UserSession.read(headers, is_secure),
            form: Cookie::UserForm.read(headers, is_secure),
            host: call.host.into(),
            address: call.address,
            user_agent: agent.map(str::to_owned),
        }
    }

    /// The caller, as use cases want to know it.
    pub(crate) fn caller(&self) -> Caller<'_> {
        let contract = &self.installed.contract;
        Caller {
            api: self.installed.api,
            policy: contract.policy(),
            environment: contract.auth_environment(&self.host),
            issuer: contract.issuer(),
            address: self.address,
            user_agent: self.user_agent.as_deref(),
        }
    }

    /// Where the request came from.
    pub(crate) fn origin(&self) -> Origin {
        Origin::new(Some(self.address), self.user_agent.as_deref())
    }

    /// Whose accounts sign in here.
    pub(crate) fn pool(&self) -> Pool {
        Pool::Api(self.installed.api)
    }

    /// The origin that browsers show, to which passkeys belong.
    pub(crate) fn site(&self) -> &str {
        self.installed.contract.issuer()
    }

    /// Who is signed in, if somebody is; a second factor may still be due.
    pub(crate) async fn who(&self) -> Result<Option<SignedIn>, SessionError> {
        match &self.session {
            Some(cookie) => self.find_session(cookie).await,
            None => Ok(None),
        }
    }

    /// Who presents this cookie. Sessions of another API's users, or of operators, are nobody's here.
    pub(crate) async fn find_session(&self, cookie: &str) -> Result<Option<SignedIn>, SessionError> {
        match self.engine.authenticate_session(cookie.as_bytes()).await {
            Ok(found) if found.account().pool == self.pool() => {
                let call = Call { request: Some(Arc::clone(&self.request_id)), address: Some(self.address) };
                Ok(Some(found.by(call)))
            }
            Ok(_) => Ok(None),
            Err(SessionError::Ended) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who is signed in completely; whoever is not goes to where that is done, and comes back.
    pub(crate) async fn owner(&self, onward: Onward) -> Result<SignedIn, PublicError> {
        match self.who().await? {
            Some(who) if who.awaits_second_factor() => Err(PublicError::SecondFactorDue(onward)),
            Some(who) => Ok(who),
            None => Err(PublicError::NotSignedIn(onward)),
        }
    }

    /// The token of the forms that this browser gets before anybody is signed in, and the cookie to set for it
    /// if it has none yet.
    pub(crate) fn browser_token(&self) -> (FormToken, Option<String>) {
        match &self.form {
            // Kept while it lasts, so that a second tab does not make the first one's form invalid.
            Some(cookie) => (self.engine.form_token(cookie.as_bytes()), None),
            None => {
                let cookie = self.engine.random_text().expose().to_owned();
                (self.engine.form_token(cookie.as_bytes()), Some(cookie))
            }
        }
    }
}
