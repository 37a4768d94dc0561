//! Fills a database for the OAuth rows of `cargo xtask bench`, through the engine, as the server would.
//!
//! `seed_oauth DIRECTORY ISSUER COUNT` reads `oauth.toml` and `master.key`, makes `claviger.db` with a client, a user who is
//! signed in and has consented, and so many of everything else: `keys.txt`, `opaque.txt` and `jwt.txt` (access
//! tokens), `refresh.txt` (a refresh token of each family). `client.txt` has the client's id, its secret and the
//! user's cookie, one a line.

use std::error::Error;
use std::fs;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use claviger_contract::Contract;
use claviger_domain::{
    Actor, Algorithm, Api, ApplicationType, ClientAuthentication, ClientMetadata, ClientPresentation,
    Environment, GrantType, KeyKind, Metadata, Origin, Pool, Profile, RedirectUri, ScopeSet, SubjectType,
    Terms, Timestamp, WorkspaceId,
};
use claviger_engine::{
    AuthenticatedClient, Caller, ClientRules, ConsentAnswer, Engine, IssuedClient, NewClient, NewKey,
    NewPassword, NewUser, NewWorkspace, Options, Parts, Password, SignIn, SignedIn, Step, TokenTerms,
};
use claviger_oauth::{ClientProof, Parameters, TokenRequest};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::{StreamExt, TryStreamExt, stream};

type Failure = Box<dyn Error + Send + Sync>;

/// Rows made at once: one group commit takes all that wait.
const AT_ONCE: usize = 256;
const REDIRECT: &str = "https://app.example/callback";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "nothing here is secret";
const GRANTS: [GrantType; 3] =
    [GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::RefreshToken];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(issuer), Some(count)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: seed_oauth DIRECTORY ISSUER COUNT".into());
    };
    let (directory, count) = (Path::new(&directory), count.parse::<usize>()?);
    let text = fs::read_to_string(directory.join("oauth.toml"))?;
    let contract = claviger_contract::parse("oauth.toml", &text)?.contract;
    let engine = open(directory).await?;
    let api = engine.install_policy(Arc::clone(contract.policy())).await?;
    let workspace = NewWorkspace { name: "Bench".parse()?, plan: None };
    let workspace = engine.create_workspace(&Actor::SYSTEM, workspace, None).await?.id;

    let made = make_client(&engine, &api, workspace).await?;
    let secret = made.secret.as_ref().ok_or("a client without a secret")?.expose();
    let cookie = make_user(&engine, &api, workspace).await?;
    fs::write(directory.join("client.txt"), format!("{}\n{secret}\n{cookie}\n", made.client.id))?;

    let shop = Shop { engine: &engine, contract: &contract, api: &api, issuer: &issuer };
    let client = shop.authenticate(&made, secret).await?;
    let who = engine.authenticate_session(cookie.as_bytes()).await?;
    let shop = &shop;
    write(directory, "keys.txt", count, || shop.key(workspace)).await?;
    write(directory, "opaque.txt", count, || shop.access(&client, "/token")).await?;
    write(directory, "jwt.txt", count, || shop.access(&client, "/token/es256")).await?;
    // The first asks for consent; the others find it.
    shop.refresh(&client, &who).await?;
    write(directory, "refresh.txt", count, || shop.refresh(&client, &who)).await
}

async fn open(directory: &Path) -> Result<Engine, Failure> {
    let url = format!("sqlite:{}", directory.join("claviger.db").display());
    let mut options = StoreOptions::new(url.parse()?);
    options.queue = AT_ONCE * 2;
    options.batch = AT_ONCE;
    #[expect(clippy::disallowed_methods, reason = "the server that uses what is made here has a real clock")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = Timestamp::from_seconds(i64::try_from(now.as_secs())?);
    let engine = Engine::new(Parts {
        fetch: Arc::new(claviger_engine::NoFetch),
        store: Store::open(&options).await?,
        master: MasterKey::parse(&fs::read_to_string(directory.join("master.key"))?)?,
        previous_masters: Vec::new(),
        clock: Arc::new(FakeClock::at(now)),
        entropy: Arc::new(SeededEntropy::new(2)),
        mailer: Arc::new(claviger_engine::NoMail),
        options: Options::default(),
    })?;
    engine.check_master_key().await?;
    Ok(engine)
}

async fn make_client(engine: &Engine, api: &Api, workspace: WorkspaceId) -> Result<IssuedClient, Failure> {
    let metadata = ClientMetadata {
        name: "Bench".parse()?,
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication: ClientAuthentication::SecretBasic,
        keys: None,
        grant_types: GRANTS.to_vec(),
        redirect_uris: vec![RedirectUri::parse(REDIRECT)?],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    };
    let new = NewClient { api: api.id, workspace, environment: Environment::Live, metadata };
    Ok(engine.create_client(&Actor::SYSTEM, new, None).await?)
}

/// Makes a user, signs them in, and answers their cookie.
async fn make_user(engine: &Engine, api: &Api, workspace: WorkspaceId) -> Result<String, Failure> {
    let new = NewUser {
        api: api.id,
        email: EMAIL.parse()?,
        is_email_verified: true,
        password: Some(NewPassword::choose(PASSWORD.to_owned())?),
        profile: Profile::default(),
        workspace: Some(workspace),
        environment: Environment::Live,
        scopes: None,
    };
    engine.create_user(&Actor::SYSTEM, new).await?;
    let attempt = SignIn {
        pool: Pool::Api(api.id),
        email: EMAIL.parse()?,
        password: Password::typed(PASSWORD.to_owned())?,
        origin: Origin::default(),
    };
    Ok(engine.sign_in(attempt).await?.cookie.expose().to_owned())
}

/// Makes `count` of something, many at once, and writes each on a line.
async fn write<F>(directory: &Path, name: &str, count: usize, make: impl Fn() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<String, Failure>>,
{
    let lines: Vec<String> = stream::iter(0..count).map(|_| make()).buffered(AT_ONCE).try_collect().await?;
    Ok(fs::write(directory.join(name), lines.join("\n"))?)
}

/// Where credentials are to be had.
struct Shop<'s> {
    engine: &'s Engine,
    contract: &'s Contract,
    api: &'s Api,
    issuer: &'s str,
}

impl Shop<'_> {
    fn caller(&self) -> Caller<'_> {
        Caller {
            api: self.api.id,
            policy: self.contract.policy(),
            environment: None,
            issuer: self.issuer,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: None,
        }
    }

    fn terms(&self, path: &str) -> Result<Terms, Failure> {
        let endpoint = self.contract.find_endpoint(&http::Method::POST, path, "");
        Ok(endpoint.and_then(|found| found.terms.clone()).ok_or("no such endpoint, or it issues nothing")?)
    }

    async fn authenticate(&self, made: &IssuedClient, secret: &str) -> Result<AuthenticatedClient, Failure> {
        let method = ClientAuthentication::SecretBasic;
        let proof = ClientProof::Secret { id: made.client.id.to_string(), secret: secret.to_owned(), method };
        let rules = ClientRules { methods: &[method], assertion: None, endpoint: "" };
        Ok(self.engine.authenticate_client(&self.caller(), &proof, &rules).await?)
    }

    async fn key(&self, workspace: WorkspaceId) -> Result<String, Failure> {
        let new = NewKey {
            api: self.api.id,
            workspace,
            environment: Environment::Live,
            kind: KeyKind::Single,
            name: "Bench".parse()?,
            scopes: ScopeSet::parse_spaced("read")?,
            not_before: None,
            expires_at: None,
            addresses: Vec::new(),
            limits: Vec::new(),
            metadata: Metadata::default(),
            is_canary: false,
        };
        Ok(self.engine.issue_key(&Actor::SYSTEM, new, None).await?.text.expose().to_owned())
    }

    /// An access token by client credentials.
    async fn access(&self, client: &AuthenticatedClient, path: &str) -> Result<String, Failure> {
        let request = TokenRequest::ClientCredentials { scopes: None, resources: Vec::new() };
        let terms = self.terms(path)?;
        let terms = TokenTerms { grants: &GRANTS, terms: &terms };
        let issued = self.engine.issue_token(&self.caller(), client, &request, &terms, None).await?;
        Ok(issued.access.expose().to_owned())
    }

    /// The refresh token of a new family, by a whole code flow.
    async fn refresh(&self, client: &AuthenticatedClient, who: &SignedIn) -> Result<String, Failure> {
        let id = client.client().id.to_string();
        let asked =
            [("response_type", "code"), ("client_id", &id), ("redirect_uri", REDIRECT), ("scope", "read")];
        let asked = asked.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked = Parameters::from_pairs(asked.to_vec());
        let caller = self.caller();
        let answer = match self.engine.begin_authorization(&caller, &asked, Some(who)).await? {
            Step::Consent(flow, _) => {
                self.engine.answer_consent(&caller, &flow, who, ConsentAnswer::Allow).await?
            }
            Step::Done(answer) => answer,
            Step::SignIn { .. } | Step::SecondFactor(_) | Step::SelectAccount(_) => {
                return Err("the user is not signed in".into());
            }
        };
        let (_, query) = answer.location.split_once('?').ok_or("an answer without a code")?;
        let given = Parameters::from_form(query.as_bytes()).map_err(|_| "an answer that is no form")?;
        let request = TokenRequest::AuthorizationCode {
            code: given.get("code").ok_or("an answer without a code")?.to_owned(),
            redirect_uri: Some(REDIRECT.to_owned()),
            code_verifier: None,
            resources: Vec::new(),
        };
        let terms = self.terms("/token")?;
        let terms = TokenTerms { grants: &GRANTS, terms: &terms };
        let issued = self.engine.issue_token(&caller, client, &request, &terms, None).await?;
        Ok(issued.refresh.ok_or("no refresh token")?.expose().to_owned())
    }
}
