//! Asking for access, and looking up by a mailed link what became of it.

use std::time::Duration;

use claviger_domain::{
    AccessRequest, AccessRequestId, Action, Actor, ApiId, Call, Email, Environment, Event, Label, Origin,
    Policy, Prose, Who,
};

use super::AccessError;
use crate::engine::Engine;
use crate::letter::AccessLetter;

/// The requests that one address can make in a day.
const REQUESTS: u64 = 3;
const REQUESTS_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// The most requests that wait for a decision.
const MOST_WAITING: u32 = 5_000;

/// A request to be made.
#[derive(Clone, Debug)]
pub struct NewAccessRequest {
    /// For which API.
    pub api: ApiId,
    /// Who asks.
    pub company: Label,
    /// The person to talk to.
    pub contact: Label,
    /// Their address.
    pub email: Email,
    /// What for.
    pub use_case: Prose,
    /// Where they want to go.
    pub environments: Vec<Environment>,
    /// Where the request came from.
    pub origin: Origin,
}

impl Engine {
    /// The environments in which an API has keys at all.
    pub fn environments_of(policy: &Policy) -> Vec<Environment> {
        let has = |at: &Environment| policy.key_formats.iter().any(|format| format.environment == *at);
        Environment::ALL.into_iter().filter(has).collect()
    }

    /// Takes a request for access, and mails its contact a link to it. An address that has asked often enough today gets
    /// no further one; the caller cannot tell.
    ///
    /// # Errors
    /// When the API is unknown or has no keys where they are wanted, too many ask from one place or wait, or the
    /// database fails.
    pub async fn request_access(&self, new: NewAccessRequest) -> Result<(), AccessError> {
        let policy = self.registry().find(new.api).ok_or(AccessError::UnknownApi)?.policy;
        let mut environments = Self::environments_of(&policy);
        if new.environments.iter().any(|wanted| !environments.contains(wanted)) {
            return Err(AccessError::NoEnvironment);
        }
        environments.retain(|known| new.environments.contains(known));
        if environments.is_empty() {
            return Err(AccessError::NoEnvironment);
        }
        let place = self.admit_letter(&new.origin)?;
        let now = self.now();
        let request = AccessRequest {
            id: AccessRequestId::generate_at(now, self.entropy()),
            api: new.api,
            company: new.company,
            contact: new.contact,
            email: new.email,
            use_case: new.use_case,
            environments,
            ruled: None,
            revealed: Vec::new(),
            created_at: now,
        };
        let id = request.id;
        let call = Call { request: None, address: new.origin.address };
        let audit = self.auditor(&Actor::new(Who::Visitor, call), now);
        let is_taken = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let since = now.minus(REQUESTS_WINDOW);
                    if tx.count_access_requests(request.email.folded(), since).await? >= REQUESTS {
                        return Ok(false);
                    }
                    if tx.count_waiting_access_requests(MOST_WAITING).await? >= u64::from(MOST_WAITING) {
                        return Err(AccessError::Busy);
                    }
                    tx.insert_access_request(&request).await?;
                    audit.record(tx, Event::made(Action::AccessRequestMade, &request)).await?;
                    Ok(true)
                })
            })
            .await?;
        if is_taken {
            place.answer(id, AccessLetter::Received, self.portal_sender());
            tracing::info!(request = %id, "access was asked for");
        } else {
            tracing::info!("access was not asked for: the address has asked often enough today");
        }
        Ok(())
    }

    /// The request that a mailed link is about.
    ///
    /// # Errors
    /// [`AccessError::UnknownRequest`] when it is none of ours or has been replaced; when the database fails.
    pub async fn find_own_access_request(&self, token: &str) -> Result<AccessRequest, AccessError> {
        let lookup = self.access_lookup(token).ok_or(AccessError::UnknownRequest)?;
        let found = self.store().read().await?.find_access_request_by_lookup(&lookup).await?;
        found.ok_or(AccessError::UnknownRequest)
    }
}
