//! One API with a user, clients that ask for tokens, and the way from the authorization endpoint to them.

use std::time::Duration;

use claviger_domain::{
    AccessToken, Account, AccountId, Algorithm, ApplicationType, ClientAuthentication, ClientMetadata,
    ClientPresentation, Environment, Facts, GrantType, Origin, Pkce, Policy, Pool, RedirectUri, RefreshToken,
    Reuse, ScopeSet, SubjectType, Terms, Timestamp, TokenPolicy, TokenShape,
};
use claviger_engine::{
    AuthenticatedClient, Authorization, Caller, ClientRules, ConsentAnswer, Flow, Issued, NewClient,
    OAuthError, Options, Password, SignIn, SignedIn, Step, TokenTerms,
};
use claviger_oauth::{ClientProof, ErrorCode, Parameters, TokenRequest};
use claviger_secrets::PasswordHash;
use claviger_testkit::{FakeClock, SeededEntropy};

use crate::house::{ACTOR, House, policy};

const PASSWORD: &str = "correct horse battery";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) struct Scene {
    pub(crate) house: House,
    user: Account,
}

pub(crate) fn set(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).unwrap()
}

fn access() -> AccessToken {
    AccessToken { shape: TokenShape::Opaque { prefix: "tok_".to_owned() }, lifetime: HOUR }
}

pub(crate) fn refresh() -> RefreshToken {
    RefreshToken { shape: TokenShape::Uuid, lifetime: Some(30 * 24 * HOUR), idle: None }
}

fn with_users() -> Policy {
    Policy {
        access_tokens: vec![access().shape],
        tokens: TokenPolicy {
            default_scopes: set("read"),
            pkce: Pkce::PublicClients,
            has_users: true,
            grant_types: GrantType::ALL.to_vec(),
            client_authentication: ClientAuthentication::ALL.to_vec(),
            access: Some(access()),
            refresh: Some(refresh()),
            ..TokenPolicy::default()
        },
        ..policy()
    }
}

pub(crate) fn terms() -> Terms {
    Terms { access: access(), refresh: Some(refresh()), reuse: Reuse::Never, max_sessions: None }
}

fn metadata(authentication: ClientAuthentication) -> ClientMetadata {
    ClientMetadata {
        name: "Robot".parse().unwrap(),
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication,
        keys: None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        redirect_uris: vec![RedirectUri::parse(CALLBACK).unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> Parameters {
    Parameters::from_pairs(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, OAuthError>) -> ErrorCode {
    match answer {
        Err(OAuthError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// A parameter of the answer to a client.
pub(crate) fn field(answer: &Authorization, name: &str) -> Option<String> {
    let (_, query) = answer.location.split_once('?')?;
    let pairs = Parameters::from_form(query.as_bytes()).unwrap();
    pairs.get(name).map(str::to_owned)
}

impl Scene {
    pub(crate) async fn on(url: &str) -> Self {
        Self::with(url, Options::default()).await
    }

    /// The same, with these sizes and times.
    pub(crate) async fn with(url: &str, options: Options) -> Self {
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let house = House::with_options(url, (1, options), clock, with_users()).await;
        let now = house.clock_now();
        let id = AccountId::generate_at(now, &SeededEntropy::new(9));
        let user = Account::new(id, Pool::Api(house.api.id), "ada@example.com".parse().unwrap(), now);
        let password = Password::typed(PASSWORD.to_owned()).unwrap();
        let hash = PasswordHash::create(&password, &SeededEntropy::new(8)).unwrap();
        let row = user.clone();
        let insert = house.store.write::<_, claviger_store::Error, _>(move |tx| {
            Box::pin(async move { tx.insert_account(&row, Some(&hash)).await })
        });
        insert.await.unwrap();
        Self { house, user }
    }

    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller {
            api: self.house.api.id,
            policy: &self.house.policy,
            environment: None,
            issuer: "https://sample.example",
            address: "192.0.2.1".parse().unwrap(),
            user_agent: None,
        }
    }

    pub(crate) async fn sign_in(&self) -> SignedIn {
        let attempt = SignIn {
            pool: Pool::Api(self.house.api.id),
            email: self.user.email.clone(),
            password: Password::typed(PASSWORD.to_owned()).unwrap(),
            origin: Origin::default(),
        };
        let issued = self.house.engine.sign_in(attempt).await.unwrap();
        self.house.engine.authenticate_session(issued.cookie.expose().as_bytes()).await.unwrap()
    }

    pub(crate) async fn client(&self, authentication: ClientAuthentication) -> AuthenticatedClient {
        let new = NewClient {
            api: self.house.api.id,
            workspace: self.house.workspace.id,
            environment: Environment::Live,
            metadata: metadata(authentication),
        };
        let made = self.house.engine.create_client(&ACTOR, new, None).await.unwrap();
        let id = made.client.id.to_string();
        let proof = match made.secret {
            Some(secret) => {
                ClientProof::Secret { id, secret: secret.expose().to_owned(), method: authentication }
            }
            None => ClientProof::Public { id },
        };
        let rules = ClientRules { methods: &ClientAuthentication::ALL, assertion: None, endpoint: "" };
        self.house.engine.authenticate_client(&self.caller(), &proof, &rules).await.unwrap()
    }

    pub(crate) async fn confidential(&self) -> AuthenticatedClient {
        self.client(ClientAuthentication::SecretBasic).await
    }

    pub(crate) fn request(client: &AuthenticatedClient, extra: &[(&str, &str)]) -> Parameters {
        let id = client.client().id.to_string();
        let fixed = [
            ("client_id", id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("state", "s&1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let is_replaced = |name: &str| extra.iter().any(|(other, _)| *other == name);
        let pairs: Vec<_> = fixed.into_iter().filter(|(name, _)| !is_replaced(name)).collect();
        let kept = pairs.into_iter().chain(extra.iter().copied()).filter(|(_, value)| !value.is_empty());
        form(&kept.collect::<Vec<_>>())
    }

    pub(crate) async fn begin(
        &self,
        parameters: &Parameters,
        who: Option<&SignedIn>,
    ) -> Result<Step, OAuthError> {
        self.house.engine.begin_authorization(&self.caller(), parameters, who).await
    }

    pub(crate) async fn allow(&self, flow: &Flow, who: &SignedIn) -> Authorization {
        self.house.engine.answer_consent(&self.caller(), flow, who, ConsentAnswer::Allow).await.unwrap()
    }

    /// Begins as someone who is signed in, and consents where they are asked.
    pub(crate) async fn code(
        &self,
        client: &AuthenticatedClient,
        extra: &[(&str, &str)],
        who: &SignedIn,
    ) -> String {
        let answer = match self.begin(&Self::request(client, extra), Some(who)).await.unwrap() {
            Step::Consent(flow, _) => self.allow(&flow, who).await,
            Step::Done(answer) => answer,
            other => panic!("{other:?}"),
        };
        field(&answer, "code").unwrap()
    }

    pub(crate) async fn token(
        &self,
        client: &AuthenticatedClient,
        request: &TokenRequest,
    ) -> Result<Issued, OAuthError> {
        let terms = terms();
        let terms = TokenTerms { grants: &GrantType::ALL, terms: &terms };
        self.house.engine.issue_token(&self.caller(), client, request, &terms, None).await
    }

    pub(crate) async fn redeem(
        &self,
        client: &AuthenticatedClient,
        code: &str,
        verifier: Option<&str>,
    ) -> Result<Issued, OAuthError> {
        let request = TokenRequest::AuthorizationCode {
            code: code.to_owned(),
            redirect_uri: Some(CALLBACK.to_owned()),
            code_verifier: verifier.map(str::to_owned),
            resources: Vec::new(),
        };
        self.token(client, &request).await
    }

    pub(crate) async fn refresh(
        &self,
        client: &AuthenticatedClient,
        token: &str,
    ) -> Result<Issued, OAuthError> {
        let refresh_token = token.to_owned();
        let request = TokenRequest::RefreshToken { refresh_token, scopes: None, resources: Vec::new() };
        self.token(client, &request).await
    }

    pub(crate) async fn said(&self, issued: &Issued) -> &'static str {
        self.house.ask(issued.access.expose(), &Facts::none()).await.code()
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.house.clock.advance(time);
    }
}

pub(crate) fn refresh_text(issued: &Issued) -> String {
    issued.refresh.as_ref().unwrap().expose().to_owned()
}
