//! Sessions of a key, client or user: listed by their names, ended one by one.

use claviger_domain::{ChangeKind, FamilyId, ParentId, Principal, SessionName};
use claviger_secrets::{Lookup, Purpose};
use claviger_store::SessionRecord;
use indexmap::IndexMap;

use super::{ExchangeError, NamedSession};
use crate::engine::Engine;

/// Families read for one list: more than any contract lets a credential hold in earnest.
const LISTED: u32 = 10_000;

impl Engine {
    /// The living sessions of the key, client or user that `principal` stands on, newest first. Tokens without a session are in none.
    ///
    /// # Errors
    /// When the principal stands on none of these, or the database fails.
    pub async fn list_named_sessions(
        &self,
        principal: &Principal,
    ) -> Result<Vec<NamedSession>, ExchangeError> {
        let parent = parent_of(principal)?;
        let rows = self.store().read().await?.list_named_sessions(parent, self.now(), LISTED).await?;
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

    /// Ends every token of one session of the key, client or user that `principal` stands on. Others live on.
    ///
    /// # Errors
    /// [`ExchangeError::UnknownSession`] when it has no such living session; when the database fails.
    pub async fn end_named_session(
        &self,
        principal: &Principal,
        name: &SessionName,
    ) -> Result<(), ExchangeError> {
        let parent = parent_of(principal)?;
        let session = self.session_lookup(parent, name).bytes();
        let now = self.now();
        let subject = FamilyId::generate_at(now, self.entropy());
        let change = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let lookups = tx.list_session_lookups(parent, &session).await?;
                    if tx.end_named_session(parent, &session, now).await? == 0 {
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

    /// The same name under two credentials has unrelated hashes.
    pub(super) fn session_lookup(&self, parent: ParentId, name: &SessionName) -> Lookup {
        let text = [parent.uuid().as_bytes().as_slice(), name.expose().as_bytes()].concat();
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

/// The credential whose sessions a caller may see. What a user allowed a client is not the user's own.
fn parent_of(principal: &Principal) -> Result<ParentId, ExchangeError> {
    if let Ok(key) = principal.credential.parse() {
        return Ok(ParentId::Key(key));
    }
    let parent = match (&principal.client, &principal.subject) {
        (Some(client), None) => client.parse().ok().map(ParentId::Client),
        (None, Some(subject)) => subject.parse().ok().map(ParentId::Account),
        _ => None,
    };
    parent.ok_or(ExchangeError::UnknownSession)
}
