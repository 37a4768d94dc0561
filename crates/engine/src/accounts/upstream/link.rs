//! Who somebody is at another provider as a way in to the account they have.

use claviger_domain::{Action, ChangeKind, Event, Snapshot, Timestamp};
use claviger_store::UpstreamIdentity;

use super::{LIFE, Pending, UpstreamProvider};
use crate::account_error::AccountError;
use crate::accounts::ceremony::Ceremony;
use crate::accounts::ways_in::require_another_way_in;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::sessions::SignedIn;

/// A provider, for somebody who has an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedProvider {
    /// The provider.
    pub provider: UpstreamProvider,
    /// Since when the account can be signed in to with it; none where it cannot.
    pub linked_at: Option<Timestamp>,
    /// What has to come back with the wish to link it, so that no other site can have it linked: sealed, URL-safe, good
    /// for ten minutes in sessions of this account.
    pub ticket: String,
}

impl Engine {
    /// The providers of an API, and which of them someone's account is linked with.
    ///
    /// # Errors
    /// When a second factor is due, or the database fails.
    pub async fn linked_providers(
        &self,
        caller: &Caller<'_>,
        who: &SignedIn,
    ) -> Result<Vec<LinkedProvider>, AccountError> {
        who.require_complete()?;
        let registrations = self.registrations(caller);
        if registrations.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.store().read().await?.list_upstream_identities(who.account().id).await?;
        let linked_at =
            |issuer: &str| known.iter().find(|(identity, _)| identity.issuer == issuer).map(|(_, at)| *at);
        let linked = registrations.iter().map(|registration| {
            let provider = registration.provider.clone();
            let ticket = self.seal_ceremony(&wish(caller, who, &provider.name), LIFE, &())?;
            Ok(LinkedProvider { provider, linked_at: linked_at(&registration.issuer), ticket })
        });
        linked.collect()
    }

    /// Whether a page of ours, in a session of this account, has offered to link this provider.
    pub(super) fn check_wish(
        &self,
        caller: &Caller<'_>,
        provider: &str,
        (who, ticket): (&SignedIn, &str),
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        self.unseal_ceremony::<()>(&wish(caller, who, provider), ticket).map(drop)
    }

    /// Takes away someone's way in by a provider. Twice is fine.
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] when there is no such provider; [`AccountError::OnlyWayIn`] when they could not sign in
    /// any more; when a second factor is due, or the database fails.
    pub async fn unlink_provider(
        &self,
        caller: &Caller<'_>,
        who: &SignedIn,
        provider: &str,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let issuer = self.registration(caller, provider)?.issuer.clone();
        let account = who.account().id;
        let now = self.now();
        let about = provider_event(Action::AccountProviderUnlinked, who, &issuer);
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.hold_account(account).await?;
                    if tx.delete_upstream_identity(account, &issuer).await? {
                        require_another_way_in(tx, account).await?;
                        audit.record(tx, about).await?;
                        tx.append_change(&ChangeKind::Account(account), now).await?;
                    }
                    Ok::<_, AccountError>(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, provider, "an account was unlinked from a provider");
        Ok(())
    }

    /// Links the account of who is signed in with an identity that a provider vouched for.
    pub(super) async fn link_vouched(
        &self,
        who: &SignedIn,
        identity: UpstreamIdentity,
        ceremony: Ceremony<Pending>,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let (account, pool, now) = (who.account().id, who.account().pool, self.now());
        let Ceremony { lookup, ends_at, .. } = ceremony;
        let about = provider_event(Action::AccountProviderLinked, who, &identity.issuer);
        let audit = self.auditor(&who.actor(), now);
        let linked = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.insert_seen_once(&lookup, now, ends_at).await? {
                        return Err(AccountError::Stale);
                    }
                    tx.hold_account(account).await?;
                    let mut known = tx.list_upstream_identities(account).await?.into_iter();
                    if known.any(|(known, _)| known.issuer == identity.issuer) {
                        return Err(AccountError::Conflict);
                    }
                    tx.insert_upstream_identity((pool, account), &identity, now).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok(())
                })
            })
            .await;
        match linked {
            Err(AccountError::Failed(Error::Store(claviger_store::Error::Conflict { .. }))) => {
                return Err(AccountError::IdentityTaken);
            }
            linked => linked?,
        }
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "an account was linked with a provider");
        Ok(())
    }
}

/// Which provider it was. Who somebody is there is none of the record's business.
fn provider_event(action: Action, who: &SignedIn, issuer: &str) -> Event {
    Event::touched(action, who.account()).with(Snapshot::default().with("issuer", issuer))
}

/// Where a ticket is good.
fn wish(caller: &Caller<'_>, who: &SignedIn, provider: &str) -> String {
    format!("link {} {provider} {}", who.account().id, caller.issuer)
}
