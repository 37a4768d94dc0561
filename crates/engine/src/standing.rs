//! What a token stands on: its family's parent, and the families it was exchanged for. Any of them can end it.

use std::sync::Arc;

use claviger_domain::{
    Belongings, Client, ClientMetadata, Credential, CredentialKind, GrantType, Parent, PlanName, Policy,
    Principal, Scope, ScopeSet, Standing, TokenFamily, TokenState, WorkspaceState,
};
use claviger_store::{FamilyRecord, HolderRecord, ParentRecord, StoredToken, UserRecord};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::activity::Activity;
use crate::engine::Engine;
use crate::error::Error;
use crate::known::{Known, Purchase, Story};
use crate::load::earlier;
use crate::parents::Moment;
use crate::sandbox::is_reset;
use crate::token_details::{TokenDetails, holder_of, row_name};

/// The longest chain of exchanges. Nobody gets further: an exchange of its last token is refused.
pub(crate) const LONGEST_CHAIN: usize = 8;

/// What a family gives its tokens.
struct Footing {
    known: Known,
    username: Option<String>,
    stands_on: SmallVec<[Uuid; 4]>,
}

impl Engine {
    /// A token with a row, as it is kept in memory. None when nothing is left of what it stands on.
    pub(crate) async fn known_token(
        &self,
        token: &StoredToken,
        of: FamilyRecord,
        policy: &Policy,
        read_at: Moment,
    ) -> Result<Option<Known>, Error> {
        let (family, details) = (of.family.clone(), TokenDetails::parse(&of.details)?);
        let Some(footing) = self.footing_of(of, &details, policy).await? else { return Ok(None) };
        let Footing { known: Known { mut credential, allowance, activity, .. }, username, stands_on } =
            footing;
        let state = family.state_of(token.generation);
        let of = (credential.principal.api, credential.principal.environment);
        let is_reset = is_reset(&mut self.store().read().await?, of, family.created_at, self.now()).await?;
        let clock = self.clock_over(of.1, Some(credential.principal.workspace)).await?;
        let made_at = token.issued_at.max(family.created_at);
        let seen = |end| clock.as_ref().map_or(end, |clock| clock.comes_at(of.1, made_at, end));
        if is_reset || matches!(state, TokenState::Spent | TokenState::Ended) {
            credential.standing = Standing::Revoked;
        }
        credential.ends_at = earlier(token.expires_at.map(seen), credential.ends_at);
        let holder = &credential.principal;
        let scopes = match &token.scopes {
            Some(fewer) => fewer.iter().filter(|scope| holder.scopes.contains(scope)).cloned().collect(),
            None => holder.scopes.clone(),
        };
        credential.principal =
            Arc::new(Principal { scopes, expires_at: credential.ends_at, ..Principal::clone(holder) });
        let is_fresh =
            state == TokenState::Fresh && matches!(credential.standing, Standing::Good | Standing::ReadOnly);
        let story = Story {
            parent: family.parent,
            family: Some((family.id, token.generation)),
            id: Some(row_name(family.id, token.generation)),
            subject: details.subject.clone().unwrap_or_else(|| holder_of(family.parent)),
            username,
            issued_at: Some(token.issued_at),
            details,
        };
        let fresh = is_fresh.then(|| Box::new((family, token.generation)));
        let bought = Purchase { stands_on, read_at, part: token.part, fresh, story: Box::new(story) };
        Ok(Some(Known { credential, allowance, activity, bought: Some(bought), presence: None, pair: None }))
    }

    /// What a family and all it was exchanged for give its tokens.
    async fn footing_of(
        &self,
        of: FamilyRecord,
        details: &TokenDetails,
        policy: &Policy,
    ) -> Result<Option<Footing>, Error> {
        let mut source = of.family.source;
        let Some(mut footing) = self.footing_of_one(of, details, policy).await? else { return Ok(None) };
        for _ in 0..LONGEST_CHAIN {
            let Some(id) = source else { return Ok(Some(footing)) };
            let Some(above) = self.store().read().await?.find_family_record(id).await? else {
                return Ok(None);
            };
            source = above.family.source;
            let details = TokenDetails::parse(&above.details)?;
            let Some(above) = self.footing_of_one(above, &details, policy).await? else { return Ok(None) };
            footing.stand_on(above, policy);
            footing.stands_on.push(id.uuid());
        }
        Ok(None)
    }

    async fn footing_of_one(
        &self,
        FamilyRecord { family, parent, .. }: FamilyRecord,
        details: &TokenDetails,
        policy: &Policy,
    ) -> Result<Option<Footing>, Error> {
        let client = match family.parent.client() {
            Some(id) => match self.known_client(id).await? {
                Some(client) => Some(client),
                None => return Ok(None),
            },
            None => None,
        };
        let ceiling = Ceiling { parent: &parent, client: client.as_deref(), policy };
        // What the parent has lost since, the token has lost too.
        let scopes: ScopeSet = family.scopes.iter().filter(|scope| ceiling.allows(scope)).cloned().collect();
        let standing = ceiling.standing(&family);
        let username = user_of(&parent).map(|user| user.email.to_string());
        let clock = self.clock_over(parent.environment(), Some(parent.workspace())).await?;
        let Known { mut credential, allowance, activity, .. } = match parent {
            ParentRecord::Key(key) => self.known(*key, policy, clock.as_ref()),
            ParentRecord::Client(holder)
            | ParentRecord::Grant { holder, .. }
            | ParentRecord::Account { holder, .. } => self.known_holder(&holder, family.parent, policy),
        };
        credential.standing = credential.standing.and(standing);
        credential.confirmation = details.jkt.as_deref().map(Into::into);
        let holder = &credential.principal;
        credential.principal = Arc::new(Principal {
            kind: CredentialKind::Token,
            credential: match family.parent {
                Parent::Key { .. } => Arc::clone(&holder.credential),
                Parent::Client(_) | Parent::Grant { .. } | Parent::Account(_) => family.id.to_string().into(),
            },
            version: None,
            subject: match (&details.subject, &holder.subject) {
                (Some(pairwise), Some(_)) => Some(pairwise.as_str().into()),
                (_, subject) => subject.clone(),
            },
            scopes,
            ..Principal::clone(holder)
        });
        let known = Known { credential, allowance, activity, bought: None, presence: None, pair: None };
        Ok(Some(Footing { known, username, stands_on: parents_of(family.parent) }))
    }

    /// A client, or an account, as the holder of credentials.
    fn known_holder(&self, holder: &HolderRecord, parent: Parent, policy: &Policy) -> Known {
        let owner = match parent {
            Parent::Grant { grant, .. } => grant.to_string(),
            other => holder_of(other),
        };
        let principal = Principal {
            api: holder.api,
            workspace: holder.workspace,
            kind: CredentialKind::Token,
            credential: owner.into(),
            version: None,
            subject: match parent {
                Parent::Grant { account, .. } | Parent::Account(account) => Some(account.to_string().into()),
                Parent::Key { .. } | Parent::Client(_) => None,
            },
            client: parent.client().map(|client| client.to_string().into()),
            scopes: ScopeSet::default(),
            environment: holder.environment,
            expires_at: None,
            belongings: Belongings::new(),
        };
        self.unlisted(principal, holder.plan.as_ref(), policy)
    }

    /// A credential of whoever the principal is, whose use is written down nowhere.
    pub(crate) fn unlisted(&self, principal: Principal, plan: Option<&PlanName>, policy: &Policy) -> Known {
        let all = policy.limits.iter().chain(policy.plan_limits(plan));
        let owner = Arc::clone(&principal.credential);
        Known {
            allowance: self.limits().resolve(all, &principal, (owner, self.now())),
            activity: Activity::unrecorded(None),
            credential: Credential {
                secret: None,
                standing: Standing::Good,
                not_before: None,
                ends_at: principal.expires_at,
                addresses: Box::default(),
                confirmation: None,
                principal: Arc::new(principal),
            },
            bought: None,
            presence: None,
            pair: None,
        }
    }
}

impl Footing {
    /// Adds what the family that this one was exchanged for gives and takes.
    fn stand_on(&mut self, above: Self, policy: &Policy) {
        let (own, other) = (&mut self.known.credential, above.known.credential);
        own.standing = own.standing.and(other.standing);
        own.ends_at = earlier(own.ends_at, other.ends_at);
        own.not_before = own.not_before.max(other.not_before);
        let (mine, theirs) = (&own.principal, &other.principal);
        own.principal = Arc::new(Principal {
            subject: mine.subject.clone().or_else(|| theirs.subject.clone()),
            scopes: mine.scopes.iter().filter(|s| policy.scopes.allows(&theirs.scopes, s)).cloned().collect(),
            belongings: theirs.belongings.clone(),
            ..Principal::clone(mine)
        });
        self.username = self.username.take().or(above.username);
        self.stands_on.extend(above.stands_on);
    }
}

/// The most that a parent lets its tokens do.
struct Ceiling<'c> {
    parent: &'c ParentRecord,
    client: Option<&'c Client>,
    policy: &'c Policy,
}

impl Ceiling<'_> {
    fn allows(&self, scope: &Scope) -> bool {
        let scopes = &self.policy.scopes;
        let of_client =
            || self.client.is_none_or(|client| client_may_have(&client.metadata, self.policy, scope));
        // The scopes of OpenID Connect are not the API's, and nobody is kept from allowing them.
        let of_user = |user: &UserRecord| {
            !scopes.defines(scope) || user.scopes.as_ref().is_none_or(|own| scopes.allows(own, scope))
        };
        match self.parent {
            ParentRecord::Key(key) => scopes.allows(&key.key.scopes, scope),
            ParentRecord::Client(_) => of_client(),
            ParentRecord::Grant { scopes: granted, user, .. } => {
                scopes.allows(granted, scope) && of_client() && of_user(user)
            }
            ParentRecord::Account { user, .. } => of_user(user),
        }
    }

    /// How a family stands, apart from what it was exchanged for.
    fn standing(&self, family: &TokenFamily) -> Standing {
        let is_revoked = matches!(self.parent, ParentRecord::Grant { revoked_at: Some(_), .. });
        if is_revoked || family.ended_at.is_some() {
            return Standing::Revoked;
        }
        let needed =
            if family.source.is_some() { GrantType::TokenExchange } else { GrantType::ClientCredentials };
        let is_off = match self.parent {
            // Its own record says so.
            ParentRecord::Key(_) => false,
            ParentRecord::Client(holder) => {
                is_disabled(holder) || self.client.is_none_or(|client| !client.may_use(needed))
            }
            ParentRecord::Grant { holder, user, .. } | ParentRecord::Account { holder, user } => {
                is_disabled(holder) || user.disabled_at.is_some()
            }
        };
        if is_off { Standing::Disabled } else { Standing::Good }
    }
}

/// Whether a client may have a scope, as far as its own metadata say. One without scopes of its own may have what it
/// was given.
pub(crate) fn client_may_have(metadata: &ClientMetadata, policy: &Policy, scope: &Scope) -> bool {
    metadata.scopes.as_ref().is_none_or(|own| policy.scopes.allows(own, scope))
}

fn is_disabled(holder: &HolderRecord) -> bool {
    holder.disabled_at.is_some() || matches!(holder.workspace_state, WorkspaceState::Suspended { .. })
}

fn user_of(parent: &ParentRecord) -> Option<&UserRecord> {
    match parent {
        ParentRecord::Grant { user, .. } | ParentRecord::Account { user, .. } => Some(user),
        ParentRecord::Key(_) | ParentRecord::Client(_) => None,
    }
}

/// The ids whose changes are felt by whatever stands on a parent.
pub(crate) fn parents_of(parent: Parent) -> SmallVec<[Uuid; 4]> {
    match parent {
        Parent::Key { key, .. } => SmallVec::from_slice(&[key.uuid()]),
        Parent::Client(client) => SmallVec::from_slice(&[client.uuid()]),
        Parent::Grant { grant, client, account } => {
            SmallVec::from_slice(&[grant.uuid(), client.uuid(), account.uuid()])
        }
        Parent::Account(account) => SmallVec::from_slice(&[account.uuid()]),
    }
}
