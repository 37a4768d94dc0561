//! Making a key: checked against its contract, shown once, kept as a keyed hash.

use claviger_domain::{
    Action, Actor, Api, ChangeKind, Event, Key, KeyGeneration, KeyId, KeyKind, KeyState, NotAllowed, Policy,
    Right, SecretId, Timestamp,
};
use claviger_secrets::{Plain, Purpose, generate_key, hint};

use super::{IssuedKey, KeyError, NewKey};
use crate::engine::Engine;
use crate::error::Error;
use crate::idempotency::{Earlier, IdempotencyKey, Repeat};

/// Limits of its own that a key can have.
pub(super) const MOST_LIMITS: usize = 8;
/// Address blocks that a key can have.
pub(super) const MOST_ADDRESSES: usize = 64;

impl Engine {
    /// Makes a key. Its text is in the answer and nowhere else, so a lost answer means a new key, unless the
    /// caller sent an `Idempotency-Key`: then the same request is answered the same for a day.
    ///
    /// # Errors
    /// When the contract does not allow such a key, or the database fails.
    pub async fn issue_key(
        &self,
        actor: &Actor,
        new: NewKey,
        once: Option<IdempotencyKey>,
    ) -> Result<IssuedKey, KeyError> {
        actor.require(Right::WriteKeys)?;
        if new.is_canary && actor.workspace().is_some() {
            return Err(NotAllowed.into());
        }
        if !actor.reaches(new.workspace) {
            return Err(KeyError::UnknownWorkspace);
        }
        if let Some(once) = &once {
            match self.find_repeat(&mut self.store().read().await.map_err(Error::from)?, actor, once).await? {
                Repeat::First => {}
                Repeat::Again(earlier) => return self.repeat_issue(actor, earlier).await,
                Repeat::Mismatch => return Err(KeyError::IdempotencyMismatch),
            }
        }
        let entry = self.registry().find(new.api).ok_or(KeyError::UnknownApi)?;
        let issued = self.draft_key(actor, new, &entry.api, &entry.policy)?;
        let id = issued.key.id.to_string();
        let outcome =
            once.as_ref().map(|once| self.seal_outcome(actor, once, &id, Some(&issued.text))).transpose()?;
        let (key, change) = (issued.key.clone(), change_of(&issued.key));
        let audit = self.auditor(actor, key.created_at);
        let written = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.find_workspace(key.workspace).await?.ok_or(KeyError::UnknownWorkspace)?;
                    if let Some(outcome) = &outcome
                        && !outcome.insert(tx).await?
                    {
                        return Ok(false);
                    }
                    tx.insert_key(&key).await?;
                    audit.record(tx, Event::made(Action::KeyIssued, &key)).await?;
                    tx.append_change(&change, key.created_at).await?;
                    Ok::<_, KeyError>(true)
                })
            })
            .await?;
        if let (false, Some(once)) = (written, &once) {
            // Another request with the same Idempotency-Key committed first; its answer is the answer.
            return match self
                .find_repeat(&mut self.store().read().await.map_err(Error::from)?, actor, once)
                .await?
            {
                Repeat::Again(earlier) => self.repeat_issue(actor, earlier).await,
                Repeat::First | Repeat::Mismatch => Err(KeyError::IdempotencyMismatch),
            };
        }
        self.apply(&change_of(&issued.key));
        Ok(issued)
    }

    pub(crate) fn draft_key(
        &self,
        actor: &Actor,
        new: NewKey,
        api: &Api,
        policy: &Policy,
    ) -> Result<IssuedKey, KeyError> {
        let now = self.now();
        let expires_at = check(&new, policy, now)?;
        let format = policy
            .key_format(new.kind, new.environment)
            .ok_or(KeyError::NoFormat { kind: new.kind, environment: new.environment })?;
        let text = generate_key(format, self.entropy());
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
        let key = Key {
            id: KeyId::generate_at(now, self.entropy()),
            api: api.id,
            workspace: new.workspace,
            environment: new.environment,
            kind: new.kind,
            name: new.name,
            scopes: new.scopes,
            state: KeyState::Active,
            restriction: None,
            is_canary: new.is_canary,
            not_before: new.not_before,
            expires_at,
            addresses: new.addresses,
            limits: new.limits,
            metadata: new.metadata,
            generations: vec![generation],
            secret: None,
            created_at: now,
            created_by: actor.to_string(),
            updated_at: now,
            updated_by: actor.to_string(),
        };
        Ok(IssuedKey { key, text, is_repeat: false })
    }

    /// The answer to the first request, which shows the text once more.
    async fn repeat_issue(&self, actor: &Actor, earlier: Earlier) -> Result<IssuedKey, KeyError> {
        let id = earlier.id.parse().map_err(|_| KeyError::IdempotencyMismatch)?;
        let text: Plain = earlier.secret.ok_or(KeyError::IdempotencyMismatch)?;
        let key = self.find_key(id).await?;
        self.record_alone(actor, Event::touched(Action::KeyShownAgain, &key)).await?;
        Ok(IssuedKey { key, text, is_repeat: true })
    }
}

/// Checks a new key against its contract and answers when it ends.
fn check(new: &NewKey, policy: &Policy, now: Timestamp) -> Result<Option<Timestamp>, KeyError> {
    check_scopes(new.scopes.iter(), policy)?;
    check_count("limits", new.limits.len(), MOST_LIMITS)?;
    check_count("addresses", new.addresses.len(), MOST_ADDRESSES)?;
    let start = new.not_before.unwrap_or(now).max(now);
    let end = new.expires_at.or_else(|| policy.key_lifetimes.default.map(|life| start.plus(life)));
    check_end(start, end, policy)?;
    Ok(end)
}

pub(super) fn check_scopes<'s>(
    mut scopes: impl Iterator<Item = &'s claviger_domain::Scope>,
    policy: &Policy,
) -> Result<(), KeyError> {
    match scopes.find(|scope| !policy.scopes.defines(scope)) {
        Some(undefined) => Err(KeyError::UndefinedScope(undefined.clone())),
        None => Ok(()),
    }
}

pub(super) fn check_count(what: &'static str, count: usize, max: usize) -> Result<(), KeyError> {
    if count > max { Err(KeyError::TooMany { what, max }) } else { Ok(()) }
}

/// A key must end after it starts, and within its contract's longest life.
pub(super) fn check_end(start: Timestamp, end: Option<Timestamp>, policy: &Policy) -> Result<(), KeyError> {
    if end.is_some_and(|end| end <= start) {
        return Err(KeyError::EndsTooEarly);
    }
    match policy.key_lifetimes.max {
        Some(max) if end.is_none_or(|end| end > start.plus(max)) => {
            Err(KeyError::LivesTooLong { max_seconds: max.as_secs() })
        }
        _ => Ok(()),
    }
}

/// The change that makes every node forget a key.
pub(crate) fn change_of(key: &Key) -> ChangeKind {
    ChangeKind::Key {
        key: key.id,
        lookups: key.generations.iter().map(|generation| generation.lookup).collect(),
    }
}

/// Refuses what only single keys can do.
pub(super) fn check_single(key: &Key) -> Result<(), KeyError> {
    match key.kind {
        KeyKind::Single => Ok(()),
        KeyKind::Pair => Err(KeyError::PairKeepsItsKey),
    }
}
