//! The first keys of those whose request was approved: made when their owner looks, and shown this once.

use claviger_domain::{
    AccessRequest, AccessRequestId, Action, Actor, Environment, Event, Metadata, NotAllowed, Right, Ruled,
    Ruling,
};

use super::AccessError;
use crate::engine::Engine;
use crate::keys::{IssuedKey, NewKey, change_of};

/// What a first key is called until somebody changes it.
const FIRST_KEY: &str = "First key";

impl Engine {
    /// The approved requests of the actor's workspace whose first keys nobody was shown; none for anyone but an owner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_unrevealed(&self, actor: &Actor) -> Result<Vec<AccessRequest>, AccessError> {
        let Some(own) = actor.workspace() else { return Ok(Vec::new()) };
        if actor.require(Right::WriteOwners).is_err() {
            return Ok(Vec::new());
        }
        let mut requests = self.store().read().await?.list_access_requests_of(own).await?;
        requests.retain(|request| !request.unrevealed().is_empty());
        Ok(requests)
    }

    /// Makes and shows the first key of an approved request in one environment, once. Only to an owner of its
    /// workspace: until that moment there is no key that anybody else could have seen.
    ///
    /// # Errors
    /// When there is no such request for the actor, their role does not allow it, it was shown before, or the database
    /// fails: then no key was made.
    pub async fn reveal_first_key(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        environment: Environment,
    ) -> Result<IssuedKey, AccessError> {
        let own = actor.workspace().ok_or(NotAllowed)?;
        actor.require(Right::WriteOwners)?;
        let requests = self.store().read().await?.list_access_requests_of(own).await?;
        let request = requests.into_iter().find(|request| request.id == id);
        let request = request.ok_or(AccessError::UnknownRequest)?;
        let Some(Ruled { ruling: Ruling::Approved { scopes, .. }, .. }) = request.ruled else {
            return Err(AccessError::UnknownRequest);
        };
        if !request.environments.contains(&environment) {
            return Err(AccessError::UnknownRequest);
        }
        let entry = self.registry().find(request.api).ok_or(AccessError::UnknownApi)?;
        let format = entry.policy.key_formats.iter().find(|format| format.environment == environment);
        let new = NewKey {
            api: request.api,
            workspace: own,
            environment,
            kind: format.ok_or(AccessError::NoEnvironment)?.kind,
            name: FIRST_KEY.parse().map_err(|_| AccessError::UnknownRequest)?,
            scopes,
            not_before: None,
            expires_at: None,
            addresses: Vec::new(),
            limits: Vec::new(),
            metadata: Metadata::default(),
        };
        let issued = self.draft_key(actor, new, &entry.api, &entry.policy)?;
        let (key, change) = (issued.key.clone(), change_of(&issued.key));
        let audit = self.auditor(actor, key.created_at);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.reveal_access_key(id, environment, key.id).await? {
                        return Err(AccessError::Shown);
                    }
                    tx.insert_key(&key).await?;
                    audit.record(tx, Event::made(Action::KeyIssued, &key)).await?;
                    let shown = Event::about(Action::AccessRequestRevealed, id).of(Some(own));
                    audit.record(tx, shown).await?;
                    tx.append_change(&change, key.created_at).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&change_of(&issued.key));
        tracing::info!(request = %id, key = %issued.key.id, by = %actor, "a first key was shown");
        Ok(issued)
    }
}
