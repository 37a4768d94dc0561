//! Tokens that have ended, so that refusals can be tried: bought from an engine whose clock is behind.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Contract, Installed, Purpose};
use claviger_domain::{ApiId, Clock, Terms, Timestamp};
use claviger_engine::{Caller, ExchangeError, KeyProof, Wish};
use claviger_settings::Settings;

use super::credentials::{self, Facts};
use super::seed::ExpiredSeed;
use crate::compose::{ComposeError, Core};
use crate::effects::Effects;

/// Why there are no tokens of the past.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PastError {
    #[error("the demo's contract `{0}` sells no tokens")]
    NothingSold(String),
    #[error("a token of the past could not be bought")]
    Refused(#[from] ExchangeError),
    #[error("the engine for tokens of the past could not be made")]
    Engine(#[from] Box<ComposeError>),
    #[error("the contract could not be put in force for tokens of the past")]
    Contract(#[from] claviger_engine::Error),
}

/// How long ago the last token of a purchase has ended.
const SINCE: Duration = Duration::from_secs(60 * 60);

/// The system's clock, behind by some time.
struct Behind {
    clock: Arc<dyn Clock>,
    by: Duration,
}

impl Clock for Behind {
    fn now(&self) -> Timestamp {
        self.clock.now().minus(self.by)
    }
}

/// Buys tokens at a time at which they would have ended by now.
pub(super) async fn buy(
    settings: &Settings,
    installed: &Installed,
    seed: &ExpiredSeed,
    facts: &Facts,
) -> Result<Facts, PastError> {
    let contract = &installed.contract;
    let no_terms = || PastError::NothingSold(contract.name().to_string());
    let terms = login_terms(contract).ok_or_else(no_terms)?;
    let refresh = terms.refresh.as_ref().and_then(|refresh| refresh.lifetime);
    let by = refresh.unwrap_or_default().max(terms.access.lifetime);
    let (core, api) = open(settings, contract, by).await?;
    let caller = caller(contract, api);
    let fact = |field: &String| credentials::text_of(facts, field);
    let key = fact(&seed.key).unwrap_or_default();
    let proof = KeyProof { key, secret: seed.secret.as_ref().and_then(fact) };
    // A session of its own, which the list of living ones does not show.
    let wish = Wish { session: seed.session.clone(), scopes: None };
    let bought = core.engine.log_in(&caller, proof, &wish, &terms).await?;
    core.store.close().await;
    let mut bought_facts = Facts::from_iter([(seed.field.clone(), bought.access.expose().into())]);
    if let (Some(field), Some(refresh)) = (&seed.refresh_field, bought.refresh_text()) {
        bought_facts.insert(field.clone(), refresh.into());
    }
    Ok(bought_facts)
}

/// An engine whose clock is behind by this and an hour, with the contract in force.
pub(super) async fn open(
    settings: &Settings,
    contract: &Contract,
    by: Duration,
) -> Result<(Core, ApiId), PastError> {
    let Effects { clock, entropy } = Effects::system();
    let effects = Effects { clock: Arc::new(Behind { clock, by: by + SINCE }), entropy };
    let core = Core::open(settings, effects).await.map_err(Box::new)?;
    let api = core.engine.install_policy(Arc::clone(contract.policy())).await?.id;
    Ok((core, api))
}

/// Whoever buys, on this machine.
pub(super) fn caller(contract: &Contract, api: ApiId) -> Caller<'_> {
    Caller {
        issuer: contract.issuer(),
        api,
        policy: contract.policy(),
        environment: None,
        address: Ipv4Addr::LOCALHOST.into(),
        user_agent: None,
    }
}

fn login_terms(contract: &Contract) -> Option<Terms> {
    let login = contract.token_endpoints().iter().find(|endpoint| endpoint.purpose == Purpose::Login)?;
    login.terms.clone()
}
