//! Restricting a key because of something unusual, and lifting that.

use claviger_domain::{
    Action, Actor, Event, Key, KeyId, KeyState, KeyTransitionError, NotAllowed, Restriction,
};

use super::KeyError;
use super::issue::change_of;
use crate::engine::Engine;

impl Engine {
    /// Restricts a key until an operator lifts it. One that is restricted as much or more stays as it is.
    ///
    /// # Errors
    /// When a member asks, the key is gone or revoked, or the database fails.
    pub async fn restrict_key(
        &self,
        actor: &Actor,
        id: KeyId,
        restriction: Restriction,
    ) -> Result<Key, KeyError> {
        self.change_restriction(actor, id, Some(restriction)).await
    }

    /// Lifts the restriction of a key. One without any stays as it is.
    ///
    /// # Errors
    /// When a member asks, the key is gone or revoked, or the database fails.
    pub async fn lift_restriction(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        self.change_restriction(actor, id, None).await
    }

    async fn change_restriction(
        &self,
        actor: &Actor,
        id: KeyId,
        wanted: Option<Restriction>,
    ) -> Result<Key, KeyError> {
        // A restriction guards the provider: its partners do not lift it.
        if actor.workspace().is_some() {
            return Err(NotAllowed.into());
        }
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    if let KeyState::Revoked { .. } = before.state {
                        return Err(KeyTransitionError::Revoked.into());
                    }
                    let is_changed = match wanted {
                        Some(restriction) => tx.restrict_key(id, restriction, now, &by).await?,
                        None => tx.lift_restriction(id, now, &by).await?,
                    };
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    if is_changed {
                        let action = match wanted {
                            Some(_) => Action::KeyRestricted,
                            None => Action::KeyRestrictionLifted,
                        };
                        audit.record(tx, Event::changed(action, &before, &after)).await?;
                        tx.append_change(&change_of(&after), now).await?;
                    }
                    Ok::<_, KeyError>(after)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        Ok(key)
    }
}
