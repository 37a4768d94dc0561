//! Limits that were used up.

use claviger_domain::{Actor, EventType, Limit, Occasion};
use serde_json::json;

use crate::engine::Engine;
use crate::error::Error;
use crate::limits::Reached;
use crate::outbox;

/// Limits that are told in one transaction.
const BATCH: usize = 100;

impl Engine {
    /// Tells of the limits that were used up on this node since the last call. What could not be told waits for the next,
    /// and what was told by then is not told again.
    pub(crate) async fn tell_of_reached_limits(&self) -> Result<(), Error> {
        let reached = self.limits().take_reached();
        if reached.is_empty() {
            return Ok(());
        }
        let told = self.tell_of(reached.clone()).await;
        if told.is_err() {
            self.limits().give_back_reached(reached);
        }
        told
    }

    async fn tell_of(&self, mut reached: Vec<Reached>) -> Result<(), Error> {
        self.drop_unwanted(&mut reached).await?;
        for batch in reached.chunks(BATCH) {
            let (batch, entropy, now) = (batch.to_vec(), self.shared_entropy(), self.now());
            self.store()
                .write::<_, Error, _>(move |tx| {
                    Box::pin(async move {
                        for reached in &batch {
                            if tx.put_told_limit(&name(reached), reached.until, now).await? {
                                outbox::tell(tx, &occasion(reached), reached.at, &*entropy).await?;
                            }
                        }
                        Ok(())
                    })
                })
                .await?;
        }
        Ok(())
    }

    /// Leaves those of which some webhook wants to be told, so that nothing is written where none is.
    async fn drop_unwanted(&self, reached: &mut Vec<Reached>) -> Result<(), Error> {
        let mut read = self.store().read().await?;
        let mut wanted = Vec::new();
        for one in reached.drain(..) {
            if !read.list_webhook_targets(one.workspace, EventType::LimitReached).await?.is_empty() {
                wanted.push(one);
            }
        }
        *reached = wanted;
        Ok(())
    }
}

/// What it is called among nodes: a limit that changes is another one.
fn name(reached: &Reached) -> String {
    let Reached { api, limit, whose, .. } = reached;
    let whose = whose.as_deref().unwrap_or("*");
    format!("{api}/{}/{}/{}/{whose}", limit.name, limit.requests, limit.per_seconds())
}

fn occasion(reached: &Reached) -> Occasion {
    let Reached { api, limit, whose, .. } = reached;
    let Limit { name, requests, partition, .. } = &**limit;
    Occasion {
        event: EventType::LimitReached,
        subject: whose.as_ref().map_or_else(|| api.to_string(), ToString::to_string),
        workspace: reached.workspace,
        by: Actor::SYSTEM.to_string(),
        object: Some(json!({
            "api": api,
            "name": name,
            "requests": requests,
            "per_seconds": limit.per_seconds(),
            "partition": partition,
            "retry_at": reached.retry_at,
        })),
    }
}
