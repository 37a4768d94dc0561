//! Signing in at another OpenID provider: the authorization code flow with PKCE, as its client.

mod enter;
mod link;
mod vouched;

use std::time::Duration;

use claviger_domain::{Origin, Pool};
use claviger_oauth::Parameters;
use claviger_secrets::sha256;
use claviger_store::UpstreamIdentity;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::link::LinkedProvider;
use self::vouched::away;
use crate::account_error::AccountError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::{Source, Wait};
use crate::providers::{UpstreamProvider, UpstreamRegistration};
use crate::sessions::SignedIn;
use crate::sign_in::IssuedSession;

/// How long somebody may be away.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// Where providers send browsers back to, below the issuer.
const BACK: &str = "/sign-in/back";
/// What is asked for by name, since scopes alone open it at the userinfo endpoint only (OpenID Connect Core section 5.4).
const CLAIMS: &str = r#"{"id_token":{"email":null,"email_verified":null,"name":null}}"#;

/// The way there.
#[derive(Clone, Debug)]
pub struct UpstreamStart {
    /// The provider's authorization endpoint with its parameters.
    pub location: String,
    /// What has to come back in a cookie of the same browser: sealed, good for ten minutes.
    pub state: String,
}

/// Where somebody is who comes back.
#[derive(Debug)]
pub enum UpstreamArrival {
    /// Signed in, with the flow that was going on.
    SignedIn(Box<IssuedSession>, String),
    /// Signed in as before; their account can be signed in to with the provider, too.
    Linked,
}

/// Why somebody goes to a provider.
#[derive(Clone, Copy, Debug)]
pub enum UpstreamErrand<'e> {
    /// To sign in, with the flow that goes on afterwards, or none.
    SignIn(&'e str),
    /// To link their account with it: who it is, and the ticket of the page that offered it.
    Link(&'e SignedIn, &'e str),
}

/// A sign-in that is going on elsewhere; sealed, in the browser.
#[derive(Serialize, Deserialize)]
struct Pending {
    provider: String,
    flow: String,
    /// The account that is to be linked, where nobody is to be signed in.
    link: Option<Uuid>,
    state: String,
    nonce: String,
    verifier: String,
}

impl Engine {
    /// The providers of an API.
    pub fn upstream_providers(&self, caller: &Caller<'_>) -> Vec<UpstreamProvider> {
        self.registrations(caller).iter().map(|registration| registration.provider.clone()).collect()
    }

    fn registrations(&self, caller: &Caller<'_>) -> &[UpstreamRegistration] {
        self.options().upstreams.get(&caller.policy.name).map_or(&[], Vec::as_slice)
    }

    fn registration(
        &self,
        caller: &Caller<'_>,
        provider: &str,
    ) -> Result<&UpstreamRegistration, AccountError> {
        let mut all = self.registrations(caller).iter();
        all.find(|registration| registration.provider.name == provider).ok_or(AccountError::NotOffered)
    }

    /// Begins: where the browser goes.
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] when there is no such provider, [`AccountError::ProviderAway`] when it does not
    /// answer, [`AccountError::Stale`] when no page of ours offered to link it; when a second factor is due.
    pub async fn begin_upstream(
        &self,
        caller: &Caller<'_>,
        provider: &str,
        errand: UpstreamErrand<'_>,
    ) -> Result<UpstreamStart, AccountError> {
        let (flow, link) = match errand {
            UpstreamErrand::SignIn(flow) => (flow, None),
            UpstreamErrand::Link(who, ticket) => {
                self.check_wish(caller, provider, (who, ticket))?;
                ("", Some(who.account().id.uuid()))
            }
        };
        let registration = self.registration(caller, provider)?;
        let issuer = registration.issuer.as_str();
        let effects = (self.fetch(), self.clock());
        let metadata = self.providers().find(effects, issuer).await.map_err(|error| away(issuer, &error))?;
        let pending = Pending {
            provider: provider.to_owned(),
            flow: flow.to_owned(),
            link,
            state: self.random_text().expose().to_owned(),
            nonce: self.random_text().expose().to_owned(),
            // A verifier has 43 characters at least (RFC 7636 section 4.1).
            verifier: format!("{}{}", self.random_text().expose(), self.random_text().expose()),
        };
        let challenge = BASE64URL_NOPAD.encode(&sha256(pending.verifier.as_bytes()));
        let mut location = metadata.authorization_endpoint();
        let mut query = location.query_pairs_mut();
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", &registration.client_id),
            ("redirect_uri", &redirect_uri(caller)),
            ("scope", "openid email profile"),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        if metadata.claims_parameter_supported {
            query.append_pair("claims", CLAIMS);
        }
        drop(query);
        let state = self.seal_ceremony(&place(caller), LIFE, &pending)?;
        Ok(UpstreamStart { location: location.into(), state })
    }

    /// Takes the answer. Somebody new gets an account, if the provider knows that their address is theirs and no account
    /// here has it. An account is linked for the owner who went there, and in their session.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the answer is not to this browser or not to this session, or was taken before;
    /// [`AccountError::NotVouched`] when it is not good; [`AccountError::AddressTaken`] when an account has the address
    /// already, [`AccountError::IdentityTaken`] when one has the identity; [`AccountError::Conflict`] when the account is
    /// linked with the provider already; when too many were not good, or a part fails.
    pub async fn finish_upstream(
        &self,
        caller: &Caller<'_>,
        state: &str,
        query: &str,
        (from, who): (Origin, Option<&SignedIn>),
    ) -> Result<UpstreamArrival, AccountError> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let of_address = Source::address(from.address);
        let ticket = self.failures().admit(&of_address, per_address, self.clock()).await.map_err(Wait)?;
        let ceremony = self.unseal_ceremony::<Pending>(&place(caller), state)?;
        let pending = &ceremony.state;
        let registration = self.registration(caller, &pending.provider)?;
        let issuer = registration.issuer.as_str();
        let effects = (self.fetch(), self.clock());
        let metadata = self.providers().find(effects, issuer).await.map_err(|error| away(issuer, &error))?;
        let code = read_answer(query, pending, (issuer, metadata.names_itself))?;
        let asked = (code.as_str(), redirect_uri(caller));
        let vouched = self.ask_provider(registration, &metadata, (asked.0, &asked.1, pending)).await?;
        let identity = UpstreamIdentity { issuer: issuer.to_owned(), subject: vouched.subject.clone() };
        let (flow, link, pool) = (pending.flow.clone(), pending.link, Pool::Api(caller.api));
        let arrival = match link {
            None => {
                let entered = self.enter_vouched(pool, (identity, vouched), ceremony, from).await;
                let issued = self.counted(pool, entered)?;
                UpstreamArrival::SignedIn(Box::new(issued), flow)
            }
            Some(account) => {
                let who = who.filter(|who| who.account().id.uuid() == account).ok_or(AccountError::Stale)?;
                self.link_vouched(who, identity, ceremony).await?;
                UpstreamArrival::Linked
            }
        };
        ticket.give_back();
        Ok(arrival)
    }
}

/// The code in an answer, which has to be the answer to this sign-in, by this provider.
fn read_answer(query: &str, pending: &Pending, provider: (&str, bool)) -> Result<String, AccountError> {
    let answer = Parameters::from_form(query.as_bytes())
        .map_err(|_| AccountError::NotVouched("its answer cannot be read"))?;
    // In the cookie, the state is sealed: whoever knows it began the sign-in in this browser.
    if answer.get("state") != Some(pending.state.as_str()) {
        return Err(AccountError::Stale);
    }
    let (issuer, names_itself) = provider;
    // Another provider's answer in place of this one's (RFC 9207 section 2.4).
    if answer.get("iss").map_or(names_itself, |said| said != issuer) {
        return Err(AccountError::NotVouched("the answer came from somebody else"));
    }
    match (answer.get("error"), answer.get("code")) {
        (Some("access_denied"), _) => Err(AccountError::NotVouched("it was not allowed there")),
        (None, Some(code)) => Ok(code.to_owned()),
        _ => Err(AccountError::NotVouched("it refused")),
    }
}

fn redirect_uri(caller: &Caller<'_>) -> String {
    format!("{}{BACK}", caller.issuer)
}

/// Where a sealed state is good.
fn place(caller: &Caller<'_>) -> String {
    format!("upstream {} {}", caller.api, caller.issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://idp.test";

    fn read(query: &str, names_itself: bool) -> Result<String, AccountError> {
        let text = || "s".to_owned();
        let (provider, flow, state, nonce, verifier) = (text(), text(), text(), text(), text());
        let pending = Pending { provider, flow, link: None, state, nonce, verifier };
        read_answer(query, &pending, (ISSUER, names_itself))
    }

    #[test]
    fn mcp_08_an_answer_is_of_this_browser_and_of_this_provider() {
        assert_eq!(read("state=s&code=c&iss=https%3A%2F%2Fidp.test", true).unwrap(), "c");
        assert_eq!(read("state=s&code=c", false).unwrap(), "c");
        assert!(matches!(read("state=x&code=c", false), Err(AccountError::Stale)));
        assert!(matches!(read("code=c", false), Err(AccountError::Stale)));
        let bad = [
            ("state=s&code=c", true),
            ("state=s&code=c&iss=https%3A%2F%2Fevil.test", false),
            ("state=s&error=access_denied", false),
            ("state=s&error=server_error&code=c", false),
            ("state=s", false),
            ("state=s&code=c&code=d", false),
        ];
        for (query, names_itself) in bad {
            assert!(matches!(read(query, names_itself), Err(AccountError::NotVouched(_))), "{query}");
        }
    }
}
