//! Ending everything that was bought with a key, which itself lives on.

use claviger_domain::{Action, Actor, Event, Key, KeyId, Right};

use super::KeyError;
use super::issue::change_of;
use crate::engine::Engine;

impl Engine {
    /// Ends every token and session that was bought with a key, at once. Twice is fine.
    ///
    /// # Errors
    /// When there is no such key, the actor's role does not allow it, or the database fails: then nothing was ended.
    pub async fn end_tokens_of_key(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        actor.require(Right::WriteKeys)?;
        let (now, within) = (self.now(), actor.workspace());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let key = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    if tx.end_families_of_key(id, now).await? > 0 {
                        audit.record(tx, Event::touched(Action::KeyTokensEnded, &key)).await?;
                        tx.append_change(&change_of(&key), now).await?;
                    }
                    Ok::<_, KeyError>(key)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        tracing::info!(key = %id, by = %actor, "every token of a key was ended");
        Ok(key)
    }
}
