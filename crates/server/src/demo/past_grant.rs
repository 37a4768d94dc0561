//! OAuth access tokens that have ended: bought, like those of [`super::past`], from an engine whose clock is behind.

use std::net::Ipv4Addr;

use claviger_contract::{Contract, Installed, Purpose};
use claviger_domain::{ApiId, ClientAuthentication, GrantType, Origin, Pool};
use claviger_engine::{
    AuthenticatedClient, Caller, ClientRules, ConsentAnswer, Engine, OAuthError, Password, PasswordError,
    SessionError, SignIn, SignInError, SignedIn, Step, TokenTerms,
};
use claviger_oauth::{ClientProof, Parameters, TokenRequest};
use claviger_settings::Settings;

use super::credentials::{Facts, text_of};
use super::past::{self, PastError};
use super::seed::{ContractSeed, ExpiredGrantSeed, ProofSeed, UserSeed};

/// Why there is no OAuth token of the past.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PastGrantError {
    #[error(transparent)]
    Past(#[from] PastError),
    #[error("the demo's contract `{0}` has no token endpoint, or no client that could use it")]
    NoClient(String),
    #[error("a token of the past was refused")]
    Refused(#[from] OAuthError),
    #[error("the demo's user could not sign in in the past")]
    SignIn(#[from] SignInError),
    #[error("the demo's user was not signed in in the past")]
    Session(#[from] SessionError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("the demo's user could not consent in the past")]
    NoCode,
}

/// Buys an access token at a time at which it would have ended by now.
pub(super) async fn buy(
    settings: &Settings,
    installed: &Installed,
    (seed, expired): (&ContractSeed, &ExpiredGrantSeed),
    facts: &Facts,
) -> Result<Facts, PastGrantError> {
    let contract = &installed.contract;
    let nobody = || PastGrantError::NoClient(contract.name().to_string());
    let endpoint = contract.token_endpoints().iter().find(|endpoint| endpoint.purpose == Purpose::Token);
    let terms = endpoint.and_then(|found| found.terms.clone()).ok_or_else(nobody)?;
    let (core, api) = past::open(settings, contract, terms.access.lifetime).await?;
    let purchase = Purchase { engine: &core.engine, contract, api, seed, facts };
    let client = purchase.client().await?;
    let request = match expired.grant {
        GrantType::AuthorizationCode => purchase.code().await?,
        _ => TokenRequest::ClientCredentials { scopes: None, resources: Vec::new() },
    };
    let terms = TokenTerms { grants: &[expired.grant], terms: &terms };
    let issued = core.engine.issue_token(&purchase.caller(), &client, &request, &terms, None).await?;
    if expired.grant == GrantType::AuthorizationCode {
        purchase.forget_consent().await?;
    }
    core.store.close().await;
    Ok(Facts::from_iter([(expired.field.clone(), issued.access.expose().into())]))
}

/// A purchase by the contract's first client, and its first user where one is needed.
struct Purchase<'p> {
    engine: &'p Engine,
    contract: &'p Contract,
    api: ApiId,
    seed: &'p ContractSeed,
    facts: &'p Facts,
}

impl Purchase<'_> {
    fn caller(&self) -> Caller<'_> {
        past::caller(self.contract, self.api)
    }

    fn nobody(&self) -> PastGrantError {
        PastGrantError::NoClient(self.contract.name().to_string())
    }

    fn fact(&self, field: &str) -> Result<&str, PastGrantError> {
        text_of(self.facts, field).ok_or_else(|| self.nobody())
    }

    async fn client(&self) -> Result<AuthenticatedClient, PastGrantError> {
        let seed = self.seed.clients.first().ok_or_else(|| self.nobody())?;
        let ProofSeed::Secret(secret_field) = &seed.proof else { return Err(self.nobody()) };
        let proof = ClientProof::Secret {
            id: self.fact(&seed.field)?.to_owned(),
            secret: self.fact(secret_field)?.to_owned(),
            method: ClientAuthentication::SecretBasic,
        };
        let rules =
            ClientRules { methods: &[ClientAuthentication::SecretBasic], assertion: None, endpoint: "" };
        Ok(self.engine.authenticate_client(&self.caller(), &proof, &rules).await?)
    }

    /// A code that the user's consent gives.
    async fn code(&self) -> Result<TokenRequest, PastGrantError> {
        let client = self.seed.clients.first().ok_or_else(|| self.nobody())?;
        let redirect = client.redirect.as_ref().ok_or_else(|| self.nobody())?.uri.as_str();
        let asked = [
            ("response_type", "code"),
            ("client_id", self.fact(&client.field)?),
            ("redirect_uri", redirect),
            ("state", "past"),
        ];
        let asked = asked.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked = Parameters::from_pairs(asked.to_vec());
        let who = self.sign_in().await?;
        let caller = self.caller();
        let answer = match self.engine.begin_authorization(&caller, &asked, Some(&who)).await? {
            Step::Consent(flow, _) => {
                self.engine.answer_consent(&caller, &flow, &who, ConsentAnswer::Allow).await?
            }
            Step::Done(answer) => answer,
            Step::SignIn { .. } | Step::SecondFactor(_) | Step::SelectAccount(_) => {
                return Err(PastGrantError::NoCode);
            }
        };
        self.engine.sign_out(&who).await?;
        let query = answer.location.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let given = Parameters::from_form(query.as_bytes()).map_err(|_| PastGrantError::NoCode)?;
        Ok(TokenRequest::AuthorizationCode {
            code: given.get("code").ok_or(PastGrantError::NoCode)?.to_owned(),
            redirect_uri: Some(redirect.to_owned()),
            code_verifier: None,
            resources: Vec::new(),
        })
    }

    /// Takes the consent back, so that whoever tries the demo is asked.
    async fn forget_consent(&self) -> Result<(), PastGrantError> {
        let who = self.sign_in().await?;
        for application in self.engine.list_connected_applications(&who).await? {
            self.engine.revoke_own_grant(&who, application.grant.id).await?;
        }
        Ok(self.engine.sign_out(&who).await?)
    }

    async fn sign_in(&self) -> Result<SignedIn, PastGrantError> {
        let user = self.seed.users.first().ok_or_else(|| self.nobody())?;
        let attempt = SignIn {
            pool: Pool::Api(self.api),
            email: user.email.clone(),
            password: Password::typed(self.fact(&password_field(user))?.to_owned())?,
            origin: Origin { address: Some(Ipv4Addr::LOCALHOST.into()), agent: None },
        };
        let issued = self.engine.sign_in(attempt).await?;
        Ok(self.engine.authenticate_session(issued.cookie.expose().as_bytes()).await?)
    }
}

fn password_field(user: &UserSeed) -> String {
    match &user.group {
        Some(group) => format!("{group}.{}", user.password_field),
        None => user.password_field.clone(),
    }
}
