//! Revocation: final, and provably in force everywhere when the caller waits for the receipt.

use claviger_domain::{Action, Actor, Event, KeyId, Right};

use super::issue::change_of;
use super::{KeyError, RevokedKey};
use crate::engine::Engine;
use crate::wait::Wait;

impl Engine {
    /// Ends a key for ever, all its texts and its secret included. Twice is fine and changes nothing.
    ///
    /// # Errors
    /// When there is no such key, or the database fails: then the key was not revoked.
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId, wait: Wait) -> Result<RevokedKey, KeyError> {
        actor.require(Right::WriteKeys)?;
        let (now, by, within) = (self.now(), actor.to_string(), actor.workspace());
        let audit = self.auditor(actor, now);
        let (key, seq) = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    let is_news = tx.revoke_key(id, now, &by).await?;
                    let key = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    let seq = if is_news {
                        audit.record(tx, Event::changed(Action::KeyRevoked, &before, &key)).await?;
                        tx.append_change(&change_of(&key), now).await?
                    } else {
                        tx.latest_change().await?
                    };
                    Ok::<_, KeyError>((key, seq))
                })
            })
            .await?;
        self.apply(&change_of(&key));
        let receipt = match wait {
            Wait::No => None,
            Wait::ForAllNodes => Some(self.await_receipt(seq).await?),
        };
        Ok(RevokedKey { key, receipt })
    }
}
