use super::*;

use claviger_domain::{
    Algorithm, ApiId, ApplicationType, ClientAuthentication, ClientId, ClientMetadata, ClientOrigin,
    ClientPresentation, Clock, Environment, GrantType, KeyLifetimes, Policy, ScopeCatalog, SubjectType,
    WorkspaceId,
};
use claviger_secrets::{KeyPair, MasterKey, sha256};
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};

use super::super::asking::DpopProof;
use crate::engine::Parts;
use crate::fetch::{Answered, Fetch, FetchError, FetchLimits, Fetched, Form, Outgoing};
use crate::options::Options;

const ISSUER: &str = "https://auth.example.com";
const ENDPOINT: &str = "https://auth.example.com/oauth/token";
const ADDRESS: &str = "https://client.example/jwks";

/// A network with one document.
struct OneDocument(String);

impl Fetch for OneDocument {
    fn get<'f>(&'f self, url: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let body = self.0.clone().into_bytes();
            if url == ADDRESS { Ok(Fetched { body, max_age: None }) } else { Err(FetchError::Address) }
        })
    }

    fn get_picture<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn may_ask(&self, _: &str) -> bool {
        false
    }

    fn post_message<'f>(
        &'f self,
        _: &'f str,
        _: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }
}

struct Scene {
    engine: Engine,
    clock: FakeClock,
    policy: Policy,
    pair: KeyPair,
    client: Client,
}

impl Scene {
    async fn new() -> Self {
        let pair = KeyPair::generate(Algorithm::Es256).unwrap();
        let set = json!({ "keys": [pair.public_jwk("one").unwrap()] }).to_string();
        let clock = FakeClock::default();
        let engine = Engine::new(Parts {
            store: Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap(),
            master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
            previous_masters: Vec::new(),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(7)),
            mailer: Arc::new(crate::NoMail),
            fetch: Arc::new(OneDocument(set.clone())),
            options: Options::default(),
        })
        .unwrap();
        let client = client(ClientKeys::Inline(set), clock.now());
        Self { engine, clock, policy: policy(), pair, client }
    }

    fn caller(&self) -> Caller<'_> {
        Caller {
            api: self.client.api,
            policy: &self.policy,
            environment: None,
            issuer: ISSUER,
            address: "192.0.2.1".parse().unwrap(),
            user_agent: None,
        }
    }

    fn jwt(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.pair.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    fn assertion(&self, id: &str, kid: &str) -> String {
        let name = self.client.id.to_string();
        let end = self.clock.now().seconds() + 60;
        let claims = json!({"iss": name, "sub": name, "aud": ISSUER, "exp": end, "jti": id});
        self.jwt(&json!({"alg": "ES256", "kid": kid}), &claims)
    }

    async fn check(&self, assertion: &str) -> Result<(), OAuthError> {
        let methods = &[ClientAuthentication::PrivateKeyJwt];
        let rules = ClientRules { methods, assertion: None, endpoint: ENDPOINT };
        self.engine.check_assertion(&self.caller(), &self.client, assertion, &rules).await
    }
}

fn policy() -> Policy {
    Policy {
        name: "sample".parse().unwrap(),
        key_formats: Vec::new(),
        scopes: ScopeCatalog::default(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: Duration::ZERO,
            retention: Duration::ZERO,
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: Default::default(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        access_tokens: Vec::new(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens: Default::default(),
    }
}

fn client(keys: ClientKeys, now: Timestamp) -> Client {
    let metadata = ClientMetadata {
        name: "Robot".parse().unwrap(),
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication: ClientAuthentication::PrivateKeyJwt,
        keys: Some(keys),
        grant_types: vec![GrantType::ClientCredentials],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    };
    Client {
        id: ClientId::from_uuid(uuid::Uuid::from_bytes([1; 16])),
        api: ApiId::from_uuid(uuid::Uuid::nil()),
        workspace: WorkspaceId::from_uuid(uuid::Uuid::nil()),
        environment: Environment::Live,
        metadata,
        origin: ClientOrigin::Managed,
        disabled_at: None,
        last_used_at: None,
        created_at: now,
        created_by: "local".to_owned(),
        updated_at: now,
        updated_by: "local".to_owned(),
    }
}

fn said(result: Result<(), OAuthError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn bcp_39_an_assertion_works_once_however_many_send_it_at_once() {
    let scene = Scene::new().await;
    let assertion = scene.assertion("one", "one");
    assert_eq!(Engine::assertion_subject(&assertion), Some(scene.client.id.to_string()));
    let results = join_all((0..20).map(|_| scene.check(&assertion))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(said(scene.check(&assertion).await).contains("used before"));
    assert_eq!(said(scene.check(&scene.assertion("two", "one")).await), "");
}

#[tokio::test]
async fn an_assertion_is_checked_by_the_keys_of_its_client_alone() {
    let mut scene = Scene::new().await;
    assert!(said(scene.check(&scene.assertion("a", "other")).await).contains("not signed"), "another kid");
    let good = scene.assertion("b", "one");
    scene.pair = KeyPair::generate(Algorithm::Es256).unwrap();
    assert!(said(scene.check(&scene.assertion("b", "one")).await).contains("not signed"), "another key");
    assert_eq!(said(scene.check(&good).await), "", "what failed has not used up the name");
    scene.client.metadata.keys = None;
    assert!(said(scene.check(&good).await).contains("no keys"));
    assert!(said(scene.check("x.y.z").await).contains("no JWT"));
}

#[tokio::test]
async fn keys_may_be_at_an_address_and_one_that_fails_is_a_refusal() {
    let mut scene = Scene::new().await;
    scene.client.metadata.keys = Some(ClientKeys::Address(ADDRESS.to_owned()));
    assert_eq!(said(scene.check(&scene.assertion("one", "one")).await), "");
    scene.client.metadata.keys = Some(ClientKeys::Address("https://10.0.0.1/jwks".to_owned()));
    assert!(said(scene.check(&scene.assertion("two", "one")).await).contains("jwks_uri"));
}

#[tokio::test]
async fn bcp_48_a_proof_of_possession_names_its_key_and_works_once() {
    let scene = Scene::new().await;
    let jwk = scene.pair.public_jwk("any").unwrap();
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    let at = scene.clock.now().seconds();
    let ath = BASE64URL_NOPAD.encode(&sha256(b"token"));
    let claims = |id: &str| json!({"jti": id, "htm": "POST", "htu": ENDPOINT, "iat": at, "ath": ath});
    let (first, second) = (scene.jwt(&header, &claims("one")), scene.jwt(&header, &claims("two")));
    let proof = |jwt| DpopProof { jwt, method: "POST", url: ENDPOINT };
    let thumbprint = scene.engine.check_possession(proof(&first), None).await.unwrap();
    assert_eq!(Some(thumbprint.clone()), claviger_secrets::jwk_thumbprint(&jwk));
    assert!(scene.engine.check_possession(proof(&first), None).await.is_err());
    assert!(scene.engine.check_possession(proof(&second), Some("other")).await.is_err());
    assert_eq!(scene.engine.check_possession(proof(&second), Some("token")).await.unwrap(), thumbprint);
    let (forged, _) = first.rsplit_once('.').unwrap();
    let (_, signature) = second.rsplit_once('.').unwrap();
    let forged = format!("{forged}.{signature}");
    assert!(scene.engine.check_possession(proof(&forged), None).await.is_err());
    let stolen = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": KeyPair::generate(Algorithm::Es256).unwrap().public_jwk("x").unwrap()});
    let stolen = scene.jwt(&stolen, &claims("three"));
    assert!(scene.engine.check_possession(proof(&stolen), None).await.is_err());
}
