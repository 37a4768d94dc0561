//! Fills a database for the pages of `cargo xtask bench`, through the engine, as a deployment of some age would have it.
//!
//! `seed_pages DIRECTORY KEYS` reads `oauth.toml` and `master.key` and makes `claviger.db`: so many keys of more than a
//! year, half of them one workspace's, the others of two thousand; most work, some are revoked or disabled, a third is in
//! use; what was recorded of them; usage of ten thousand keys in each hour of the last day; findings, applications and
//! users. `pages.txt` says whom and what to ask for, `name=value` in each line, and is written last.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use claviger_domain::{
    Actor, Algorithm, Api, ApplicationType, ClientAuthentication, ClientMetadata, ClientPresentation, Clock,
    Environment, Evidence, FindingId, GrantType, Key, KeyKind, Metadata, Occurrence, Origin, Profile,
    RedirectUri, Role, Rule, ScopeSet, Subject, SubjectType, Tally, Timestamp, UsageName, WorkspaceId,
};
use claviger_engine::{
    Engine, NewClient, NewKey, NewMember, NewPassword, NewUser, NewWorkspace, Options, Parts,
};
use claviger_secrets::MasterKey;
use claviger_store::{MinuteTally, Store, StoreOptions, Touch, UsageBatch};
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;

/// Rows made at once: one group commit takes all that wait.
const AT_ONCE: usize = 512;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The first key is so old.
const AGE: Duration = DAY.saturating_mul(400);
const WORKSPACES: usize = 2_000;
const IN_USE: usize = 10_000;
const FINDINGS: usize = 2_000;
const CLIENTS: usize = 5_000;
const USERS: usize = 20_000;
const OPERATOR: &str = "operator@example.com";
const MEMBER: &str = "member@example.com";
const PASSWORD: &str = "nothing here is secret";
/// Of what names are made.
const WORDS: [&str; 10] = [
    "Billing", "Reports", "Search", "Import", "Mobile", "Partner", "Nightly", "Webhook", "Staging", "Backend",
];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(keys)) = (arguments.next(), arguments.next()) else {
        return Err("usage: seed_pages DIRECTORY KEYS".into());
    };
    let (directory, keys) = (Path::new(&directory), keys.parse::<usize>()?);
    #[expect(clippy::disallowed_methods, reason = "the server that uses what is made here has a real clock")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = Timestamp::from_seconds(i64::try_from(now.as_secs())?);
    let clock = FakeClock::at(now.minus(AGE));
    let (engine, store) = open(directory, &clock).await?;
    let text = fs::read_to_string(directory.join("oauth.toml"))?;
    let contract = claviger_contract::parse("oauth.toml", &text)?.contract;
    let api = engine.install_policy(Arc::clone(contract.policy())).await?;
    let seed = Seed { engine, store, clock, api, now };

    let workspaces = seed.workspaces().await?;
    let first = *workspaces.first().ok_or("no workspace was made")?;
    let issued = seed.keys(&workspaces, keys).await?;
    seed.end_some(&issued).await?;
    seed.clients(&workspaces).await?;
    seed.users().await?;
    seed.people(first).await?;
    seed.clock.set(now);
    seed.findings(&issued).await?;
    seed.usage(&issued).await?;
    let mut text = format!("operator={OPERATOR}\nmember={MEMBER}\npassword={PASSWORD}\nworkspace={first}\n");
    let long_ago = now.minus(AGE / 2).to_string();
    writeln!(text, "long_ago={}", long_ago.split('T').next().unwrap_or_default())?;
    for (name, share) in [("old", 10), ("middle", 2)] {
        let key = issued.get(keys / share / 2 * 2).ok_or("too few keys")?;
        let last_four = key.generations.first().map_or("", |generation| &*generation.hint.last_four);
        write!(text, "{name}={}\n{name}_name={}\n{name}_last_four={last_four}\n", key.id, key.name)?;
    }
    seed.store.close().await;
    Ok(fs::write(directory.join("pages.txt"), text)?)
}

async fn open(directory: &Path, clock: &FakeClock) -> Result<(Engine, Store), Failure> {
    let url = format!("sqlite:{}", directory.join("claviger.db").display());
    let mut options = StoreOptions::new(url.parse()?);
    options.queue = AT_ONCE * 2;
    options.batch = AT_ONCE;
    let store = Store::open(&options).await?;
    let engine = Engine::new(Parts {
        fetch: Arc::new(claviger_engine::NoFetch),
        store: store.clone(),
        master: MasterKey::parse(&fs::read_to_string(directory.join("master.key"))?)?,
        previous_masters: Vec::new(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(3)),
        mailer: Arc::new(claviger_engine::NoMail),
        options: Options::default(),
    })?;
    engine.check_master_key().await?;
    Ok((engine, store))
}

/// A deployment that is being filled.
struct Seed {
    engine: Engine,
    store: Store,
    clock: FakeClock,
    api: Api,
    now: Timestamp,
}

impl Seed {
    async fn workspaces(&self) -> Result<Vec<WorkspaceId>, Failure> {
        let made = stream::iter(0..WORKSPACES)
            .map(|number| async move {
                self.clock.advance(Duration::from_millis(1));
                let workspace = NewWorkspace { name: format!("Partner {number}").parse()?, plan: None };
                Ok::<_, Failure>(self.engine.create_workspace(&Actor::SYSTEM, workspace, None).await?.id)
            })
            .buffered(AT_ONCE);
        made.try_collect().await
    }

    async fn keys(&self, workspaces: &[WorkspaceId], keys: usize) -> Result<Vec<Key>, Failure> {
        let pause = AGE / u32::try_from(keys.max(1))?;
        let made = stream::iter(0..keys)
            .map(|number| async move {
                self.clock.advance(pause);
                let [one, two] =
                    [number, number / 10].map(|at| WORDS.get(at % 10).copied().unwrap_or_default());
                // The first has every other key, the others share the rest.
                let at = if number % 2 == 0 { 0 } else { 1 + number / 2 % (workspaces.len() - 1) };
                let expires_at = (number % 10 == 3).then(|| self.now.plus(DAY * 20));
                let new = NewKey {
                    api: self.api.id,
                    workspace: *workspaces.get(at).ok_or("no such workspace")?,
                    environment: if number % 8 < 2 { Environment::Test } else { Environment::Live },
                    kind: KeyKind::Single,
                    name: format!("{one} {two} {number}").parse()?,
                    scopes: ScopeSet::parse_spaced("read")?,
                    not_before: None,
                    expires_at,
                    addresses: Vec::new(),
                    limits: Vec::new(),
                    metadata: Metadata::default(),
                    is_canary: false,
                };
                Ok::<_, Failure>(self.engine.issue_key(&Actor::SYSTEM, new, None).await?.key)
            })
            .buffered(AT_ONCE);
        made.try_collect().await
    }

    /// Revokes one of fifty, disables one of a thousand, and lets a third of the others have been used this week.
    async fn end_some(&self, keys: &[Key]) -> Result<(), Failure> {
        let ended = |(number, _): &(usize, &Key)| number % 50 == 9 || number % 1_000 == 7;
        stream::iter(keys.iter().enumerate().filter(ended))
            .map(|(number, key)| {
                let (id, at) = (key.id, key.created_at.plus(DAY));
                self.store.write::<_, claviger_store::Error, _>(move |tx| {
                    Box::pin(async move {
                        if number % 50 == 9 {
                            tx.revoke_key(id, at, "system").await
                        } else {
                            tx.disable_key(id, at, "system").await
                        }
                    })
                })
            })
            .buffered(AT_ONCE)
            .try_collect::<Vec<bool>>()
            .await?;
        let used: Vec<_> = keys.iter().step_by(3).filter_map(|key| key.generations.first()).collect();
        for some in used.chunks(1_000) {
            let touch = |number, secret| Touch {
                secret,
                at: self.now.minus(Duration::from_secs(number)),
                address: None,
                agent: None,
            };
            let touches: Vec<_> = (0..).zip(some).map(|(number, text)| touch(number, text.id)).collect();
            let touched = self.store.write::<_, claviger_store::Error, _>(move |tx| {
                Box::pin(async move { tx.touch_generations(touches).await.map(drop) })
            });
            touched.await?;
        }
        Ok(())
    }

    async fn clients(&self, workspaces: &[WorkspaceId]) -> Result<(), Failure> {
        let made = stream::iter(0..CLIENTS).map(|number| async move {
            let metadata = ClientMetadata {
                name: format!("Application {number}").parse()?,
                presentation: ClientPresentation::default(),
                application_type: ApplicationType::Web,
                authentication: ClientAuthentication::SecretBasic,
                keys: None,
                grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
                redirect_uris: vec![RedirectUri::parse("https://app.example/callback")?],
                post_logout_redirect_uris: Vec::new(),
                scopes: None,
                id_token_algorithm: Algorithm::Rs256,
                subject_type: SubjectType::Public,
                default_max_age: None,
                requires_pushed_requests: false,
                requires_dpop: false,
                access_lifetime: None,
            };
            let workspace = *workspaces.get(number % 10).ok_or("no such workspace")?;
            let new = NewClient { api: self.api.id, workspace, environment: Environment::Live, metadata };
            self.engine.create_client(&Actor::SYSTEM, new, None).await?;
            Ok::<_, Failure>(())
        });
        made.buffered(AT_ONCE).try_collect().await
    }

    async fn users(&self) -> Result<(), Failure> {
        let made = stream::iter(0..USERS).map(|number| async move {
            let new = NewUser {
                api: self.api.id,
                email: format!("user{number}@example.com").parse()?,
                is_email_verified: true,
                password: None,
                profile: Profile::default(),
                workspace: None,
                environment: Environment::Live,
                scopes: None,
            };
            self.engine.create_user(&Actor::SYSTEM, new).await?;
            Ok::<_, Failure>(())
        });
        made.buffered(AT_ONCE).try_collect().await
    }

    /// The operator and the member who look at the pages.
    async fn people(&self, workspace: WorkspaceId) -> Result<(), Failure> {
        let password = || NewPassword::choose(PASSWORD.to_owned());
        self.engine.create_operator(&Actor::SYSTEM, OPERATOR.parse()?, password()?).await?;
        let member = NewMember { name: None, password: password()?, origin: Origin::default() };
        self.engine.create_member(MEMBER.parse()?, member, vec![(workspace, Role::Owner)]).await?;
        Ok(())
    }

    async fn findings(&self, keys: &[Key]) -> Result<(), Failure> {
        let some: Vec<_> = keys.iter().rev().take(FINDINGS).collect();
        for key in some {
            let found = Occurrence {
                rule: Rule::KeyInBrowser,
                subject: Subject::Credential(key.id.to_string().into()),
                api: Some(key.api),
                workspace: Some(key.workspace),
                evidence: Evidence::From { networks: Vec::new() },
                at: self.now,
            };
            let id = FindingId::generate_at(self.clock.now(), self.engine.entropy());
            let raised = self.store.write::<_, claviger_store::Error, _>(move |tx| {
                Box::pin(async move { tx.raise_finding(id, &found).await })
            });
            raised.await?;
        }
        Ok(())
    }

    /// Some requests of each of the keys in use in each hour of the last day, one in ten of them refused.
    async fn usage(&self, keys: &[Key]) -> Result<(), Failure> {
        for hours_ago in 0..24_u32 {
            let minute = self.now.minus(Duration::from_secs(60 * 60) * hours_ago);
            for (part, some) in (0..).zip(keys.chunks(keys.len().div_ceil(20).max(1))) {
                let tally = |(number, key): (usize, &Key)| {
                    let reason = (number % 10 == 0).then_some(claviger_domain::DenialReason::Expired);
                    let name = UsageName {
                        api: key.api,
                        workspace: Some(key.workspace),
                        credential: Some(key.id.to_string().into()),
                        route: Some("/items".into()),
                        status: Some(if reason.is_some() { 401 } else { 200 }),
                        reason,
                    };
                    MinuteTally { minute, name, tally: Tally::one(Some(Duration::from_millis(3))) }
                };
                let tallies = some.iter().enumerate().take(IN_USE / 20).map(tally).collect();
                let id = Uuid::from_u128(u128::from(hours_ago) << 8 | u128::from(u32::try_from(part)?));
                let batch = UsageBatch { tallies, ..UsageBatch::new(id, part) };
                let folded = self.store.write::<_, claviger_store::Error, _>(move |tx| {
                    Box::pin(async move {
                        tx.insert_usage_batch(&batch).await?;
                        tx.fold_usage().await
                    })
                });
                folded.await?;
            }
        }
        Ok(())
    }
}
