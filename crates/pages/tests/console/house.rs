//! A console over an engine of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use claviger_contract::{Deployment, Directory, Installed, parse};
use claviger_domain::{
    Account, Actor, Algorithm, ApplicationType, Client, ClientAuthentication, ClientMetadata,
    ClientPresentation, Email, Environment, GrantType, KeyFormat, KeyKind, KeyLifetimes, KeyShape, Label,
    Metadata, Origin, Policy, Profile, RedirectUri, Role, Scope, ScopeCatalog, ScopeDescription, ScopeSet,
    SubjectType, Subscription, Timestamp, TokenPolicy, WebhookId, WebhookMessageId, Workspace, WorkspaceId,
};
use claviger_engine::{
    Answered, Engine, Fetch, FetchError, FetchLimits, Fetched, Form, IssuedClient, IssuedKey, NewClient,
    NewKey, NewMember, NewPassword, NewUser, NewWebhook, NewWorkspace, Options, Outgoing, Parts,
};
use claviger_pages::{PagesState, SettingRow, Trial, TrialFailure, Trials, Tried, router};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::future::BoxFuture;
use http::StatusCode;

use crate::browser::{Browser, Mailbox};
use crate::files::Files;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The contract of the example API.
pub(crate) const CONTRACT: &str = include_str!("../../../../contracts/example.toml");
pub(crate) const ACTOR: Actor = Actor::LOCAL;

/// A network in which every address may be asked and nobody answers.
struct Anywhere;

impl Fetch for Anywhere {
    fn get<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn get_picture<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn may_ask(&self, _: &str) -> bool {
        true
    }

    fn post_message<'f>(
        &'f self,
        _: &'f str,
        _: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }
}

/// In place of a gateway: answers 200 with the header that it was sent, the credential among it.
struct StandIn;

impl Trials for StandIn {
    fn send(&self, trial: Trial) -> Pin<Box<dyn Future<Output = Result<Tried, TrialFailure>> + Send + '_>> {
        Box::pin(async move {
            if trial.request.uri().path() == "/v1/users/slow" {
                return Err(TrialFailure::TimedOut);
            }
            Ok(Tried {
                request_id: "req_trial".to_owned(),
                status: StatusCode::OK,
                headers: trial.request.headers().clone(),
                body: format!("<b>{}</b> {}", trial.environment, trial.request.uri()).into(),
                is_cut: false,
                principal: None,
                took: Duration::from_millis(7),
            })
        })
    }
}

pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) workspace: Workspace,
    pub(crate) installed: Arc<Installed>,
    pub(crate) router: Router,
    pub(crate) mailbox: Mailbox,
    pub(crate) files: Files,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(false).await
    }

    pub(crate) async fn with(is_secure: bool) -> Self {
        let house = Self::unclaimed(is_secure).await;
        let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
        house.engine.create_operator(&ACTOR, EMAIL.parse::<Email>().unwrap(), password).await.unwrap();
        house
    }

    /// A console without any operator.
    pub(crate) async fn unclaimed(is_secure: bool) -> Self {
        let store = Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap();
        let mailbox = Mailbox::default();
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let engine = Engine::new(Parts {
            store: store.clone(),
            master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
            previous_masters: Vec::new(),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
            mailer: Arc::new(mailbox.clone()),
            fetch: Arc::new(Anywhere),
            options: Options::default(),
        })
        .unwrap();
        for (name, prefix, kind) in [("sample", "sk_", KeyKind::Single), ("paired", "", KeyKind::Pair)] {
            engine.install_policy(Arc::new(policy(name, prefix, kind))).await.unwrap();
        }
        let new = NewWorkspace { name: "Acme".parse().unwrap(), plan: None };
        let workspace = engine.create_workspace(&ACTOR, new, None).await.unwrap();
        let contract = parse("example.toml", CONTRACT).unwrap().contract;
        let deployment =
            Deployment { issuer: Some("http://127.0.0.1:8080".to_owned()), ..Deployment::default() };
        let contract = contract.deployed(&deployment).unwrap();
        let api = engine.install_policy(Arc::clone(contract.policy())).await.unwrap();
        let installed = Arc::new(Installed { api: api.id, contract });
        let files = Files::new(CONTRACT, deployment);
        let directory = Directory::new([Arc::clone(&installed)]).unwrap();
        let directory = Arc::new(ArcSwap::from_pointee(directory));
        let state = PagesState {
            engine: engine.clone(),
            directory,
            is_secure,
            trials: Arc::new(StandIn),
            contracts: Arc::new(files.clone()),
            settings: settings(),
        };
        Self { engine, store, clock, workspace, installed, router: router(state), mailbox, files }
    }

    /// A browser that has not been here yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser whose user is signed in.
    pub(crate) async fn operator(&self) -> Browser {
        let mut browser = self.browser();
        let reply = browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!((reply.status, reply.location()), (303, "/console"), "{}", reply.body);
        browser
    }

    /// A webhook of the workspace, and a message to it.
    pub(crate) async fn webhook(&self) -> (WebhookId, WebhookMessageId) {
        let new = NewWebhook {
            workspace: Some(self.workspace.id),
            name: "Inventory".parse().unwrap(),
            address: "https://hooks.example/in".parse().unwrap(),
            events: Subscription::All,
        };
        let id = self.engine.create_webhook(&ACTOR, new, None).await.unwrap().webhook.id;
        (id, self.engine.test_webhook(&ACTOR, id).await.unwrap().id)
    }

    /// A confidential client of the example API.
    pub(crate) async fn client(&self, name: &str) -> IssuedClient {
        self.clock.advance(Duration::from_millis(1));
        let metadata = ClientMetadata {
            name: name.parse().unwrap(),
            presentation: ClientPresentation::default(),
            application_type: ApplicationType::Web,
            authentication: ClientAuthentication::SecretBasic,
            keys: None,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: vec![RedirectUri::parse("https://app.example/cb").unwrap()],
            post_logout_redirect_uris: Vec::new(),
            scopes: None,
            id_token_algorithm: Algorithm::Rs256,
            subject_type: SubjectType::Public,
            default_max_age: None,
            requires_pushed_requests: false,
            requires_dpop: true,
            access_lifetime: Some(Duration::from_secs(120)),
        };
        let (api, workspace) = (self.installed.api, self.workspace.id);
        let new = NewClient { api, workspace, environment: Environment::Live, metadata };
        self.engine.create_client(&ACTOR, new, None).await.unwrap()
    }

    /// The client as it is now.
    pub(crate) async fn find_client(&self, of: &IssuedClient) -> Client {
        self.engine.find_client(of.client.id).await.unwrap()
    }

    /// A user of the example API, with a password where one is given.
    pub(crate) async fn user(&self, email: &str, password: Option<&str>) -> Account {
        self.clock.advance(Duration::from_millis(1));
        let new = NewUser {
            api: self.installed.api,
            email: email.parse().unwrap(),
            is_email_verified: true,
            password: password.map(|text| NewPassword::choose(text.to_owned()).unwrap()),
            profile: Profile::default(),
            workspace: None,
            environment: Environment::Live,
            scopes: None,
        };
        self.engine.create_user(&ACTOR, new).await.unwrap()
    }

    /// Somebody with an account who is a member of this workspace, signed in to the portal.
    pub(crate) async fn member(&self, email: &str, role: Role, workspace: WorkspaceId) -> Browser {
        let new = NewMember {
            name: Some("Mia".to_owned()),
            password: NewPassword::choose(PASSWORD.to_owned()).unwrap(),
            origin: Origin::default(),
        };
        self.engine.create_member(email.parse().unwrap(), new, vec![(workspace, role)]).await.unwrap();
        let mut browser = self.browser();
        let reply = browser.sign_in_to_portal(email, PASSWORD).await;
        assert_eq!((reply.status, reply.location()), (303, "/portal"), "{}", reply.body);
        browser
    }

    pub(crate) async fn issue(&self, api: &str, name: &str) -> IssuedKey {
        // One id is later than the one before only from one millisecond to the next.
        self.clock.advance(Duration::from_millis(1));
        let api = self.engine.find_api(api).unwrap();
        let new = NewKey {
            api: api.api.id,
            workspace: self.workspace.id,
            environment: Environment::Live,
            kind: api.policy.key_formats[0].kind,
            name: name.parse::<Label>().unwrap(),
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            not_before: None,
            expires_at: None,
            addresses: Vec::new(),
            limits: Vec::new(),
            metadata: Metadata::default(),
            is_canary: false,
        };
        self.engine.issue_key(&ACTOR, new, None).await.unwrap()
    }
}

fn settings() -> Arc<[SettingRow]> {
    let row = |key: &str, value: &str, source: Option<&str>| SettingRow {
        key: key.to_owned(),
        value: value.to_owned(),
        source: source.map(str::to_owned),
        about: key.to_owned(),
        meaning: format!("What {key} means."),
    };
    Arc::new([
        row("server.listen", "\"0.0.0.0:8443\"", Some("$CLAVIGER__SERVER__LISTEN")),
        row("server.http2", "true", None),
        row("limits.shared", "\"(hidden)\"", Some("claviger.toml")),
    ])
}

fn policy(name: &str, prefix: &str, kind: KeyKind) -> Policy {
    let scope = |name: &str, description: &str, implies: &[&str]| {
        let implies = implies.iter().map(|s| s.parse().unwrap()).collect();
        (name.parse::<Scope>().unwrap(), ScopeDescription { description: description.to_owned(), implies })
    };
    let format = |environment: Environment| KeyFormat {
        prefix: if prefix.is_empty() { "".into() } else { format!("{prefix}{environment}_").into() },
        shape: if prefix.is_empty() { KeyShape::Uuid } else { KeyShape::Checked { random: 30 } },
        kind,
        environment,
    };
    Policy {
        name: name.parse().unwrap(),
        key_formats: Environment::ALL.map(format).into(),
        scopes: ScopeCatalog::new(
            [scope("read", "Look at <things>.", &[]), scope("write", "Change things.", &["read"])].into(),
        )
        .unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: Duration::from_secs(7 * 86_400),
            retention: Duration::from_secs(30 * 86_400),
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: Default::default(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        sandbox: Default::default(),
        access_tokens: Vec::new(),
        responses: Default::default(),
        tokens: TokenPolicy::default(),
    }
}
