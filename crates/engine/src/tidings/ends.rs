//! Keys whose end came.

use std::time::Duration;

use claviger_domain::{Actor, Audited as _, EventType, KeyId, Occasion, Timestamp};
use claviger_store::Tx;

use crate::engine::Engine;
use crate::error::Error;
use crate::outbox;

/// Keys of an API of whose ends are told in one transaction.
const BATCH: u32 = 100;
/// An end that is longer ago is no news: no node ran then, or nothing told of ends.
const NEWS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Engine {
    pub(super) async fn tell_of_ended_keys(&self) -> Result<(), Error> {
        let now = self.now();
        for entry in self.list_apis() {
            let api = entry.api.id;
            loop {
                let span = (now.minus(NEWS), now);
                let ended = self.store().read().await?.list_ended_keys(api, span, BATCH).await?;
                let is_last = ended.len() < BATCH as usize;
                if !ended.is_empty() {
                    self.tell_of_ends(ended, now).await?;
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn tell_of_ends(&self, keys: Vec<KeyId>, now: Timestamp) -> Result<(), Error> {
        let entropy = self.shared_entropy();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    for key in keys {
                        if let Some(occasion) = note_end(tx, key, now).await? {
                            outbox::tell(tx, &occasion, now, &*entropy).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// What is told of a key's end; none when another node told it, or it was put off meanwhile.
async fn note_end(tx: &mut Tx, id: KeyId, now: Timestamp) -> Result<Option<Occasion>, claviger_store::Error> {
    let Some(key) = tx.find_key(id, None).await? else { return Ok(None) };
    let Some(end) = key.expires_at.filter(|end| *end <= now) else { return Ok(None) };
    let is_news = tx.insert_told_end((id, end), now).await?;
    Ok(is_news.then(|| Occasion {
        event: EventType::KeyExpired,
        subject: id.to_string(),
        workspace: Some(key.workspace),
        by: Actor::SYSTEM.to_string(),
        object: Some(key.snapshot().to_value()),
    }))
}
