//! What a request may ask for: the grant, PKCE, scopes, resources.

use claviger_domain::{Account, Client, GrantType, Pkce, Policy, Scope, ScopeSet};
use claviger_oauth::{AuthorizationRequest, ErrorCode, Refusal};

use super::bind::Bound;
use super::flow::Pending;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::error::OAuthError;
use crate::oauth::targets::targets_of;

/// A request that may be put to a user.
pub(super) struct Wanted {
    pub(super) request: AuthorizationRequest,
    pub(super) scopes: ScopeSet,
    /// Empty for the API itself.
    pub(super) resources: Vec<String>,
}

impl Engine {
    /// What the request wants, or the error that goes to the client.
    pub(super) async fn read_wanted(
        &self,
        caller: &Caller<'_>,
        bound: &Bound,
        pending: &Pending,
    ) -> Result<Wanted, OAuthError> {
        let request = AuthorizationRequest::read(&pending.parameters())?;
        let client = &bound.client;
        if !client.may_use(GrantType::AuthorizationCode) {
            let why = "the client is not registered for authorization codes";
            return Err(Refusal::new(ErrorCode::UnauthorizedClient, why).into());
        }
        if client.metadata.requires_pushed_requests && pending.pushed().is_none() {
            return Err(invalid("the client is registered to push its requests first").into());
        }
        check_challenge(caller.policy, client, request.code_challenge.as_deref())?;
        if let Some(challenge) = &request.code_challenge {
            let mut conn = self.store().read().await?;
            if conn.is_challenge_spent(client.id, challenge).await? {
                return Err(invalid("the code_challenge was used before; make a new one each time").into());
            }
        }
        let scopes = wanted_scopes(caller.policy, client, request.scopes.as_ref())?;
        let resources = targets_of(caller, &request.resources)?;
        Ok(Wanted { request, scopes, resources })
    }
}

fn invalid(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, why)
}

/// Whether a challenge is there wherever one is due.
fn check_challenge(policy: &Policy, client: &Client, challenge: Option<&str>) -> Result<(), Refusal> {
    let is_due = client.is_public() || policy.tokens.pkce == Pkce::Always;
    if is_due && challenge.is_none() {
        return Err(invalid("code_challenge is missing: this client must use PKCE with S256"));
    }
    Ok(())
}

/// The scopes that are put to the user: those asked for, or the contract's default. Of offline access, only what the
/// client can make use of.
///
/// # Errors
/// `invalid_scope` for one that there is not, or that the client may not have.
pub(in crate::oauth) fn wanted_scopes(
    policy: &Policy,
    client: &Client,
    asked: Option<&ScopeSet>,
) -> Result<ScopeSet, Refusal> {
    let may_have = client.metadata.effective_scopes(policy);
    let refuse = |why: String| Refusal::new(ErrorCode::InvalidScope, why);
    let Some(asked) = asked else {
        let default = &policy.tokens.default_scopes;
        return Ok(default.iter().filter(|scope| may_have.contains(scope)).cloned().collect());
    };
    for scope in asked.iter() {
        let is_identity = is_identity(policy, scope);
        if !policy.scopes.defines(scope) && !is_identity {
            return Err(refuse(format!("there is no scope {scope}")));
        }
        // What says who the user is, is theirs to tell, whatever of the API the client was limited to.
        if !is_identity && !policy.scopes.allows(&may_have, scope) {
            return Err(refuse(format!("the client may not ask for {scope}")));
        }
    }
    let can_refresh = policy.tokens.refresh.is_some() && client.may_use(GrantType::RefreshToken);
    let is_kept = |scope: &&Scope| can_refresh || scope.as_str() != "offline_access";
    Ok(asked.iter().filter(is_kept).cloned().collect())
}

fn is_identity(policy: &Policy, scope: &Scope) -> bool {
    policy.identity_scopes().any(|known| known == *scope)
}

/// Those of the scopes that the user themself may allow.
pub(in crate::oauth) fn allowed_scopes(policy: &Policy, account: &Account, wanted: &ScopeSet) -> ScopeSet {
    let may = |scope: &Scope| match &account.scopes {
        Some(most) => policy.scopes.allows(most, scope),
        None => !policy.scopes.is_master(scope),
    };
    wanted.iter().filter(|scope| is_identity(policy, scope) || may(scope)).cloned().collect()
}

/// Whether tokens of these scopes can be refreshed: plain OAuth requests always, those of OpenID Connect when they
/// ask for it (Core section 11).
pub(in crate::oauth) fn is_offline(policy: &Policy, client: &Client, scopes: &ScopeSet) -> bool {
    let has = |name: &str| scopes.iter().any(|scope| scope.as_str() == name);
    policy.tokens.refresh.is_some()
        && client.may_use(GrantType::RefreshToken)
        && (has("offline_access") || !has("openid"))
}
