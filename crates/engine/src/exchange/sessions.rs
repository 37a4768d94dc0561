//! Sessions of a key: listed by their names, ended one by one.

use claviger_domain::{ChangeKind, FamilyId, KeyId, Principal, SessionName};
use claviger_secrets::{Lookup, Purpose};
use claviger_store::SessionRecord;
use indexmap::IndexMap;

use super::{ExchangeError, NamedSession};
use crate::engine::Engine;

/// Families read for one list: more than any contract lets a key hold in earnest.
const LISTED: u32 = 10_000;

impl Engine {
    /// The living sessions of the key that `principal` stands on, newest first. Tokens without a session are in none.
    ///
    /// # Errors
    /// When the principal stands on no key, or the database fails.
    pub async fn list_named_sessions(
        &self,
        principal: &Principal,
    ) -> Result<Vec<NamedSession>, ExchangeError> {
        let key = key_of(principal)?;
        let rows = self.store().read().await?.list_named_sessions(key, self.now(), LISTED).await?;
        let mut sessions: IndexMap<[u8; 32], NamedSession> = IndexMap::new();
        for row in rows {
            let one = self.open_named_session(&row)?;
            // Rows come newest first; a session with tokens of several scope sets is one session.
            match sessions.get_mut(&row.session.lookup) {
                Some(session) => {
                    session.created_at = session.created_at.min(one.created_at);
                    session.expires_at = session.expires_at.max(one.expires_at);
                    session.scopes = session.scopes.iter().chain(one.scopes.iter()).cloned().collect();
                }
                None => {
                    sessions.insert(row.session.lookup, one);
                }
            }
        }
        Ok(sessions.into_values().collect())
    }

    /// Ends every token of one session of the key that `principal` stands on. Others live on.
    ///
    /// # Errors
    /// [`ExchangeError::UnknownSession`] when the key has no such living session; when the database fails.
    pub async fn end_named_session(
        &self,
        principal: &Principal,
        name: &SessionName,
    ) -> Result<(), ExchangeError> {
        let key = key_of(principal)?;
        let session = self.session_lookup(key, name).bytes();
        let now = self.now();
        let subject = FamilyId::generate_at(now, self.entropy());
        let change = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let lookups = tx.list_session_lookups(key, &session).await?;
                    if tx.end_named_session(key, &session, now).await? == 0 {
                        return Err(ExchangeError::UnknownSession);
                    }
                    // Of several families; whoever applies it goes by the hashes.
                    let change = ChangeKind::Token { family: subject, lookups };
                    tx.append_change(&change, now).await?;
                    Ok(change)
                })
            })
            .await?;
        self.apply(&change);
        Ok(())
    }

    /// The same name under two keys has unrelated hashes.
    pub(super) fn session_lookup(&self, key: KeyId, name: &SessionName) -> Lookup {
        let text = [key.uuid().as_bytes(), name.expose().as_bytes()].concat();
        self.vault().hash(Purpose::SessionName, &text)
    }

    fn open_named_session(&self, row: &SessionRecord) -> Result<NamedSession, ExchangeError> {
        Ok(NamedSession {
            name: self.open_session_name(row.family, &row.session.name)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            scopes: row.scopes.clone(),
        })
    }
}

fn key_of(principal: &Principal) -> Result<KeyId, ExchangeError> {
    principal.credential.parse().map_err(|_| ExchangeError::UnknownSession)
}
