//! Things to store.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Algorithm, Api, ApiId, ApplicationType, Client, ClientAuthentication, ClientId,
    ClientKeys, ClientMetadata, ClientOrigin, ClientPresentation, ClientSecret, ClientSecretId, Clock,
    Entropy, Environment, GrantType, Key, KeyGeneration, KeyHint, KeyId, KeyKind, KeyState, Limit, Metadata,
    Method, Methods, OperatorScope, OperatorToken, OperatorTokenId, Origin, Pace, Page, PageRequest,
    Partition, Pool, RedirectUri, ScopeSet, SecretId, Session, SessionId, SubjectType, Timestamp, Workspace,
    WorkspaceId, WorkspaceState,
};
use claviger_secrets::PasswordHash;
use claviger_store::{Error, Store};
use claviger_testkit::{FakeClock, SeededEntropy};

/// Runs one call in a transaction of its own and unwraps its result.
macro_rules! write {
    ($store:expr, |$tx:ident| $call:expr) => {
        $store
            .write::<_, claviger_store::Error, _>(move |$tx| Box::pin(async move { $call.await }))
            .await
            .unwrap()
    };
}
pub(crate) use write;

pub(crate) struct Samples {
    pub(crate) clock: FakeClock,
    pub(crate) entropy: SeededEntropy,
}

/// An API and a workspace that are stored, and one of its keys.
pub(crate) struct Planted {
    pub(crate) api: Api,
    pub(crate) workspace: Workspace,
    pub(crate) key: Key,
}

impl Samples {
    pub(crate) fn new() -> Self {
        Self { clock: FakeClock::default(), entropy: SeededEntropy::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        self.entropy.fill(&mut hash);
        hash
    }

    pub(crate) fn api(&self, name: &str) -> Api {
        Api {
            id: ApiId::generate(&self.clock, &self.entropy),
            name: name.parse().unwrap(),
            created_at: self.now(),
        }
    }

    pub(crate) fn workspace(&self) -> Workspace {
        // One id is later than the one before only from one millisecond to the next.
        self.clock.advance(Duration::from_millis(1));
        Workspace {
            id: WorkspaceId::generate(&self.clock, &self.entropy),
            name: "Łódź & Söhne".parse().unwrap(),
            plan: Some("enterprise".parse().unwrap()),
            state: WorkspaceState::Active,
            created_at: self.now(),
            created_by: "local".to_owned(),
            updated_at: self.now(),
            updated_by: "local".to_owned(),
        }
    }

    pub(crate) fn generation(&self) -> KeyGeneration {
        KeyGeneration {
            id: SecretId::generate(&self.clock, &self.entropy),
            lookup: self.hash(),
            hint: KeyHint { prefix: "sk_live_".into(), last_four: "wXyZ".into() },
            created_at: self.now(),
            retires_at: None,
            last_used_at: None,
            last_used_address: None,
            last_used_agent: None,
        }
    }

    /// A key with something in every column.
    pub(crate) fn key(&self, api: &Api, workspace: &Workspace) -> Key {
        self.clock.advance(Duration::from_millis(1));
        let metadata = serde_json::json!({"z": [1, null], "a": "\u{1F511}"});
        let burst = Limit::even("burst".parse().unwrap(), NonZeroU32::MIN, NonZeroU32::MIN);
        let limit = Limit { partition: Partition::Workspace, pace: Pace::Month, ..burst };
        Key {
            id: KeyId::generate(&self.clock, &self.entropy),
            api: api.id,
            workspace: workspace.id,
            environment: Environment::Live,
            kind: KeyKind::Single,
            name: "Ärger 100%".parse().unwrap(),
            scopes: ScopeSet::parse_spaced("write read").unwrap(),
            state: KeyState::Active,
            not_before: Some(self.now()),
            expires_at: Some(self.now().plus(Duration::from_secs(3600))),
            addresses: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            limits: vec![limit],
            metadata: Metadata::try_from(metadata.as_object().unwrap().clone()).unwrap(),
            generations: vec![self.generation()],
            secret: None,
            restriction: None,
            is_canary: false,
            created_at: self.now(),
            created_by: "local".to_owned(),
            updated_at: self.now(),
            updated_by: "local".to_owned(),
        }
    }

    /// A client with something in every column.
    pub(crate) fn client(&self, api: &Api, workspace: &Workspace) -> Client {
        self.clock.advance(Duration::from_millis(1));
        let uri = |text: &str| RedirectUri::parse(text).unwrap();
        Client {
            id: ClientId::generate(&self.clock, &self.entropy),
            api: api.id,
            workspace: workspace.id,
            environment: Environment::Test,
            metadata: ClientMetadata {
                name: "Ärger 100%".parse().unwrap(),
                presentation: ClientPresentation {
                    description: Some("\u{1F511}".to_owned()),
                    contacts: vec!["ada@app.example".to_owned()],
                    ..ClientPresentation::default()
                },
                application_type: ApplicationType::Native,
                authentication: ClientAuthentication::SecretPost,
                keys: Some(ClientKeys::Address("https://app.example/jwks".to_owned())),
                grant_types: GrantType::ALL.to_vec(),
                redirect_uris: vec![uri("com.example.app:/cb"), uri("https://app.example/cb?x=1")],
                post_logout_redirect_uris: vec![uri("https://app.example/bye")],
                scopes: Some(ScopeSet::parse_spaced("write read").unwrap()),
                id_token_algorithm: Algorithm::Es256,
                subject_type: SubjectType::Pairwise,
                default_max_age: Some(Duration::from_secs(60)),
                requires_pushed_requests: true,
                requires_dpop: true,
                access_lifetime: Some(Duration::from_secs(300)),
            },
            origin: ClientOrigin::Open,
            disabled_at: Some(self.now()),
            last_used_at: Some(self.now()),
            created_at: self.now(),
            created_by: "local".to_owned(),
            updated_at: self.now(),
            updated_by: "system".to_owned(),
        }
    }

    pub(crate) fn client_secret(&self) -> ClientSecret {
        self.clock.advance(Duration::from_millis(1));
        ClientSecret {
            id: ClientSecretId::generate(&self.clock, &self.entropy),
            lookup: self.hash(),
            last_four: "wXyZ".to_owned(),
            created_at: self.now(),
            retires_at: None,
        }
    }

    pub(crate) fn operator_token(&self) -> OperatorToken {
        self.clock.advance(Duration::from_millis(1));
        OperatorToken {
            id: OperatorTokenId::generate(&self.clock, &self.entropy),
            name: "gateway".parse().unwrap(),
            scopes: [OperatorScope::Verify, OperatorScope::KeysRead].into_iter().collect(),
            expires_at: None,
            revoked_at: None,
            created_at: self.now(),
            created_by: "system".to_owned(),
        }
    }

    pub(crate) fn account(&self, email: &str) -> Account {
        self.clock.advance(Duration::from_millis(1));
        let id = AccountId::generate(&self.clock, &self.entropy);
        Account::new(id, Pool::Instance, email.parse().unwrap(), self.now())
    }

    pub(crate) fn session(&self, account: AccountId) -> Session {
        self.clock.advance(Duration::from_millis(1));
        Session {
            id: SessionId::generate(&self.clock, &self.entropy),
            account,
            created_at: self.now(),
            authenticated_at: self.now(),
            methods: Methods::default().with(Method::Password),
            awaits_second_factor: false,
            last_seen_at: self.now(),
            expires_at: self.now().plus(Duration::from_secs(12 * 3600)),
            idle_limit: Duration::from_secs(1800),
            origin: Origin::new(Some("2001:db8::7".parse().unwrap()), Some("Łynx/2.9")),
            ended_at: None,
        }
    }

    /// A stored account with a password that nobody knows.
    pub(crate) async fn plant_account(&self, store: &Store, email: &str) -> Account {
        let account = self.account(email);
        let row = account.clone();
        write!(store, |tx| tx.insert_account(&row, Some(&PasswordHash::of_nobody().unwrap())));
        account
    }

    pub(crate) async fn plant(&self, store: &Store) -> Planted {
        let api = self.api("example");
        let workspace = self.workspace();
        let key = self.key(&api, &workspace);
        let rows = (api.clone(), workspace.clone());
        store
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    tx.register_api(&rows.0).await?;
                    tx.insert_workspace(&rows.1).await
                })
            })
            .await
            .unwrap();
        insert_key(store, &key).await;
        Planted { api, workspace, key }
    }
}

pub(crate) async fn insert_key(store: &Store, key: &Key) {
    let key = key.clone();
    store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_key(&key).await })).await.unwrap();
}

pub(crate) async fn find_key(store: &Store, id: KeyId) -> Option<Key> {
    store.read().await.unwrap().find_key(id, None).await.unwrap()
}

pub(crate) const fn page(limit: u16) -> PageRequest {
    PageRequest { before: None, limit }
}

/// The page that follows.
pub(crate) fn after<T>(page: &Page<T>, limit: u16) -> PageRequest {
    PageRequest { before: page.next, limit }
}
