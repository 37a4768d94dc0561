//! The token endpoint: a grant for tokens.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    AccessToken, Client, Environment, GrantType, Parent, Policy, Scope, ScopeSet, Terms, Timestamp,
    TokenShape,
};
use claviger_oauth::{ErrorCode, Refusal, TokenRequest};
use claviger_secrets::Plain;

use super::asking::{Ask, AuthenticatedClient, DpopProof, TokenTerms};
use super::error::OAuthError;
use super::targets::targets_of;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::{Claims, FamilyOrder, Texts, type_of};
use crate::rowless::needs_no_row;
use crate::token_details::TokenDetails;

/// A trade that loses this many races in a row gives up.
const ATTEMPTS: usize = 16;

/// Tokens of a client.
#[derive(Debug)]
pub struct Issued {
    /// What is sent to the API.
    pub access: Plain,
    /// `Bearer`, or `DPoP` when it is bound to a key (RFC 9449 section 5).
    pub token_type: &'static str,
    /// What buys the next.
    pub refresh: Option<Plain>,
    /// Who the user is (OpenID Connect Core section 2).
    pub id_token: Option<Plain>,
    /// What RFC 8693 section 2.2.1 calls `issued_token_type`, where it is due.
    pub issued_token_type: Option<&'static str>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When the access token was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was given, now or again: what is left of it counts from here.
    pub given_at: Timestamp,
}

impl Issued {
    /// What is issued when nothing is said of a user.
    pub(super) fn of(texts: Texts, scopes: ScopeSet, jkt: Option<&str>) -> Self {
        let Texts { access, refresh, issued_at, expires_at } = texts;
        Self {
            access,
            token_type: if jkt.is_some() { "DPoP" } else { "Bearer" },
            refresh,
            id_token: None,
            issued_token_type: None,
            scopes,
            issued_at,
            expires_at,
            given_at: issued_at,
        }
    }
}

impl Engine {
    /// Trades a grant for tokens.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    #[expect(
        clippy::too_many_arguments,
        reason = "who asks, how, for what, on which terms: each decides alone"
    )]
    pub async fn issue_token(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        request: &TokenRequest,
        terms: &TokenTerms<'_>,
        proof: Option<DpopProof<'_>>,
    ) -> Result<Issued, OAuthError> {
        check_grant(client.client(), request.grant(), terms)?;
        let jkt = self.possession(client.client(), proof).await?;
        let terms = shortened(terms.terms, client.client().metadata.access_lifetime);
        let ask = Ask { caller, client, terms: &terms, jkt: jkt.as_deref() };
        for _ in 1..ATTEMPTS {
            match self.trade(&ask, request).await {
                // Someone else was given the very text at the same moment. Nothing was spent: the next is another.
                Err(OAuthError::Failed(Error::Store(claviger_store::Error::Conflict { .. }))) => {}
                traded => return traded,
            }
        }
        self.trade(&ask, request).await
    }

    async fn trade(&self, ask: &Ask<'_>, request: &TokenRequest) -> Result<Issued, OAuthError> {
        match request {
            TokenRequest::ClientCredentials { scopes, resources } => {
                self.issue_to_client(ask, scopes.as_ref(), resources).await
            }
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier, resources } => {
                let (uri, verifier) = (redirect_uri.as_deref(), code_verifier.as_deref());
                Box::pin(self.redeem_code(ask, code, (uri, verifier), resources)).await
            }
            TokenRequest::RefreshToken { refresh_token, scopes, resources } => {
                Box::pin(self.refresh_grant(ask, refresh_token, scopes.as_ref(), resources)).await
            }
            TokenRequest::DeviceCode { device_code } => Box::pin(self.redeem_device(ask, device_code)).await,
            TokenRequest::TokenExchange { .. } => Box::pin(self.exchange_token(ask, request)).await,
        }
    }

    /// The thumbprint of the key that the client proves to have, where it does or must.
    async fn possession(
        &self,
        client: &Client,
        proof: Option<DpopProof<'_>>,
    ) -> Result<Option<String>, OAuthError> {
        match proof {
            Some(proof) => Ok(Some(Box::pin(self.check_possession(proof, None)).await?)),
            None if client.metadata.requires_dpop => {
                Err(Refusal::new(ErrorCode::InvalidDpopProof, "this client must prove possession of a key")
                    .into())
            }
            None => Ok(None),
        }
    }

    /// A token of a client for itself (RFC 6749 section 4.4).
    async fn issue_to_client(
        &self,
        ask: &Ask<'_>,
        scopes: Option<&ScopeSet>,
        resources: &[String],
    ) -> Result<Issued, OAuthError> {
        let client = ask.client.client();
        check_confidential(client)?;
        let scopes = scopes_for(ask, scopes)?;
        let details = TokenDetails {
            environment: Some(client.environment),
            resources: targets_of(ask.caller, resources)?,
            jkt: ask.jkt.map(str::to_owned),
            ..TokenDetails::default()
        };
        let texts = match &ask.terms.access.shape {
            TokenShape::Jwt { .. }
                if client.environment == Environment::Live && needs_no_row(&ask.terms.access.shape) =>
            {
                self.make_without_row(ask, &scopes, &details).await?
            }
            _ => {
                let (new, texts) = self
                    .make_family(&FamilyOrder {
                        caller: ask.caller,
                        terms: ask.terms,
                        parent: Parent::Client(client.id),
                        environment: client.environment,
                        source: None,
                        scopes: &scopes,
                        details: &details,
                        parent_ends_at: None,
                        // The client can ask again (RFC 6749 section 4.4.3).
                        refreshes: false,
                    })
                    .await?;
                let new = Arc::new(new);
                self.store().write(move |tx| Box::pin(async move { tx.insert_family(&new).await })).await?;
                texts
            }
        };
        Ok(Issued::of(texts, scopes, ask.jkt))
    }

    /// A token that says all there is to know, so that nothing has to be written.
    async fn make_without_row(
        &self,
        ask: &Ask<'_>,
        scopes: &ScopeSet,
        details: &TokenDetails,
    ) -> Result<Texts, OAuthError> {
        let TokenShape::Jwt { algorithm, claims: wanted } = &ask.terms.access.shape else {
            return Err(claviger_secrets::Error::Algorithm.into());
        };
        let now = self.now();
        let expires_at = now.plus(ask.terms.access.lifetime);
        let mut random = [0; 16];
        self.entropy().fill(&mut random);
        let client = ask.client.client().id.to_string();
        let claims = Claims {
            issuer: ask.caller.issuer,
            subject: &client,
            client: &client,
            scopes,
            details,
            id: &uuid::Builder::from_random_bytes(random).into_uuid().to_string(),
            span: (now, expires_at),
        };
        let signature = (*algorithm, type_of(wanted));
        let access = self.sign_jwt(ask.caller.api, signature, &claims.to_json(wanted)?).await?;
        Ok(Texts { access, refresh: None, issued_at: now, expires_at })
    }
}

fn check_grant(client: &Client, grant: GrantType, terms: &TokenTerms<'_>) -> Result<(), Refusal> {
    if !terms.grants.contains(&grant) {
        return Err(Refusal::new(ErrorCode::UnsupportedGrantType, "this endpoint does not take this grant"));
    }
    if !client.may_use(grant) {
        return Err(Refusal::new(ErrorCode::UnauthorizedClient, "the client may not use this grant"));
    }
    Ok(())
}

/// Some grants are for those alone who can keep a secret, or everybody could use them in the client's name.
pub(super) fn check_confidential(client: &Client) -> Result<(), Refusal> {
    if client.is_public() {
        return Err(Refusal::new(ErrorCode::UnauthorizedClient, "a public client may not use this grant"));
    }
    Ok(())
}

/// The terms, with a client's own life of access tokens where that is shorter.
pub(crate) fn shortened(terms: &Terms, own: Option<Duration>) -> Cow<'_, Terms> {
    match own {
        Some(own) if own < terms.access.lifetime => {
            let access = AccessToken { lifetime: own, ..terms.access.clone() };
            Cow::Owned(Terms { access, ..terms.clone() })
        }
        _ => Cow::Borrowed(terms),
    }
}

/// The scopes of a client's own token: those asked for, all of which it must have; else the contract's default, as far
/// as it has them; else all of the API's that it has.
fn scopes_for(ask: &Ask<'_>, asked: Option<&ScopeSet>) -> Result<ScopeSet, Refusal> {
    let policy = ask.caller.policy;
    let metadata = &ask.client.client().metadata;
    let asked = match asked {
        Some(asked) if !asked.is_empty() => asked,
        _ => {
            let own = metadata.own_scopes(policy);
            let default: ScopeSet = policy
                .tokens
                .default_scopes
                .iter()
                .filter(|s| policy.scopes.allows(own, s))
                .cloned()
                .collect();
            if !default.is_empty() {
                return Ok(default);
            }
            let is_defined = |scope: &&Scope| policy.scopes.defines(scope);
            if own.iter().all(|scope| is_defined(&scope)) {
                return Ok(own.clone());
            }
            return Ok(own.iter().filter(is_defined).cloned().collect());
        }
    };
    check_scopes(asked, &metadata.effective_scopes(policy), policy)?;
    Ok(asked.clone())
}

/// Refuses scopes that are not among those that can be had.
pub(super) fn check_scopes(asked: &ScopeSet, own: &ScopeSet, policy: &Policy) -> Result<(), Refusal> {
    let is_foreign = |scope: &&Scope| !policy.scopes.allows(own, scope);
    match asked.iter().find(is_foreign) {
        Some(scope) => {
            Err(Refusal::new(ErrorCode::InvalidScope, format!("the scope '{scope}' cannot be had")))
        }
        None => Ok(()),
    }
}
