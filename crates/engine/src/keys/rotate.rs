//! Rotation: a new text for the same key, while the old one goes on for a chosen time.

use std::time::Duration;

use claviger_domain::{Action, Actor, Event, Key, KeyGeneration, KeyId, Right, SecretId};
use claviger_secrets::{Purpose, generate_key, hint};

use super::issue::{change_of, check_single};
use super::{IssuedKey, KeyError};
use crate::engine::Engine;

impl Engine {
    /// Gives a key a new text. The older ones end after `overlap`, or earlier if an earlier rotation said so.
    /// The key keeps its id, limits and history; revoking it ends every text at once.
    ///
    /// # Errors
    /// When the overlap is longer than the contract allows, the key is gone, not active, a pair, or rotated by
    /// someone else at the same time, or the database fails.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        id: KeyId,
        overlap: Duration,
    ) -> Result<IssuedKey, KeyError> {
        actor.require(Right::WriteKeys)?;
        let before = self.find_key_for(actor, id).await?;
        check_single(&before)?;
        let policy = self.registry().find(before.api).ok_or(KeyError::UnknownApi)?.policy;
        if overlap > policy.key_lifetimes.max_overlap {
            return Err(KeyError::OverlapTooLong { max_seconds: policy.key_lifetimes.max_overlap.as_secs() });
        }
        let format = policy
            .key_format(before.kind, before.environment)
            .ok_or(KeyError::NoFormat { kind: before.kind, environment: before.environment })?;
        let text = generate_key(format, self.entropy());
        let (now, by) = (self.now(), actor.to_string());
        let audit = self.auditor(actor, now);
        let retires_at = now.plus(overlap);
        let generation = KeyGeneration {
            id: SecretId::generate_at(now, self.entropy()),
            lookup: self.vault().hash(Purpose::Key, text.expose().as_bytes()).bytes(),
            hint: hint(format, &text),
            created_at: now,
            retires_at: None,
            last_used_at: None,
            last_used_address: None,
            last_used_agent: None,
        };
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let key = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    key.state.check_rotatable()?;
                    // Whoever rotates or edits at the same time compares this instant, and one of us loses.
                    let touched = Key { updated_at: now, updated_by: by, ..key.clone() };
                    if !tx.update_key(&touched, key.updated_at).await? {
                        return Err(KeyError::ChangedMeanwhile);
                    }
                    for older in &key.generations {
                        let end = older.retires_at.map_or(retires_at, |end| end.min(retires_at));
                        tx.retire_generation(older.id, end).await?;
                    }
                    tx.insert_generation(id, &generation).await?;
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    audit.record(tx, Event::changed(Action::KeyRotated, &key, &after)).await?;
                    tx.append_change(&change_of(&after), now).await?;
                    Ok(after)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        Ok(IssuedKey { key, text, is_repeat: false })
    }
}
