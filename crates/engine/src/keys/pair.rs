//! Pairs: the secret half, and the values that belong to a key.

use claviger_domain::{
    Action, Actor, CollectionName, Environment, Event, Key, KeyFormat, KeyId, KeyKind, KeyShape, Right,
    Snapshot,
};
use claviger_secrets::{Purpose, generate_key};
use claviger_store::Belonging;

use super::issue::change_of;
use super::{BelongingRequest, IssuedSecret, KeyError};
use crate::engine::Engine;

/// The longest value that can belong to a key, in characters.
const LONGEST_VALUE: usize = 200;

impl Engine {
    /// Makes or replaces the secret of a key. The old one ends at once, and with it all tokens bought with the key. A
    /// single key goes on to work alone; where its secret is presented too, it must be right.
    ///
    /// # Errors
    /// When the key is gone or not active, or the database fails.
    pub async fn replace_secret(&self, actor: &Actor, id: KeyId) -> Result<IssuedSecret, KeyError> {
        actor.require(Right::WriteKeys)?;
        let secret = generate_key(&secret_format(), self.entropy());
        let hash = self.vault().hash(Purpose::PairSecret, secret.expose().as_bytes()).bytes();
        let (now, by, within) = (self.now(), actor.to_string(), actor.workspace());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let key = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    key.state.check_rotatable()?;
                    tx.replace_secret(id, &hash, now, &by).await?;
                    tx.end_families_of_key(id, now).await?;
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    audit.record(tx, Event::changed(Action::KeySecretReplaced, &key, &after)).await?;
                    tx.append_change(&change_of(&after), now).await?;
                    Ok::<_, KeyError>(after)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        Ok(IssuedSecret { key, secret })
    }

    /// The values that belong to a key, or wait to be verified.
    ///
    /// # Errors
    /// When there is no such key, or the database fails.
    pub async fn list_belongings(&self, id: KeyId) -> Result<Vec<Belonging>, KeyError> {
        let mut conn = self.store().read().await?;
        conn.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
        Ok(conn.list_belongings(id).await?)
    }

    /// Names a value that shall belong to a key. It counts once it is verified. Twice is fine.
    ///
    /// # Errors
    /// When the contract has no such list, the value is malformed, the key is gone, or the database fails.
    pub async fn add_belonging(
        &self,
        actor: &Actor,
        id: KeyId,
        request: BelongingRequest,
    ) -> Result<Belonging, KeyError> {
        actor.require_provider()?;
        let key = self.find_key(id).await?;
        self.check_belonging(&key, &request)?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let BelongingRequest { collection, value } = request;
                    let row = Belonging { collection, value, created_at: now, verified_at: None };
                    let about = event(Action::KeyBelongingAdded, &key, &row.collection, &row.value);
                    tx.insert_belonging(id, &row).await?;
                    audit.record(tx, about).await?;
                    find(tx.list_belongings(id).await?, &row.collection, &row.value)
                })
            })
            .await
    }

    /// Makes a named value count. Twice is fine.
    ///
    /// # Errors
    /// When the key has no such value, or the database fails.
    pub async fn verify_belonging(
        &self,
        actor: &Actor,
        id: KeyId,
        request: BelongingRequest,
    ) -> Result<Belonging, KeyError> {
        actor.require_provider()?;
        let key = self.find_key(id).await?;
        let (now, change, told) = (self.now(), change_of(&key), change_of(&key));
        let audit = self.auditor(actor, now);
        let verified = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let BelongingRequest { collection, value } = request;
                    if tx.verify_belonging(id, &collection, &value, now).await? {
                        let about = event(Action::KeyBelongingVerified, &key, &collection, &value);
                        audit.record(tx, about).await?;
                        tx.append_change(&change, now).await?;
                    }
                    find(tx.list_belongings(id).await?, &collection, &value)
                })
            })
            .await?;
        self.apply(&told);
        Ok(verified)
    }

    fn check_belonging(&self, key: &Key, request: &BelongingRequest) -> Result<(), KeyError> {
        let policy = self.registry().find(key.api).ok_or(KeyError::UnknownApi)?.policy;
        if !policy.collections.contains(&request.collection) {
            return Err(KeyError::UndefinedCollection(request.collection.clone()));
        }
        let length = request.value.chars().count();
        if length == 0 || length > LONGEST_VALUE || request.value.chars().any(char::is_control) {
            return Err(KeyError::BelongingForm);
        }
        Ok(())
    }
}

fn event(action: Action, key: &Key, collection: &CollectionName, value: &str) -> Event {
    Event::touched(action, key).with(Snapshot::default().with("collection", collection).with("value", value))
}

fn find(belongings: Vec<Belonging>, collection: &CollectionName, value: &str) -> Result<Belonging, KeyError> {
    belongings
        .into_iter()
        .find(|b| b.collection == *collection && b.value == value)
        .ok_or(KeyError::UnknownBelonging)
}

/// Secrets of pairs look alike for every API: they are never recognized by form, only compared.
fn secret_format() -> KeyFormat {
    KeyFormat {
        prefix: "".into(),
        shape: KeyShape::Checked { random: 40 },
        kind: KeyKind::Pair,
        environment: Environment::Live,
    }
}
