//! Sending what is due: many endpoints side by side, so that none waits for another; on one node at a time.

use std::collections::HashMap;
use std::time::Duration;

use claviger_domain::{NodeId, Timestamp, WebhookId};
use claviger_store::{MessageClaim, ReadyMessage, ReadyWebhook};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::engine::Engine;
use crate::error::Error;

/// Messages on their way at once.
const MOST: usize = 64;
/// How many of them may be to endpoints that did not take the last one: those that hang leave the others room.
const MOST_FAILING: usize = 32;
/// How many may be to one endpoint.
const MOST_OF_ONE: usize = 4;
/// How many may be to one that did not take the last one.
const MOST_OF_ONE_FAILING: usize = 1;
/// Endpoints that are looked at for one round: more than can be busy.
const LOOKED_AT: u16 = 256;
/// How often it is looked for messages of which nothing was heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long news are gathered, so that a busy node looks once for many changes.
const GATHER: Duration = Duration::from_millis(20);

/// A message that has landed, or was lost on its way.
struct Landed {
    webhook: WebhookId,
    was_failing: bool,
}

/// The messages on their way, and whether this node is the one that sends.
struct Couriers<'e> {
    engine: &'e Engine,
    flights: FuturesUnordered<BoxFuture<'e, Landed>>,
    /// How many are on their way to each endpoint.
    busy: HashMap<WebhookId, usize>,
    failing: usize,
    /// Until when this node sends.
    ours_until: Timestamp,
    /// Until when another does, as far as was seen.
    theirs_until: Timestamp,
}

impl Engine {
    pub(crate) async fn send_webhooks_for_ever(&self) {
        let mut news = self.store().subscribe();
        let mut couriers = Couriers::of(self);
        loop {
            if let Err(error) = couriers.dispatch().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "webhook messages could not be looked up and will be tried again");
            }
            tokio::select! {
                Some(landed) = couriers.flights.next() => couriers.note(&landed),
                // An error means that the store is closed, and soon this loop.
                Ok(()) = news.changed() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Sends whatever is due now, unless that is another node's work. [`Engine::run`] sends by itself; this is for when
    /// that does not run. Answers how many attempts were made.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn send_due_webhooks(&self) -> Result<usize, Error> {
        let mut couriers = Couriers::of(self);
        let mut all = 0;
        loop {
            all += couriers.dispatch().await?;
            match couriers.flights.next().await {
                Some(landed) => couriers.note(&landed),
                None => return Ok(all),
            }
        }
    }
}

impl<'e> Couriers<'e> {
    fn of(engine: &'e Engine) -> Self {
        Self {
            engine,
            flights: FuturesUnordered::new(),
            busy: HashMap::new(),
            failing: 0,
            ours_until: Timestamp::from_micros(i64::MIN),
            theirs_until: Timestamp::from_micros(i64::MIN),
        }
    }

    fn note(&mut self, landed: &Landed) {
        self.failing -= usize::from(landed.was_failing);
        if let Some(count) = self.busy.get_mut(&landed.webhook) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&landed.webhook);
            }
        }
    }

    /// Sends off what is due and has room. Answers how much.
    async fn dispatch(&mut self) -> Result<usize, Error> {
        let now = self.engine.now();
        if now < self.theirs_until || self.flights.len() >= MOST {
            return Ok(0);
        }
        // Nothing is written while there is nothing to send.
        let ready = self.engine.store().read().await?.list_ready_webhooks(now, LOOKED_AT).await?;
        if ready.is_empty() || !self.hold_lease(now).await? {
            return Ok(0);
        }
        let chosen = self.choose(&ready, now).await?;
        if chosen.is_empty() {
            return Ok(0);
        }
        let claimed = self.claim(chosen, now).await?;
        let count = claimed.len();
        for (message, claim, was_failing) in claimed {
            self.send_off(message, claim, was_failing);
        }
        Ok(count)
    }

    /// What is sent now, within what each endpoint and all together may have on their way.
    async fn choose(
        &mut self,
        ready: &[ReadyWebhook],
        now: Timestamp,
    ) -> Result<Vec<(ReadyMessage, bool)>, Error> {
        let mut read = self.engine.store().read().await?;
        let mut chosen = Vec::new();
        let (mut all, mut failing) = (self.flights.len(), self.failing);
        for webhook in ready {
            let of_one = if webhook.is_failing { MOST_OF_ONE_FAILING } else { MOST_OF_ONE };
            let mut room = of_one.saturating_sub(self.busy.get(&webhook.id).copied().unwrap_or(0));
            room = room.min(MOST.saturating_sub(all));
            if webhook.is_failing {
                room = room.min(MOST_FAILING.saturating_sub(failing));
            }
            if room == 0 {
                continue;
            }
            let limit = u16::try_from(room).unwrap_or(u16::MAX);
            let messages = read.list_ready_webhook_messages(webhook.id, now, limit).await?;
            all += messages.len();
            failing += if webhook.is_failing { messages.len() } else { 0 };
            chosen.extend(messages.into_iter().map(|message| (message, webhook.is_failing)));
        }
        Ok(chosen)
    }

    /// Takes them, so that nobody else sends them as long as an attempt can last.
    async fn claim(
        &mut self,
        chosen: Vec<(ReadyMessage, bool)>,
        now: Timestamp,
    ) -> Result<Vec<(ReadyMessage, MessageClaim, bool)>, Error> {
        let until = now.plus(self.engine.options().webhooks.timeout * 2);
        self.engine
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut claimed = Vec::with_capacity(chosen.len());
                    for (message, is_failing) in chosen {
                        if let Some(claim) = tx.claim_webhook_message(&message, now, until).await? {
                            claimed.push((message, claim, is_failing));
                        }
                    }
                    Ok(claimed)
                })
            })
            .await
    }

    fn send_off(&mut self, message: ReadyMessage, claim: MessageClaim, was_failing: bool) {
        let (engine, webhook) = (self.engine, message.webhook);
        *self.busy.entry(webhook).or_default() += 1;
        self.failing += usize::from(was_failing);
        self.flights.push(Box::pin(async move {
            if let Err(error) = engine.carry_webhook_message(message, claim).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, %webhook, message = %claim.id, "what came of a webhook message is not known; it is sent again");
            }
            Landed { webhook, was_failing }
        }));
    }

    /// Whether this node is the one that sends. The lease is renewed when half of it is over.
    async fn hold_lease(&mut self, now: Timestamp) -> Result<bool, Error> {
        let timeout = self.engine.options().webhooks.timeout;
        if now < self.ours_until.minus(timeout) {
            return Ok(true);
        }
        let node: NodeId = self.engine.feed().node();
        let until = now.plus(timeout * 2);
        let is_ours = self
            .engine
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("webhooks", node, now, until).await }))
            .await?;
        if is_ours {
            self.ours_until = until;
        } else {
            // Asked again before the other node's lease can be over for long.
            self.theirs_until = now.plus(timeout / 2);
        }
        Ok(is_ours)
    }
}
