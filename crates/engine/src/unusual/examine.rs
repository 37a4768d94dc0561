//! Looking at what all nodes saw in a minute.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Country, CredentialSighting, Examined, Grain, Habits, NodeId, Occurrence, Seen, Sighting, Subject,
    Timestamp, examine, examine_networks,
};
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::pace::Pace;

/// How long a node is taken for the one that looks.
const LEASE: Duration = Duration::from_secs(120);
/// Reports that are put together; more are looked at after them.
const REPORTS: u32 = 256;
/// Credentials whose outcome is written in one transaction.
const BATCH: usize = 100;

/// What is to be written after a look at some credentials.
#[derive(Clone, Default)]
struct Outcome {
    found: Vec<Occurrence>,
    learnt: Vec<(Arc<str>, Habits)>,
}

impl Engine {
    /// Looks at every minute that is over, if no other node does; at a pace where one is given.
    pub(super) async fn examine_sightings(&self, mut pace: Option<Pace>) -> Result<(), Error> {
        let this_minute = Grain::Minute.floor(self.now());
        let mut is_mine = false;
        loop {
            // Nothing is written while nothing happens.
            let Some(minute) = self.store().read().await?.oldest_sighting(this_minute).await? else {
                return Ok(());
            };
            if !is_mine && !self.is_watcher().await? {
                return Ok(());
            }
            is_mine = true;
            let reports = self.store().read().await?.list_sightings(minute, REPORTS).await?;
            let (mut seen, mut names) = (Seen::default(), Vec::with_capacity(reports.len()));
            for (name, report) in reports {
                seen.merge(report);
                names.push(name);
            }
            self.examine_minute(minute, seen, pace.as_mut()).await?;
            self.forget_sightings(names).await?;
        }
    }

    /// Takes or renews the lease on looking.
    pub(super) async fn is_watcher(&self) -> Result<bool, Error> {
        let (now, node): (Timestamp, NodeId) = (self.now(), self.feed().node());
        let until = now.plus(LEASE);
        let taken = self
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("watch", node, now, until).await }))
            .await?;
        Ok(taken)
    }

    async fn examine_minute(
        &self,
        minute: Timestamp,
        seen: Seen,
        mut pace: Option<&mut Pace>,
    ) -> Result<(), Error> {
        let mut outcome = Outcome::default();
        for (rule, subject, evidence) in examine_networks(&seen.networks) {
            outcome.found.push(Occurrence {
                rule,
                subject,
                api: None,
                workspace: None,
                evidence,
                at: minute,
            });
        }
        for (number, (credential, one)) in seen.credentials.into_iter().enumerate() {
            self.examine_credential(minute, credential, &one, &mut outcome).await?;
            if number % BATCH == BATCH - 1 {
                self.write_outcome(std::mem::take(&mut outcome)).await?;
                if let Some(pace) = &mut pace {
                    pace.rest().await;
                }
            }
        }
        self.write_outcome(outcome).await
    }

    async fn examine_credential(
        &self,
        minute: Timestamp,
        credential: Arc<str>,
        one: &CredentialSighting,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let subject = Subject::Credential(Arc::clone(&credential));
        let is_key = subject.key().is_some();
        let mut habits = match is_key {
            true => self.store().read().await?.find_habits(&credential).await?,
            false => None,
        };
        let countries = if is_key { self.countries_of(&one.seen) } else { BTreeSet::new() };
        let what = Examined { is_key, environment: one.environment, countries: &countries };
        for (rule, evidence) in examine(what, habits.as_ref(), &one.seen, minute) {
            let (api, workspace) = (Some(one.api), Some(one.workspace));
            let subject = subject.clone();
            outcome.found.push(Occurrence { rule, subject, api, workspace, evidence, at: minute });
        }
        if is_key && one.seen.is_used {
            let is_first = habits.is_none();
            let learning = habits.get_or_insert_with(|| Habits::new(minute));
            let is_elsewhere = learning.learn_countries(minute, &countries);
            if learning.learn(minute, &one.seen) || is_elsewhere || is_first {
                outcome.learnt.extend(habits.map(|habits| (credential, habits)));
            }
        }
        Ok(())
    }

    /// The countries of the networks that a key came from. A network is in one country, as nearly all are.
    fn countries_of(&self, seen: &Sighting) -> BTreeSet<Country> {
        let Some(countries) = &self.options().unusual.countries else { return BTreeSet::new() };
        seen.networks.iter().filter_map(|network| countries.country(network.first())).collect()
    }

    async fn write_outcome(&self, outcome: Outcome) -> Result<(), Error> {
        if outcome.found.is_empty() && outcome.learnt.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.raise(outcome.found).await?;
        let learnt = outcome.learnt;
        self.store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    for (credential, habits) in &learnt {
                        tx.put_habits(credential, habits, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn forget_sightings(&self, names: Vec<Uuid>) -> Result<(), Error> {
        self.store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    for name in &names {
                        tx.delete_sighting(*name).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
