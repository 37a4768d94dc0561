//! Signing in at another OpenID provider: the authorization code flow with PKCE, as its client.

mod provider;
mod vouched;

use std::time::Duration;

use claviger_domain::{Account, AccountId, Action, Email, Event, Method, Methods, Origin, Pool, Profile};
use claviger_oauth::{Parameters, Vouched};
use claviger_secrets::{Plain, sha256};
use claviger_store::UpstreamIdentity;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

pub(crate) use self::provider::Providers;
use self::vouched::away;
use super::AccountError;
use super::ceremony::Ceremony;
use crate::engine::Engine;
use crate::exchange::Caller;
use crate::failures::{Source, Wait};
use crate::sign_in::{IssuedSession, Ready, beginner};

/// How long somebody may be away.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// Where providers send browsers back to, below the issuer.
const BACK: &str = "/sign-in/back";
/// The longest name that is taken over, in characters.
const NAME: usize = 200;
/// What is asked for by name, since scopes alone open it at the userinfo endpoint only (OpenID Connect Core section 5.4).
const CLAIMS: &str = r#"{"id_token":{"email":null,"email_verified":null,"name":null}}"#;

/// A provider that people can sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamProvider {
    /// Its name in addresses: `a-z`, `0-9`, `-`.
    pub name: String,
    /// What people call it.
    pub title: String,
}

/// A provider, and who we are there.
#[derive(Clone, Debug)]
pub struct UpstreamRegistration {
    /// What people see of it.
    pub provider: UpstreamProvider,
    /// Its issuer, exactly as its metadata has it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Plain,
}

/// The way there.
#[derive(Clone, Debug)]
pub struct UpstreamStart {
    /// The provider's authorization endpoint with its parameters.
    pub location: String,
    /// What has to come back in a cookie of the same browser: sealed, good for ten minutes.
    pub state: String,
}

/// A sign-in that is going on elsewhere; sealed, in the browser.
#[derive(Serialize, Deserialize)]
struct Pending {
    provider: String,
    flow: String,
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
    /// answer.
    pub async fn begin_upstream(
        &self,
        caller: &Caller<'_>,
        provider: &str,
        flow: &str,
    ) -> Result<UpstreamStart, AccountError> {
        let registration = self.registration(caller, provider)?;
        let issuer = registration.issuer.as_str();
        let effects = (self.fetch(), self.clock());
        let metadata = self.providers().find(effects, issuer).await.map_err(|error| away(issuer, &error))?;
        let pending = Pending {
            provider: provider.to_owned(),
            flow: flow.to_owned(),
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

    /// Takes the answer: a session, and the flow that was going on. Somebody new gets an account, if the provider knows
    /// that their address is theirs and no account here has it.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the answer is not to this browser, or was taken before;
    /// [`AccountError::NotVouched`] when it is not good; [`AccountError::AddressTaken`] when an account has the address
    /// already; when too many were not good, or a part fails.
    pub async fn finish_upstream(
        &self,
        caller: &Caller<'_>,
        state: &str,
        query: &str,
        from: Origin,
    ) -> Result<(IssuedSession, String), AccountError> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let ticket =
            self.failures().take(&Source::address(from.address), per_address, self.now()).map_err(Wait)?;
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
        let flow = pending.flow.clone();
        let issued = self.enter_vouched(Pool::Api(caller.api), (identity, vouched), ceremony, from).await?;
        ticket.give_back();
        Ok((issued, flow))
    }

    /// A session for the account of an identity, which is made where there is none.
    async fn enter_vouched(
        &self,
        pool: Pool,
        (identity, vouched): (UpstreamIdentity, Vouched),
        ceremony: Ceremony<Pending>,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let known = self.find_vouched(pool, &identity).await?;
        let is_new = known.is_none();
        let account = match known {
            Some(account) => account,
            None => self.account_of(pool, vouched)?,
        };
        let Ceremony { lookup, ends_at, .. } = ceremony;
        let now = self.now();
        let mut ready = self.ready_session(&account, Methods::default().with(Method::Upstream), &from);
        let (row, cookie_lookup, made) = (ready.session.clone(), ready.lookup, account.clone());
        let audit = self.auditor(&beginner(&account, &row), now);
        let stored = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut row = row;
                    if !tx.insert_seen_once(&lookup, now, ends_at).await? {
                        return Err(AccountError::Stale);
                    }
                    if is_new {
                        if tx.find_account_by_email(pool, &made.email).await?.is_some() {
                            return Err(AccountError::AddressTaken);
                        }
                        tx.insert_account(&made, None).await?;
                        tx.insert_upstream_identity((pool, made.id), &identity, made.created_at).await?;
                    }
                    let totp = tx.find_totp(row.account).await?;
                    row.awaits_second_factor = totp.is_some_and(|totp| totp.confirmed_at.is_some());
                    tx.insert_session(&row, &cookie_lookup).await?;
                    if is_new {
                        audit.record(tx, Event::made(Action::UserSignedUp, &made)).await?;
                    }
                    audit.record(tx, Event::made(Action::SessionBegun, &row).of(made.workspace)).await?;
                    Ok(row)
                })
            })
            .await;
        ready.session = match stored {
            Ok(row) => row,
            // Somebody else was faster with the same address.
            Err(AccountError::Failed(crate::Error::Store(claviger_store::Error::Conflict { .. }))) => {
                return Err(AccountError::AddressTaken);
            }
            Err(error) => return Err(error),
        };
        if is_new {
            tracing::info!(account = %account.id, %pool, "an account was made for somebody from another provider");
        }
        Ok(Ready::issued(ready, account))
    }

    /// The account of an identity.
    async fn find_vouched(
        &self,
        pool: Pool,
        identity: &UpstreamIdentity,
    ) -> Result<Option<Account>, AccountError> {
        let mut read = self.store().read().await?;
        let Some(id) = read.find_upstream_identity(pool, identity).await? else { return Ok(None) };
        let account = read.find_account(id).await?.filter(|account| account.disabled_at.is_none());
        account.map(Some).ok_or(AccountError::NotVouched("your account here cannot be used"))
    }

    /// An account for somebody new, not kept yet. Its address is known to be theirs.
    fn account_of(&self, pool: Pool, vouched: Vouched) -> Result<Account, AccountError> {
        let email: Option<Email> = vouched.email.and_then(|email| email.parse().ok());
        let email =
            email.ok_or(AccountError::NotVouched("it does not say that an e-mail address is yours"))?;
        let now = self.now();
        let id = AccountId::generate_at(now, self.entropy());
        let profile = Profile { name: vouched.name.as_deref().and_then(tidy), ..Profile::default() };
        Ok(Account { profile, email_verified_at: Some(now), ..Account::new(id, pool, email, now) })
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

/// A name is text from outside: printable, short, and there.
fn tidy(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://idp.test";

    fn read(query: &str, names_itself: bool) -> Result<String, AccountError> {
        let text = || "s".to_owned();
        let pending =
            Pending { provider: text(), flow: text(), state: text(), nonce: text(), verifier: text() };
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

    #[test]
    fn a_name_is_made_printable_and_short() {
        assert_eq!(tidy(" Ada\u{7} ").as_deref(), Some("Ada"));
        assert_eq!(tidy(" \n"), None);
    }
}
