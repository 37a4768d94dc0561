//! What a user is asked, and what is kept of their answer.

use claviger_domain::{
    Account, AccountId, Action, ApiId, ChangeKind, ClientId, Event, Grant, GrantId, Policy, ScopeSet,
    Timestamp,
};
use claviger_oauth::AuthorizationRequest;
use claviger_store::Tx;

use super::Consent;
use super::bind::Bound;
use super::wanted::is_offline;
use crate::caller::Caller;
use crate::chain::Auditor;
use crate::oauth::targets::spelled_out;

/// A request that only needs its user's word.
pub(super) struct Question {
    pub(super) bound: Bound,
    pub(super) request: AuthorizationRequest,
    /// What the user can allow of what was asked.
    pub(super) scopes: ScopeSet,
    pub(super) resources: Vec<String>,
    /// What they allow the client already.
    pub(super) known: Option<Grant>,
}

impl Question {
    /// Whether all of it was allowed before.
    pub(super) fn is_known(&self, caller: &Caller<'_>) -> bool {
        let Some(grant) = &self.known else { return false };
        let resources = spelled_out(&grant.resources, caller.issuer);
        self.scopes.iter().all(|scope| grant.scopes.contains(scope))
            && spelled_out(&self.resources, caller.issuer).iter().all(|wanted| resources.contains(wanted))
    }

    pub(super) fn consent(&self, caller: &Caller<'_>, account: &Account) -> Consent {
        let client = &self.bound.client;
        let is_offline = is_offline(caller.policy, client, &self.scopes);
        let tokens = &caller.policy.tokens;
        let online = tokens.access.as_ref().map(|access| access.lifetime);
        let target = self.bound.target();
        let known = self.known.iter().flat_map(|grant| grant.scopes.iter());
        Consent {
            account: account.clone(),
            client: client.as_ref().clone(),
            destination: target.destination(),
            scopes: describe(caller.policy, &self.scopes),
            known: known.filter(|scope| self.scopes.contains(scope)).map(ToString::to_string).collect(),
            is_offline,
            lifetime: if is_offline {
                tokens.refresh.as_ref().and_then(|refresh| refresh.lifetime)
            } else {
                online
            },
            form_actions: vec![target.origin()],
        }
    }
}

/// Name and description of each scope: those of OpenID Connect, then those of the API in its contract's order.
pub(in crate::oauth) fn describe(policy: &Policy, scopes: &ScopeSet) -> Vec<(String, String)> {
    const IDENTITY: [(&str, &str); 4] = [
        ("openid", "Know who you are here"),
        ("profile", "See your name and language"),
        ("email", "See your e-mail address"),
        ("offline_access", "Go on while you are away"),
    ];
    let has = |name: &str| scopes.iter().any(|scope| scope.as_str() == name);
    let identity = IDENTITY.into_iter().filter(|(name, _)| has(name));
    let identity = identity.map(|(name, description)| (name.to_owned(), description.to_owned()));
    let own = policy.scopes.iter().filter(|(scope, _)| scopes.contains(scope));
    identity.chain(own.map(|(scope, about)| (scope.to_string(), about.description.clone()))).collect()
}

/// What a user allows a client, to be kept.
#[derive(Clone)]
pub(in crate::oauth) struct Allowance {
    /// The grant's id, if it is the first.
    pub(in crate::oauth) id: GrantId,
    pub(in crate::oauth) api: ApiId,
    pub(in crate::oauth) issuer: String,
    pub(in crate::oauth) account: AccountId,
    pub(in crate::oauth) client: ClientId,
    pub(in crate::oauth) scopes: ScopeSet,
    pub(in crate::oauth) resources: Vec<String>,
    pub(in crate::oauth) now: Timestamp,
}

/// A grant that was kept, and what is left to do once all else of the transaction is done.
pub(in crate::oauth) struct Kept {
    /// The grant.
    pub(in crate::oauth) grant: GrantId,
    /// What the other nodes have to be told.
    change: Option<ChangeKind>,
    /// What has to be recorded, and of whose client.
    event: Option<(Event, ClientId)>,
}

impl Kept {
    /// Records it and tells the other nodes. Answers what this one has to be told.
    pub(in crate::oauth) async fn announce(
        self,
        tx: &mut Tx,
        audit: &Auditor,
        at: Timestamp,
    ) -> Result<Option<ChangeKind>, claviger_store::Error> {
        if let Some((event, client)) = self.event {
            let client = tx.find_client(client).await?;
            audit.record(tx, event.of(client.map(|client| client.workspace))).await?;
        }
        if let Some(change) = &self.change {
            tx.append_change(change, at).await?;
        }
        Ok(self.change)
    }
}

impl Allowance {
    /// Makes the grant, or widens the one there is: what was allowed before stays allowed. Answers it and what
    /// is left to do, once all else of the transaction is done.
    pub(in crate::oauth) async fn keep(&self, tx: &mut Tx) -> Result<Kept, claviger_store::Error> {
        let first = Grant {
            id: self.id,
            api: self.api,
            account: self.account,
            client: self.client,
            scopes: self.scopes.clone(),
            resources: self.resources.clone(),
            created_at: self.now,
            updated_at: self.now,
            revoked_at: None,
        };
        let known = match tx.hold_living_grant(self.account, self.client).await? {
            Some(known) => known,
            None if tx.insert_grant(&first).await? => {
                let event = Some((Event::made(Action::GrantGiven, &first), self.client));
                return Ok(Kept { grant: first.id, change: None, event });
            }
            // Made between our two looks; revoked again, the caller may try anew.
            None => {
                let known = tx.hold_living_grant(self.account, self.client).await?;
                known.ok_or(claviger_store::Error::Busy)?
            }
        };
        let scopes: ScopeSet = known.scopes.iter().chain(self.scopes.iter()).cloned().collect();
        let resources = union(&known.resources, &self.resources, &self.issuer);
        let is_wider = scopes != known.scopes || resources != known.resources;
        tx.widen_grant(known.id, (&scopes, &resources), self.now).await?;
        let after = Grant { scopes, resources, ..known.clone() };
        Ok(Kept {
            grant: known.id,
            change: is_wider.then_some(ChangeKind::Grant(known.id)),
            event: is_wider.then(|| (Event::changed(Action::GrantWidened, &known, &after), self.client)),
        })
    }
}

fn union(one: &[String], other: &[String], issuer: &str) -> Vec<String> {
    if one.is_empty() && other.is_empty() {
        return Vec::new();
    }
    let mut all = spelled_out(one, issuer);
    for resource in spelled_out(other, issuer) {
        if !all.contains(&resource) {
            all.push(resource);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcp_14_a_union_keeps_what_was_allowed_before() {
        let (api, mcp) = ("https://api.example".to_owned(), "https://mcp.example/x".to_owned());
        let only_mcp = std::slice::from_ref(&mcp);
        assert!(union(&[], &[], &api).is_empty());
        assert_eq!(union(&[], only_mcp, &api), [api.clone(), mcp.clone()]);
        assert_eq!(union(only_mcp, &[], &api), [mcp.clone(), api.clone()]);
        assert_eq!(union(only_mcp, only_mcp, &api), only_mcp);
    }
}
