//! Ending tokens: by logging out, by revocation, by an operator. A token ends with its family and all that was
//! exchanged for it; nobody learns whether there was one.

use claviger_domain::{Action, Actor, ChangeKind, Event, FamilyId, Timestamp, TokenFamily};
use claviger_secrets::Lookup;
use claviger_store::{FamilyRecord, Tx};

use super::ExchangeError;
use crate::caller::Caller;
use crate::chain::Auditor;
use crate::engine::Engine;
use crate::error::Error;
use crate::known::Known;
use crate::tokens::Sought;

impl Engine {
    /// Ends a token, access or refresh, and those bought with it. A text that is no token of this API changes nothing
    /// and gets the same answer (RFC 7009 section 2.2).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, caller: &Caller<'_>, token: &str) -> Result<(), ExchangeError> {
        let text = self.any_token_text(token.as_bytes(), caller.policy);
        match self.seek_token(text, caller.api, caller.policy).await? {
            Sought::Known(known) if known.credential.principal.api == caller.api => {
                Ok(self.end_known(text.lookup, &known).await?)
            }
            Sought::Known(_) | Sought::Unknown | Sought::Forged => Ok(()),
        }
    }

    /// Ends a token with its family; one without a row is noted until its date.
    pub(crate) async fn end_known(&self, lookup: Lookup, known: &Known) -> Result<(), Error> {
        let Some(bought) = &known.bought else { return Ok(()) };
        match (bought.story.family, known.credential.ends_at) {
            (Some((family, _)), _) => self.end_family(family, None).await.map(drop),
            (None, Some(ends_at)) => self.end_without_row(lookup, ends_at).await,
            (None, None) => Ok(()),
        }
    }

    /// Ends a family and all that stem from it, which is recorded unless its own holder does. Answers whether there was
    /// anything to end.
    pub(super) async fn end_family(&self, id: FamilyId, by: Option<&Actor>) -> Result<bool, Error> {
        let now = self.now();
        let audit = by.map(|actor| self.auditor(actor, now));
        let change = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let lookups = tx.list_tree_lookups(id).await?;
                    let before = match audit {
                        Some(_) => tx.find_family_record(id).await?,
                        None => None,
                    };
                    if !tx.end_family(id, now).await? {
                        return Ok::<_, Error>(None);
                    }
                    if let (Some(audit), Some(before)) = (&audit, before) {
                        record_end(tx, audit, before, now).await?;
                    }
                    let change = ChangeKind::Token { family: id, lookups };
                    tx.append_change(&change, now).await?;
                    Ok(Some(change))
                })
            })
            .await?;
        if let Some(change) = &change {
            self.apply(change);
        }
        Ok(change.is_some())
    }

    async fn end_without_row(&self, lookup: Lookup, ends_at: Timestamp) -> Result<(), Error> {
        let now = self.now();
        let change = ChangeKind::Token {
            // There is none; whoever applies it goes by the hash.
            family: FamilyId::generate_at(now, self.entropy()),
            lookups: vec![lookup.bytes()],
        };
        let appended = change.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    // Somebody may have exchanged it meanwhile, which gave it a row.
                    if let Some(record) = tx.find_token_by_lookup(&lookup.bytes()).await? {
                        tx.end_family(record.of.family.id, now).await?;
                    }
                    if tx.insert_ended_token(&lookup.bytes(), ends_at).await? {
                        tx.append_change(&appended, now).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.apply(&change);
        Ok(())
    }
}

async fn record_end(
    tx: &mut Tx,
    audit: &Auditor,
    FamilyRecord { family: before, parent, .. }: FamilyRecord,
    at: Timestamp,
) -> Result<(), claviger_store::Error> {
    // One that had ended before is as it was: it is what stems from it that ends now.
    let after = TokenFamily { ended_at: before.ended_at.or(Some(at)), ..before.clone() };
    let event = Event::changed(Action::TokenFamilyEnded, &before, &after).of(Some(parent.workspace()));
    audit.record(tx, event).await
}
