//! Fills a database with keys for `cargo xtask bench`, through the engine, as the server would make them.
//!
//! `seed DIRECTORY KEYS` reads `contract.toml` and `master.key`, makes `claviger.db` with so many keys, and writes
//! `stored.txt` (up to 10,000 of them), `unknown.txt` (as many well-formed keys that were never stored), `junk.txt`
//! (the same with a wrong checksum) and `operator.token`.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use claviger_domain::{
    Actor, Api, Environment, KeyKind, Metadata, OperatorScope, Policy, ScopeSet, WorkspaceId,
};
use claviger_engine::{Engine, NewKey, NewOperatorToken, NewWorkspace, Options, Parts};
use claviger_secrets::{MasterKey, generate_key};
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::{StreamExt, TryStreamExt, stream};

type Failure = Box<dyn Error + Send + Sync>;

/// Keys that the load tool rotates over.
const SAMPLE: usize = 10_000;
/// Keys made at once: one group commit takes all that wait.
const AT_ONCE: usize = 512;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(keys)) = (arguments.next(), arguments.next()) else {
        return Err("usage: seed DIRECTORY KEYS".into());
    };
    let (directory, keys) = (Path::new(&directory), keys.parse::<usize>()?);
    let text = fs::read_to_string(directory.join("contract.toml"))?;
    let contract = claviger_contract::parse("contract.toml", &text)?.contract;
    let policy = Arc::clone(contract.policy());
    let engine = open(directory).await?;
    let api = engine.install_policy(Arc::clone(&policy)).await?;

    let scopes = [OperatorScope::Verify].into_iter().collect();
    let token = NewOperatorToken { name: "bench".parse()?, scopes, expires_at: None };
    let token = engine.issue_operator_token(&Actor::SYSTEM, None, token).await?;
    fs::write(directory.join("operator.token"), token.text.expose())?;

    let workspace = NewWorkspace { name: "Bench".parse()?, plan: None };
    let workspace = engine.create_workspace(&Actor::SYSTEM, workspace, None).await?.id;
    let stored = issue_all(&engine, &api, workspace, keys).await?;
    fs::write(directory.join("stored.txt"), stored.join("\n"))?;
    write_strangers(directory, &engine, &policy, stored.len())
}

async fn open(directory: &Path) -> Result<Engine, Failure> {
    let url = format!("sqlite:{}", directory.join("claviger.db").display());
    let mut options = StoreOptions::new(url.parse()?);
    options.queue = AT_ONCE * 2;
    options.batch = AT_ONCE;
    let engine = Engine::new(Parts {
        fetch: Arc::new(claviger_engine::NoFetch),
        store: Store::open(&options).await?,
        master: MasterKey::parse(&fs::read_to_string(directory.join("master.key"))?)?,
        previous_masters: Vec::new(),
        clock: Arc::new(FakeClock::default()),
        entropy: Arc::new(SeededEntropy::new(1)),
        mailer: Arc::new(claviger_engine::NoMail),
        options: Options::default(),
    })?;
    engine.check_master_key().await?;
    Ok(engine)
}

/// Makes the keys and answers the first of them.
async fn issue_all(
    engine: &Engine,
    api: &Api,
    workspace: WorkspaceId,
    keys: usize,
) -> Result<Vec<String>, Failure> {
    let scopes: ScopeSet = ["read".parse()?].into_iter().collect();
    let new = NewKey {
        api: api.id,
        workspace,
        environment: Environment::Live,
        kind: KeyKind::Single,
        name: "Bench".parse()?,
        scopes,
        not_before: None,
        expires_at: None,
        addresses: Vec::new(),
        limits: Vec::new(),
        metadata: Metadata::default(),
        is_canary: false,
    };
    let issued = stream::iter(0..keys)
        .map(|_| engine.issue_key(&Actor::SYSTEM, new.clone(), None))
        .buffered(AT_ONCE)
        .map_err(Failure::from);
    let mut sample = Vec::with_capacity(SAMPLE);
    futures_util::pin_mut!(issued);
    while let Some(issued) = issued.try_next().await? {
        if sample.len() < SAMPLE {
            sample.push(issued.text.expose().to_owned());
        }
    }
    Ok(sample)
}

fn write_strangers(directory: &Path, engine: &Engine, policy: &Policy, count: usize) -> Result<(), Failure> {
    let format = policy.key_format(KeyKind::Single, Environment::Live).ok_or("no format for live keys")?;
    let unknown: Vec<String> =
        (0..count).map(|_| generate_key(format, engine.entropy()).expose().to_owned()).collect();
    let junk: Vec<String> = unknown.iter().map(|key| with_wrong_end(key)).collect();
    fs::write(directory.join("unknown.txt"), unknown.join("\n"))?;
    fs::write(directory.join("junk.txt"), junk.join("\n"))?;
    Ok(())
}

fn with_wrong_end(key: &str) -> String {
    let mut key = key.to_owned();
    let end = if key.pop() == Some('a') { 'b' } else { 'a' };
    key.push(end);
    key
}
