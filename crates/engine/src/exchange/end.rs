//! Logging out: a token ends with its family. Whoever holds it may; nobody learns whether there was one.

use claviger_domain::{ChangeKind, TokenFamily};
use claviger_secrets::Purpose;

use super::{Caller, ExchangeError};
use crate::engine::Engine;

impl Engine {
    /// Ends a token, access or refresh, and those bought with it. A text that is no token of this API changes nothing
    /// and gets the same answer (RFC 7009 section 2.2).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, caller: &Caller<'_>, token: &str) -> Result<(), ExchangeError> {
        let lookup = self.vault().hash(Purpose::Token, token.as_bytes());
        let record = self.store().read().await?.find_token_by_lookup(&lookup.bytes()).await?;
        match record.filter(|record| record.key.key.api == caller.api) {
            Some(record) => self.end_family(record.family).await,
            None => Ok(()),
        }
    }

    async fn end_family(&self, family: TokenFamily) -> Result<(), ExchangeError> {
        let (now, id) = (self.now(), family.id);
        let change = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.end_family(id, now).await? {
                        return Ok::<_, ExchangeError>(None);
                    }
                    let lookups = tx.list_token_lookups(id, family.newest.next()).await?;
                    let change = ChangeKind::Token { family: id, lookups };
                    tx.append_change(&change, now).await?;
                    Ok(Some(change))
                })
            })
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        Ok(())
    }
}
