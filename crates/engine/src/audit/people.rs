//! Who the people in the record are: it knows them by their ids alone.

use std::collections::BTreeMap;

use claviger_domain::{AccountId, Actor, AuditEntry, Email, Pool, Who};

use super::AuditError;
use crate::engine::Engine;

impl Engine {
    /// The addresses of the operators and members that stand in some rows, by their ids as the rows have them. Whoever
    /// is gone has none, and neither have users of APIs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_people(&self, rows: &[AuditEntry]) -> Result<BTreeMap<String, Email>, AuditError> {
        let mut people = BTreeMap::new();
        let mut read = self.store().read().await?;
        for text in rows.iter().flat_map(|row| [&row.actor, &row.object]) {
            let Ok(id) = text.parse::<AccountId>() else { continue };
            if people.contains_key(text) {
                continue;
            }
            let found = read.find_account(id).await?;
            if let Some(account) = found.filter(|account| !matches!(account.pool, Pool::Api(_))) {
                people.insert(text.clone(), account.email);
            }
        }
        Ok(people)
    }

    /// The name by which the record knows somebody: what is one already, or the id of whoever has this address. None
    /// where nobody is meant that the actor could read of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_name(&self, actor: &Actor, text: &str) -> Result<Option<String>, AuditError> {
        if Who::is_name(text) {
            return Ok(Some(text.to_owned()));
        }
        let Ok(email) = text.parse::<Email>() else { return Ok(None) };
        let mut read = self.store().read().await?;
        let pools: &[Pool] = match actor.workspace() {
            Some(_) => &[Pool::Members],
            None => &[Pool::Instance, Pool::Members],
        };
        for pool in pools {
            if let Some(record) = read.find_account_by_email(*pool, &email).await? {
                return Ok(Some(record.account.id.to_string()));
            }
        }
        Ok(None)
    }
}
