//! Grants: what users allowed clients; seen and revoked by users and operators.

use claviger_domain::{
    AccountId, Action, Actor, ApiId, ChangeKind, Client, ClientId, Event, Grant, GrantId, Page, PageRequest,
    ScopeSet, Timestamp,
};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_store::GrantFilter;

use super::authorize::describe;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::error::Error;
use crate::sessions::SignedIn;

/// The most applications that are listed.
const MOST_LISTED: u16 = 200;

/// An application that a user has allowed something.
#[derive(Clone, Debug)]
pub struct ConnectedApplication {
    /// What was allowed.
    pub grant: Grant,
    /// Whom.
    pub client: Client,
    /// Name and description of each scope.
    pub scopes: Vec<(String, String)>,
    /// When it last got a token for this user.
    pub last_used_at: Option<Timestamp>,
}

impl Engine {
    /// The applications that someone has allowed something, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_connected_applications(
        &self,
        who: &SignedIn,
    ) -> Result<Vec<ConnectedApplication>, OAuthError> {
        let account = who.account().id;
        let (grants, uses) = {
            let mut conn = self.store().read().await?;
            (conn.list_living_grants(account, MOST_LISTED).await?, conn.list_grant_uses(account).await?)
        };
        let mut applications = Vec::with_capacity(grants.len());
        for grant in grants {
            let (Some(api), Some(client)) =
                (self.registry().find(grant.api), self.known_client(grant.client).await?)
            else {
                continue;
            };
            applications.push(ConnectedApplication {
                client: client.as_ref().clone(),
                scopes: describe(&api.policy, &grant.scopes),
                last_used_at: uses.iter().find(|(id, _)| *id == grant.id).map(|(_, at)| *at),
                grant,
            });
        }
        Ok(applications)
    }

    /// Name and description of each scope, as people who are asked for it are told.
    pub fn describe_scopes(&self, api: ApiId, scopes: &ScopeSet) -> Vec<(String, String)> {
        self.registry().find(api).map(|entry| describe(&entry.policy, scopes)).unwrap_or_default()
    }

    /// Takes back what someone allowed; every token of it ends at once.
    ///
    /// # Errors
    /// `invalid_request` when they have no such living grant; when the database fails.
    pub async fn revoke_own_grant(&self, who: &SignedIn, id: GrantId) -> Result<(), OAuthError> {
        let unknown =
            || Refusal::new(ErrorCode::InvalidRequest, "you have not allowed this application anything");
        let grant = self.store().read().await?.find_grant(id).await?;
        let grant = grant.filter(|grant| grant.account == who.account().id && grant.revoked_at.is_none());
        if grant.is_none() || !self.end_grant(&who.actor(), id).await? {
            return Err(unknown().into());
        }
        Ok(())
    }

    /// Grants, newest first, of one API, user or client.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_grants(
        &self,
        filter: (Option<ApiId>, Option<AccountId>, Option<ClientId>),
        page: PageRequest,
    ) -> Result<Page<Grant>, OAuthError> {
        let (api, account, client) = filter;
        Ok(self.store().read().await?.list_grants(GrantFilter { api, account, client }, page).await?)
    }

    /// The grant with this id, revoked ones included for as long as they are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_grant(&self, id: GrantId) -> Result<Option<Grant>, OAuthError> {
        Ok(self.store().read().await?.find_grant(id).await?)
    }

    /// Takes a grant back; every token of it ends at once. Answers the grant as it is now.
    ///
    /// # Errors
    /// None when there is no such grant; when the database fails.
    pub async fn revoke_grant(&self, actor: &Actor, id: GrantId) -> Result<Option<Grant>, OAuthError> {
        actor.require_provider().map_err(|error| Refusal::new(ErrorCode::AccessDenied, error.to_string()))?;
        self.end_grant(actor, id).await?;
        self.find_grant(id).await
    }

    /// Answers whether the grant lived.
    async fn end_grant(&self, actor: &Actor, id: GrantId) -> Result<bool, Error> {
        let now = self.now();
        let change = ChangeKind::Grant(id);
        let (told, audit) = (change.clone(), self.auditor(actor, now));
        let is_ended = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let before = tx.find_grant(id).await?;
                    let is_ended = tx.revoke_grant(id, now).await?;
                    if let (true, Some(before)) = (is_ended, before) {
                        let after = Grant { revoked_at: Some(now), ..before.clone() };
                        let client = tx.find_client(before.client).await?;
                        let event = Event::changed(Action::GrantRevoked, &before, &after);
                        audit.record(tx, event.of(client.map(|client| client.workspace))).await?;
                        tx.append_change(&told, now).await?;
                    }
                    Ok(is_ended)
                })
            })
            .await?;
        if is_ended {
            self.apply(&change);
            tracing::info!(grant = %id, %actor, "a grant was revoked");
        }
        Ok(is_ended)
    }
}
