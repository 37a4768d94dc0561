//! Changing a key: its editable parts, and switching it off and on.

use claviger_domain::{Action, Actor, Event, Key, KeyId, KeyPatch, Policy, Right, Timestamp};

use super::issue::{MOST_ADDRESSES, MOST_LIMITS, change_of, check_count, check_end, check_scopes};
use super::{KeyError, KeyTransitionError};
use crate::engine::Engine;

impl Engine {
    /// Changes a key's editable parts. Two editors at once: the second is told and repeats.
    ///
    /// # Errors
    /// When the contract does not allow it, the key is gone, revoked or changed meanwhile, or the database fails.
    pub async fn update_key(&self, actor: &Actor, id: KeyId, patch: KeyPatch) -> Result<Key, KeyError> {
        actor.require(Right::WriteKeys)?;
        let before = self.find_key_for(actor, id).await?;
        let policy = self.registry().find(before.api).ok_or(KeyError::UnknownApi)?.policy;
        let now = self.now();
        let after = patched(&before, patch, &policy, now, actor)?;
        let (row, change, audit) = (after.clone(), change_of(&after), self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.update_key(&row, before.updated_at).await? {
                        return Err(KeyError::ChangedMeanwhile);
                    }
                    audit.record(tx, Event::changed(Action::KeyUpdated, &before, &row)).await?;
                    tx.append_change(&change, now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&change_of(&after));
        Ok(after)
    }

    /// Switches a key off until it is enabled again. Twice is fine.
    ///
    /// # Errors
    /// When the key is gone or revoked, or the database fails.
    pub async fn disable_key(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        actor.require(Right::WriteKeys)?;
        let (now, by, within) = (self.now(), actor.to_string(), actor.workspace());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    before.state.disable(now)?;
                    let is_news = tx.disable_key(id, now, &by).await?;
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    if is_news {
                        audit.record(tx, Event::changed(Action::KeyDisabled, &before, &after)).await?;
                        tx.append_change(&change_of(&after), now).await?;
                    }
                    Ok::<_, KeyError>(after)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        Ok(key)
    }

    /// Switches a disabled key on again. Twice is fine.
    ///
    /// # Errors
    /// When the key is gone or revoked, or the database fails.
    pub async fn enable_key(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        actor.require(Right::WriteKeys)?;
        let (now, by, within) = (self.now(), actor.to_string(), actor.workspace());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    before.state.enable()?;
                    let is_news = tx.enable_key(id, now, &by).await?;
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    if is_news {
                        audit.record(tx, Event::changed(Action::KeyEnabled, &before, &after)).await?;
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

/// The key after the patch, or why the contract does not allow it.
fn patched(
    before: &Key,
    patch: KeyPatch,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
) -> Result<Key, KeyError> {
    if let claviger_domain::KeyState::Revoked { .. } = before.state {
        return Err(KeyTransitionError::Revoked.into());
    }
    let mut after = before.clone();
    let KeyPatch { name, scopes, expires_at, not_before, addresses, limits, metadata } = patch;
    if let Some(scopes) = scopes {
        check_scopes(scopes.iter(), policy)?;
        after.scopes = scopes;
    }
    if let Some(addresses) = addresses {
        check_count("addresses", addresses.len(), MOST_ADDRESSES)?;
        after.addresses = addresses;
    }
    if let Some(limits) = limits {
        check_count("limits", limits.len(), MOST_LIMITS)?;
        after.limits = limits;
    }
    let moves_dates = expires_at.is_some() || not_before.is_some();
    after.expires_at = expires_at.unwrap_or(after.expires_at);
    after.not_before = not_before.unwrap_or(after.not_before);
    if moves_dates {
        // The longest life counts from when the key was made: it cannot be prolonged for ever in small steps.
        let start = after.not_before.unwrap_or(before.created_at).max(before.created_at);
        check_end(start, after.expires_at, policy)?;
        if after.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyError::EndsTooEarly);
        }
    }
    after.name = name.unwrap_or(after.name);
    after.metadata = metadata.unwrap_or(after.metadata);
    // Strictly later than what was read, so that the next editor's comparison sees this change.
    after.updated_at = now.max(before.updated_at.plus(std::time::Duration::from_micros(1)));
    after.updated_by = actor.to_string();
    Ok(after)
}
