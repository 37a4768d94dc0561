//! Months of what clients and users do, with the clean-up in between: nothing grows for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{
    AccessToken, AccountId, Algorithm, ApplicationType, AssertionRules, ClientAuthentication, ClientKeys,
    ClientMetadata, ClientPresentation, Clock, Environment, GrantType, Policy, RedirectUri, RefreshToken,
    Reuse, ScopeSet, SubjectType, Terms, Timestamp, TokenPolicy, TokenShape,
};
use claviger_engine::{
    AuthenticatedClient, CleanUp, ClientRules, ConsentAnswer, Issued, NewClient, SignedIn, Step, TokenTerms,
};
use claviger_oauth::{ClientProof, Parameters, TokenRequest};
use claviger_secrets::{KeyPair, PasswordHash};
use claviger_testkit::{FakeClock, SeededEntropy};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::house::{ACTOR, House, policy, postgres};
use crate::people::{ADA, PASSWORD, email, typed};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// [`CYCLE`] before, everything has been deleted for the first time: families live 10 days and are known for 7 more,
/// sessions and revoked grants for 30.
const SETTLED: u32 = 44;
/// Before the first signing key is followed by another, which would stay.
const END: u32 = 64;
/// Days in which whatever comes and goes has come and gone: the family that is refreshed once a day is relieved of its old
/// tokens every eighth time.
const CYCLE: u32 = 8;
/// No statement of the clean-up takes more.
const BATCH: u64 = 500;

#[tokio::test]
async fn nothing_grows_for_ever_on_sqlite() {
    Soak::on("sqlite::memory:").await.run().await;
}

#[tokio::test]
async fn nothing_grows_for_ever_on_postgres() {
    Soak::on(&postgres()).await.run().await;
}

#[tokio::test]
async fn a_clean_up_of_many_rows_takes_many_small_transactions() {
    let house = House::in_memory().await;
    let ends_at = house.clock_now().plus(HOUR);
    for lookup in 0..1_234_u32 {
        let insert = house.store.write::<_, claviger_store::Error, _>(move |tx| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&lookup.to_be_bytes());
            Box::pin(async move { tx.insert_seen_once(&bytes, Timestamp::from_seconds(0), ends_at).await })
        });
        insert.await.unwrap();
    }
    house.clock.advance(HOUR);
    let done = house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!((done.deleted()["seen_once"], done.largest_transaction()), (1_234, BATCH));
    assert_eq!(done.to_string(), "seen_once=1234");
    assert_eq!(house.engine.deleted_rows()["seen_once"], 1_234, "and the metrics say so");
    let again = house.engine.clean_up().await.unwrap().unwrap();
    assert!(again.deleted().is_empty() && again.transactions() < done.transactions());
}

struct Soak {
    house: House,
    pair: KeyPair,
    secret: AuthenticatedClient,
    public: AuthenticatedClient,
    /// Proves itself by a key, and pushes what it asks for.
    robot: String,
    /// The refresh token of a family that is never left unused.
    endless: Option<String>,
    count: u64,
}

fn access(shape: TokenShape) -> AccessToken {
    AccessToken { shape, lifetime: HOUR }
}

fn opaque() -> TokenShape {
    TokenShape::Opaque { prefix: "tok_".to_owned() }
}

fn jwt() -> TokenShape {
    TokenShape::Jwt { algorithm: Algorithm::EdDsa, claims: Vec::new() }
}

fn terms(access: AccessToken) -> Terms {
    let refresh = RefreshToken { shape: opaque(), lifetime: Some(10 * DAY), idle: None };
    Terms { access, refresh: Some(refresh), reuse: Reuse::Never, max_sessions: None }
}

/// A refresh token that lives for as long as it is used.
fn endless() -> Terms {
    let refresh = RefreshToken { shape: opaque(), lifetime: None, idle: Some(3 * DAY) };
    Terms { refresh: Some(refresh), ..terms(access(opaque())) }
}

fn rules() -> Policy {
    Policy {
        access_tokens: vec![opaque(), jwt()],
        tokens: TokenPolicy {
            default_scopes: ScopeSet::parse_spaced("read").unwrap(),
            has_users: true,
            grant_types: GrantType::ALL.to_vec(),
            client_authentication: ClientAuthentication::ALL.to_vec(),
            longest_access: HOUR,
            access: Some(access(opaque())),
            refresh: terms(access(opaque())).refresh,
            ..TokenPolicy::default()
        },
        ..policy()
    }
}

fn metadata(authentication: ClientAuthentication, keys: Option<ClientKeys>) -> ClientMetadata {
    let mut grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode];
    if authentication != ClientAuthentication::None {
        grant_types.push(GrantType::ClientCredentials);
    }
    ClientMetadata {
        name: "Robot".parse().unwrap(),
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication,
        keys,
        grant_types,
        redirect_uris: vec![RedirectUri::parse("https://app.example/cb").unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::EdDsa,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    }
}

fn for_itself() -> TokenRequest {
    TokenRequest::ClientCredentials { scopes: None, resources: Vec::new() }
}

impl Soak {
    async fn on(url: &str) -> Self {
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let house = House::with(url, 1, clock, rules()).await;
        let id = AccountId::generate_at(house.clock_now(), &SeededEntropy::new(9));
        let ada = claviger_domain::Account::new(id, house.pool(), email(ADA), house.clock_now());
        let hash = PasswordHash::create(&typed(PASSWORD), &SeededEntropy::new(8)).unwrap();
        let insert = house.store.write::<_, claviger_store::Error, _>(move |tx| {
            Box::pin(async move { tx.insert_account(&ada, Some(&hash)).await })
        });
        insert.await.unwrap();
        let pair = KeyPair::generate(Algorithm::Es256).unwrap();
        let set = json!({ "keys": [pair.public_jwk("one").unwrap()] }).to_string();
        let robot = metadata(ClientAuthentication::PrivateKeyJwt, Some(ClientKeys::Inline(set)));
        let (robot, _) = client(&house, robot).await;
        let (id, secret) = client(&house, metadata(ClientAuthentication::SecretBasic, None)).await;
        let method = ClientAuthentication::SecretBasic;
        let secret = proved(&house, ClientProof::Secret { id, secret: secret.unwrap(), method }).await;
        let (id, _) = client(&house, metadata(ClientAuthentication::None, None)).await;
        let public = proved(&house, ClientProof::Public { id }).await;
        Self { house, pair, secret, public, robot, endless: None, count: 0 }
    }

    async fn run(mut self) {
        let mut most = [BTreeMap::new(), BTreeMap::new()];
        for day in 1..=END {
            self.day().await;
            let counts = self.house.store.read().await.unwrap().count_rows().await.unwrap();
            for (from, most) in [SETTLED, END].into_iter().zip(&mut most) {
                if (from - CYCLE..=from).contains(&day) {
                    for (table, rows) in &counts {
                        let known: &mut u64 = most.entry(table.clone()).or_default();
                        *known = (*rows).max(*known);
                    }
                }
            }
        }
        let [early, late] = most;
        assert!(
            early["token_family"] > 80 && early["token"] > 10 && early["authorization_code"] > 5,
            "{early:?}"
        );
        // The audit record is kept for ever: a row for each thing that somebody did, none for tokens.
        for (table, rows) in late.iter().filter(|(table, _)| *table != "audit") {
            assert!(*rows <= early[table], "{table} grows: {early:?}, then {late:?}");
        }
    }

    /// What happens in a day, with the clean-up four times.
    async fn day(&mut self) {
        let who = self.house.signed_in(PASSWORD).await;
        self.robot_at_work().await;
        self.flows(&who).await;
        self.clean_up(6 * HOUR).await;
        self.keep_endless_family(None).await;
        self.clean_up(6 * HOUR).await;
        let who = self.house.signed_in(PASSWORD).await;
        self.devices(&who).await;
        self.clean_up(6 * HOUR).await;
        self.clean_up(6 * HOUR).await;
    }

    async fn clean_up(&self, pause: Duration) {
        self.house.clock.advance(pause);
        let done: CleanUp = self.house.engine.clean_up().await.unwrap().unwrap();
        assert!(done.largest_transaction() <= BATCH, "{done}");
    }

    /// Assertions, tokens with and without rows, revocations.
    async fn robot_at_work(&mut self) {
        let engine = self.house.engine.clone();
        for _ in 0..3 {
            self.count += 1;
            let now = self.house.clock.now().seconds();
            let claims = json!({"iss": self.robot, "sub": self.robot, "aud": self.caller().issuer,
                "iat": now, "exp": now + 60, "jti": self.count.to_string()});
            let encode = |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
            let signed = format!("{}.{}", encode(json!({"alg": "ES256", "kid": "one"})), encode(claims));
            let signature = BASE64URL_NOPAD.encode(&self.pair.sign(signed.as_bytes()).unwrap());
            let assertion = format!("{signed}.{signature}");
            let robot = proved(&self.house, ClientProof::Assertion { id: None, assertion }).await;
            for shape in [opaque(), jwt()] {
                let issued = self.buy(&robot, &for_itself(), &terms(access(shape))).await;
                engine.revoke_token(&self.caller(), &robot, issued.access.expose()).await.unwrap();
            }
        }
    }

    /// Code flows, some of which end in refreshes, some nowhere; pushed requests; consents taken back.
    async fn flows(&mut self, who: &SignedIn) {
        let kept = terms(access(opaque()));
        let secret = self.secret.clone();
        for is_pushed in [false, true, false] {
            self.code(&secret, is_pushed, who).await;
            let code = self.code(&secret, is_pushed, who).await;
            let mut issued = self.buy(&secret, &code, &kept).await;
            for _ in 0..2 {
                issued = self.refresh(&secret, &issued, &kept).await;
            }
        }
        let public = self.public.clone();
        // One a day is never used again: only its disuse ends it.
        let code = self.code(&public, false, who).await;
        self.buy(&public, &code, &endless()).await;
        if self.endless.is_none() {
            let code = self.code(&public, false, who).await;
            let issued = self.buy(&public, &code, &endless()).await;
            self.keep_endless_family(Some(&issued)).await;
        }
        let engine = self.house.engine.clone();
        for application in engine.list_connected_applications(who).await.unwrap() {
            if application.grant.client == secret.client().id {
                engine.revoke_own_grant(who, application.grant.id).await.unwrap();
            }
        }
    }

    async fn keep_endless_family(&mut self, first: Option<&Issued>) {
        let text = match first {
            Some(issued) => issued.refresh.as_ref().map(|text| text.expose().to_owned()),
            None => {
                let request = refresh_of(self.endless.as_deref().unwrap());
                let issued = self.buy(&self.public.clone(), &request, &endless()).await;
                issued.refresh.as_ref().map(|text| text.expose().to_owned())
            }
        };
        self.endless = text;
    }

    async fn devices(&self, who: &SignedIn) {
        let engine = &self.house.engine;
        for is_answered in [true, false] {
            let made = engine.start_device(&self.caller(), &self.secret, None, &[]).await.unwrap();
            if is_answered {
                let typed = made.user_code.expose();
                engine.answer_device(&self.caller(), typed, who, ConsentAnswer::Allow).await.unwrap();
                let request = TokenRequest::DeviceCode { device_code: made.device_code.expose().to_owned() };
                self.buy(&self.secret, &request, &terms(access(jwt()))).await;
            }
        }
    }

    fn caller(&self) -> claviger_engine::Caller<'_> {
        self.house.auth_caller()
    }

    async fn code(&mut self, client: &AuthenticatedClient, is_pushed: bool, who: &SignedIn) -> TokenRequest {
        self.count += 1;
        let verifier = format!("{:043}", self.count);
        let challenge = BASE64URL_NOPAD.encode(&claviger_secrets::sha256(verifier.as_bytes()));
        let id = client.client().id.to_string();
        let asked = form(&[
            ("client_id", &id),
            ("redirect_uri", "https://app.example/cb"),
            ("response_type", "code"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let (engine, caller) = (&self.house.engine, self.caller());
        let asked = if is_pushed {
            let (uri, _) = engine.push_authorization(&caller, client, &asked).await.unwrap();
            form(&[("client_id", &id), ("request_uri", &uri)])
        } else {
            asked
        };
        let answer = match engine.begin_authorization(&caller, &asked, Some(who)).await.unwrap() {
            Step::Consent(flow, _) => {
                engine.answer_consent(&caller, &flow, who, ConsentAnswer::Allow).await.unwrap()
            }
            Step::Done(answer) => answer,
            other => panic!("{other:?}"),
        };
        let (_, query) = answer.location.split_once('?').unwrap();
        TokenRequest::AuthorizationCode {
            code: Parameters::from_form(query.as_bytes()).unwrap().get("code").unwrap().to_owned(),
            redirect_uri: Some("https://app.example/cb".to_owned()),
            code_verifier: Some(verifier),
            resources: Vec::new(),
        }
    }

    async fn refresh(&self, client: &AuthenticatedClient, issued: &Issued, terms: &Terms) -> Issued {
        self.buy(client, &refresh_of(issued.refresh.as_ref().unwrap().expose()), terms).await
    }

    async fn buy(&self, client: &AuthenticatedClient, request: &TokenRequest, terms: &Terms) -> Issued {
        let terms = TokenTerms { grants: &GrantType::ALL, terms };
        self.house.engine.issue_token(&self.caller(), client, request, &terms, None).await.unwrap()
    }
}

fn form(pairs: &[(&str, &str)]) -> Parameters {
    Parameters::from_pairs(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

fn refresh_of(text: &str) -> TokenRequest {
    TokenRequest::RefreshToken { refresh_token: text.to_owned(), scopes: None, resources: Vec::new() }
}

/// A new client's id and secret.
async fn client(house: &House, metadata: ClientMetadata) -> (String, Option<String>) {
    let (api, workspace) = (house.api.id, house.workspace.id);
    let new = NewClient { api, workspace, environment: Environment::Live, metadata };
    let made = house.engine.create_client(&ACTOR, new, None).await.unwrap();
    (made.client.id.to_string(), made.secret.map(|secret| secret.expose().to_owned()))
}

async fn proved(house: &House, proof: ClientProof) -> AuthenticatedClient {
    let assertion = AssertionRules {
        algorithms: vec![Algorithm::Es256],
        max_age: Duration::from_secs(300),
        endpoint_audience: false,
        key_id_required: false,
    };
    let rules =
        ClientRules { methods: &ClientAuthentication::ALL, assertion: Some(&assertion), endpoint: "" };
    house.engine.authenticate_client(&house.auth_caller(), &proof, &rules).await.unwrap()
}
