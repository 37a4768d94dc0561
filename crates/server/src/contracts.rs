//! The contracts in force: loaded from a directory, deployed, installed, reloaded.

mod deployment;
mod error;
mod files;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use claviger_contract::{Contract, Directory, HostClash, Installed, Parsed};
use claviger_domain::{Actor, ApiName};
use claviger_engine::Engine;
use futures_util::future::try_join_all;
use tokio::sync::Mutex;

pub use deployment::{Deployments, Overrides};
pub use error::{ContractsError, Rejected};

/// A contract file that is in force.
#[derive(Clone)]
struct InForce {
    text: Arc<str>,
    installed: Arc<Installed>,
}

/// The contracts in force, and how to load them again.
pub struct Contracts {
    path: PathBuf,
    deployments: Deployments,
    /// Hosts that no contract may claim.
    reserved: Vec<String>,
    engine: Engine,
    directory: Arc<ArcSwap<Directory>>,
    in_force: Mutex<BTreeMap<PathBuf, InForce>>,
    /// Held while files are loaded: of two that load at once, the slower must not bring back what it read before.
    loading: Mutex<()>,
}

/// A file that was read and is good.
struct Good {
    text: Arc<str>,
    contract: Contract,
}

impl Contracts {
    /// Loads every contract of the directory.
    ///
    /// # Errors
    /// When a file is no contract, does not fit its deployment, or wants a host that is taken; and when the
    /// database fails. Nothing is served then.
    pub async fn load(
        path: PathBuf,
        deployments: Deployments,
        reserved: Vec<String>,
        engine: Engine,
    ) -> Result<Self, ContractsError> {
        let contracts = Self {
            path,
            deployments,
            reserved,
            engine,
            directory: Arc::default(),
            in_force: Mutex::default(),
            loading: Mutex::default(),
        };
        let (good, bad) = contracts.read(&read_files(&contracts.path)?);
        if !bad.is_empty() {
            return Err(ContractsError::Rejected(bad));
        }
        contracts.check_deployments(&good)?;
        check_clashes(good.values().map(|entry| &entry.contract))?;
        let in_force = contracts.install(&Actor::SYSTEM, good, &BTreeMap::new()).await?;
        contracts.put_in_force(in_force).await?;
        Ok(contracts)
    }

    /// The contracts in force, to look up hosts in.
    pub fn directory(&self) -> &Arc<ArcSwap<Directory>> {
        &self.directory
    }

    /// Reads the directory again. A file that has become bad is reported and its last good version goes on
    /// serving; everything else takes effect.
    pub async fn reload(&self) {
        match self.try_reload(&Actor::SYSTEM).await {
            Ok(0) => {}
            Ok(changed) => tracing::info!(changed, "contracts reloaded"),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "contracts could not be reloaded; the old ones go on serving");
            }
        }
    }

    async fn try_reload(&self, actor: &Actor) -> Result<usize, ContractsError> {
        let _loading = self.loading.lock().await;
        let files = read_files(&self.path)?;
        let old = self.in_force.lock().await.clone();
        let is_in_force =
            |(path, text): (&PathBuf, &Arc<str>)| old.get(path).is_some_and(|old| old.text == *text);
        if files.len() == old.len() && files.iter().all(is_in_force) {
            return Ok(0);
        }
        let (good, bad) = self.read(&files);
        let mut next: BTreeMap<PathBuf, InForce> = BTreeMap::new();
        for rejected in &bad {
            tracing::error!(file = %rejected.path.display(), "{rejected}; its last good version goes on serving");
            if let Some(last) = old.get(&rejected.path) {
                next.insert(rejected.path.clone(), last.clone());
            }
        }
        let kept = next.values().map(|entry| &entry.installed.contract);
        check_clashes(kept.chain(good.values().map(|entry| &entry.contract)))?;
        next.append(&mut self.install(actor, good, &old).await?);
        let is_same =
            |(path, new): (&PathBuf, &InForce)| old.get(path).is_some_and(|old| old.text == new.text);
        let kept = next.iter().filter(|entry| is_same(*entry)).count();
        let changed = next.len() - kept + old.keys().filter(|path| !next.contains_key(*path)).count();
        if changed > 0 {
            self.put_in_force(next).await?;
        }
        Ok(changed)
    }

    /// Parses and deploys each file.
    fn read(&self, files: &BTreeMap<PathBuf, Arc<str>>) -> (BTreeMap<PathBuf, Good>, Vec<Rejected>) {
        let mut good = BTreeMap::new();
        let mut bad = Vec::new();
        for (path, text) in files {
            match self.read_one(path, text) {
                Ok((contract, warnings)) => {
                    for warning in warnings {
                        tracing::warn!("{warning}");
                    }
                    good.insert(path.clone(), Good { text: Arc::clone(text), contract });
                }
                Err(rejected) => bad.push(rejected),
            }
        }
        (good, bad)
    }

    /// The contract, deployed, and what is doubtful about it.
    fn read_one(&self, path: &Path, text: &str) -> Result<(Contract, Vec<String>), Rejected> {
        let Parsed { contract, warnings } = claviger_contract::parse(&path.display().to_string(), text)
            .map_err(|diagnostics| Rejected::unreadable(path, diagnostics))?;
        let warnings = warnings.iter().map(ToString::to_string).collect();
        let deployed =
            self.deployments.apply(&contract).map_err(|reason| Rejected::undeployable(path, reason))?;
        match deployed.hosts().iter().find(|host| self.reserved.contains(&host.name)) {
            Some(host) => Err(Rejected::reserved(path, &host.name)),
            None => Ok((deployed, warnings)),
        }
    }

    /// Registers the policies of what is new; what stands there unchanged is kept as it is.
    async fn install(
        &self,
        actor: &Actor,
        good: BTreeMap<PathBuf, Good>,
        old: &BTreeMap<PathBuf, InForce>,
    ) -> Result<BTreeMap<PathBuf, InForce>, ContractsError> {
        // Together, so that a first start costs one commit and not one per contract.
        let installing = good.into_iter().map(|(path, Good { text, contract })| async move {
            if let Some(same) = old.get(&path).filter(|last| last.text == text) {
                return Ok::<_, ContractsError>((path, same.clone()));
            }
            let api = self.engine.install_policy(Arc::clone(contract.policy())).await?;
            self.engine.record_contract(actor, &api, &text).await?;
            Ok((path, InForce { text, installed: Arc::new(Installed { api: api.id, contract }) }))
        });
        Ok(try_join_all(installing).await?.into_iter().collect())
    }

    async fn put_in_force(&self, next: BTreeMap<PathBuf, InForce>) -> Result<(), ContractsError> {
        let directory = Directory::new(next.values().map(|entry| Arc::clone(&entry.installed)))?;
        self.directory.store(Arc::new(directory));
        *self.in_force.lock().await = next;
        Ok(())
    }

    /// A deployment of a contract that is not there is a mistake in the settings.
    fn check_deployments(&self, good: &BTreeMap<PathBuf, Good>) -> Result<(), ContractsError> {
        let is_there = |name: &ApiName| good.values().any(|entry| entry.contract.name() == name);
        match self.deployments.names().find(|name| !is_there(name)) {
            Some(name) => {
                Err(ContractsError::UnknownDeployment { api: name.clone(), directory: self.path.clone() })
            }
            None => Ok(()),
        }
    }
}

/// Names and hosts must be told apart before any policy is installed: an engine with the new policy beside a
/// directory with the old wire would be neither.
fn check_clashes<'c>(contracts: impl Iterator<Item = &'c Contract>) -> Result<(), ContractsError> {
    let mut names = BTreeSet::new();
    let mut hosts: BTreeMap<&str, &ApiName> = BTreeMap::new();
    for contract in contracts {
        if !names.insert(contract.name()) {
            return Err(ContractsError::NameTwice(contract.name().clone()));
        }
        for host in contract.hosts() {
            if let Some(first) = hosts.insert(&host.name, contract.name()) {
                let (first, second) = (first.clone(), contract.name().clone());
                return Err(HostClash { host: host.name.clone(), first, second }.into());
            }
        }
    }
    Ok(())
}

/// Every `*.toml` of a directory, by path.
pub(crate) fn read_files(path: &Path) -> Result<BTreeMap<PathBuf, Arc<str>>, ContractsError> {
    let unreadable = |path: &Path, source| ContractsError::Unreadable { path: path.to_path_buf(), source };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(|source| unreadable(path, source))? {
        let file = entry.map_err(|source| unreadable(path, source))?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&file).map_err(|source| unreadable(&file, source))?;
            files.insert(file, text.into());
        }
    }
    Ok(files)
}
