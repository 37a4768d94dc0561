//! Codes for tokens: authorization codes (RFC 6749 section 4.1.3) and device codes (RFC 8628 section 3.4).

use std::time::Duration;

use claviger_domain::{
    Account, AccountId, ChangeKind, Evidence, FamilyId, FindingId, GrantId, Occurrence, Parent, Replayed,
    Rule, ScopeSet, Subject, Timestamp,
};
use claviger_oauth::{ErrorCode, IdToken, Refusal, check_code_verifier, user_claims};
use claviger_secrets::Plain;
use claviger_store::{NewFamily, StoredCode};

use super::asking::Ask;
use super::authorize::{CodeDetails, is_offline};
use super::error::OAuthError;
use super::issue::Issued;
use super::targets::narrow;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::{FamilyOrder, Texts};
use crate::token_details::TokenDetails;
use crate::unusual::raise_in;

/// How long an ID token can be taken for fresh.
const ID_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What is bought with a code, and by whose word.
pub(super) struct Purchase<'p> {
    pub(super) account: &'p Account,
    pub(super) grant: GrantId,
    pub(super) scopes: &'p ScopeSet,
    pub(super) details: &'p TokenDetails,
}

/// What an ID token says beside what its family knows.
#[derive(Clone, Copy, Default)]
pub(super) struct Occasion<'o> {
    pub(super) nonce: Option<&'o str>,
    pub(super) session: Option<&'o str>,
}

/// How a redemption ended.
enum Redeemed {
    Done,
    /// The grant was revoked meanwhile.
    Revoked,
    /// Someone else was first.
    Late,
}

impl Engine {
    /// Trades an authorization code, once; with the redirect URI and the verifier (RFC 7636) that were sent.
    pub(super) async fn redeem_code(
        &self,
        ask: &Ask<'_>,
        code: &str,
        (redirect_uri, code_verifier): (Option<&str>, Option<&str>),
        resources: &[String],
    ) -> Result<Issued, OAuthError> {
        let lookup = self.code_lookup(code).ok_or_else(bad_code)?;
        let stored = self.store().read().await?.find_code(&lookup).await?.ok_or_else(bad_code)?;
        let mut details: CodeDetails = serde_json::from_str(&stored.details).map_err(Error::from)?;
        check_binding(ask, (&stored, &details), redirect_uri, code_verifier)?;
        // Only now: a replay that proves nothing must end nothing (RFC 9700 section 4.5).
        if stored.consumed_at.is_some() {
            return Err(self.end_replayed(stored.family, Replayed::AuthorizationCode).await?);
        }
        if self.now() >= stored.expires_at {
            return Err(bad_code().into());
        }
        let account = self.living_account(stored.account).await?;
        details.tokens.resources = narrow(ask.caller, &details.tokens.resources, resources)?;
        details.tokens.jkt = ask.jkt.map(str::to_owned);
        if !is_offline(ask.caller.policy, ask.client.client(), &stored.scopes) {
            details.tokens.session.clone_from(&details.session);
        }
        let purchase = Purchase {
            account: &account,
            grant: stored.grant,
            scopes: &stored.scopes,
            details: &details.tokens,
        };
        let occasion = Occasion { nonce: details.nonce.as_deref(), session: details.session.as_deref() };
        let (family, issued) = Box::pin(self.make_purchase(ask, &purchase, occasion)).await?;
        match self.redeem_once(&stored, family).await? {
            Redeemed::Done => Ok(issued),
            Redeemed::Revoked => Err(bad_code().into()),
            Redeemed::Late => {
                let now = self.store().read().await?.find_code(&lookup).await?;
                Err(self.end_replayed(now.and_then(|code| code.family), Replayed::AuthorizationCode).await?)
            }
        }
    }

    /// Spends the code and keeps what it bought, or neither.
    async fn redeem_once(&self, code: &StoredCode, family: NewFamily) -> Result<Redeemed, OAuthError> {
        let (lookup, grant, now) = (code.lookup, code.grant, self.now());
        let work = self.store().write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                // Whoever revokes the grant waits for us, or we for them.
                if !tx.hold_grant(grant).await? {
                    return Ok(Redeemed::Revoked);
                }
                if !tx.consume_code(&lookup, family.family.id, now).await? {
                    return Ok(Redeemed::Late);
                }
                tx.insert_family(&family).await?;
                Ok(Redeemed::Done)
            })
        });
        Ok(work.await?)
    }

    /// Everything that a code buys, not kept yet.
    pub(super) async fn make_purchase(
        &self,
        ask: &Ask<'_>,
        purchase: &Purchase<'_>,
        occasion: Occasion<'_>,
    ) -> Result<(NewFamily, Issued), OAuthError> {
        let client = ask.client.client();
        let parent = Parent::Grant { grant: purchase.grant, client: client.id, account: purchase.account.id };
        let order = FamilyOrder {
            caller: ask.caller,
            terms: ask.terms,
            parent,
            environment: client.environment,
            source: None,
            scopes: purchase.scopes,
            details: purchase.details,
            parent_ends_at: None,
            refreshes: is_offline(ask.caller.policy, client, purchase.scopes),
        };
        let (family, texts) = self.make_family(&order).await?;
        let given_at = family.family.created_at;
        let issued = self.issued(ask, purchase, (texts, given_at), occasion).await?;
        Ok((family, issued))
    }

    /// The answer of the token endpoint, with an ID token where `openid` is among the scopes.
    pub(super) async fn issued(
        &self,
        ask: &Ask<'_>,
        purchase: &Purchase<'_>,
        (texts, given_at): (Texts, Timestamp),
        occasion: Occasion<'_>,
    ) -> Result<Issued, OAuthError> {
        let is_openid = purchase.scopes.iter().any(|scope| scope.as_str() == "openid");
        let id_token = match is_openid {
            true => Some(self.make_id_token(ask, purchase, &texts.access, occasion).await?),
            false => None,
        };
        let Texts { access, refresh, issued_at, expires_at } = texts;
        Ok(Issued {
            access,
            token_type: if ask.jkt.is_some() { "DPoP" } else { "Bearer" },
            refresh,
            id_token,
            issued_token_type: None,
            scopes: purchase.scopes.clone(),
            issued_at,
            expires_at,
            given_at,
        })
    }

    async fn make_id_token(
        &self,
        ask: &Ask<'_>,
        purchase: &Purchase<'_>,
        access: &Plain,
        occasion: Occasion<'_>,
    ) -> Result<Plain, Error> {
        let (client, details, now) = (ask.client.client(), purchase.details, self.now());
        let algorithm = client.metadata.id_token_algorithm;
        let claims = IdToken {
            issuer: ask.caller.issuer,
            subject: &self.subject_of(client, purchase.account),
            client_id: &client.id.to_string(),
            issued_at: now,
            expires_at: now.plus(ID_TOKEN_LIFETIME),
            auth_time: details.auth_time,
            nonce: occasion.nonce,
            acr: details.acr.as_deref(),
            amr: &details.amr,
            session: occasion.session,
            access: (access.expose(), algorithm),
            // What scopes open is answered by userinfo, since an access token comes along (Core section 5.4).
            user: user_claims(purchase.account, &ScopeSet::default(), &details.claims.0),
        };
        let claims = serde_json::to_string(&claims.claims())?;
        self.sign_jwt(ask.caller.api, (algorithm, crate::signing_keys::JwtType::Plain), &claims).await
    }

    /// The user, unless they are gone or disabled.
    pub(super) async fn living_account(&self, id: AccountId) -> Result<Account, OAuthError> {
        let account = self.store().read().await?.find_account(id).await?;
        let account = account.filter(|account| account.disabled_at.is_none());
        Ok(account.ok_or_else(|| invalid_grant("the user is no longer there"))?)
    }

    /// Ends what a replayed secret bought, and tells the operator: either it was stolen, or what it bought was.
    pub(super) async fn end_replayed(
        &self,
        family: Option<FamilyId>,
        what: Replayed,
    ) -> Result<OAuthError, Error> {
        let refused = invalid_grant("it was used before; what it gave is revoked").into();
        let Some(id) = family else { return Ok(refused) };
        let now = self.now();
        let finding = FindingId::generate_at(now, self.entropy());
        let occurrence = self.replay_of(id, what).await?;
        let entropy = self.shared_entropy();
        let change = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let Some((family, _)) = tx.find_family(id).await? else { return Ok(None) };
                    // What was exchanged for it ends with it.
                    let lookups = tx.list_tree_lookups(id).await?;
                    if !tx.end_family(id, now).await? {
                        return Ok(None);
                    }
                    let change = ChangeKind::Token { family: id, lookups };
                    tx.append_change(&change, now).await?;
                    if let Some(occurrence) = occurrence {
                        raise_in(tx, finding, &occurrence, &*entropy).await?;
                    }
                    Ok(Some((change, family.parent)))
                })
            })
            .await?;
        if let Some((change, parent)) = change {
            self.apply(&change);
            let what = what.as_str();
            tracing::warn!(family = %id, parent = ?parent, "{what} was used again; its tokens have been revoked");
        }
        Ok(refused)
    }

    /// What is found when a family's token is used again: about its client, so that one that cannot do better is found
    /// once. None when nothing is left of either.
    async fn replay_of(&self, family: FamilyId, what: Replayed) -> Result<Option<Occurrence>, Error> {
        let found = self.store().read().await?.find_family(family).await?;
        let Some(client) = found.and_then(|(family, _)| family.parent.client()) else { return Ok(None) };
        let Some(client) = self.known_client(client).await? else { return Ok(None) };
        Ok(Some(Occurrence {
            rule: Rule::RefreshReplayed,
            subject: Subject::Credential(client.id.to_string().into()),
            api: Some(client.api),
            workspace: Some(client.workspace),
            evidence: Evidence::Replay { what, family },
            at: self.now(),
        }))
    }
}

/// Whether the code was made for whoever presents it, and they are who began (RFC 6749 section 4.1.3).
fn check_binding(
    ask: &Ask<'_>,
    (code, details): (&StoredCode, &CodeDetails),
    redirect_uri: Option<&str>,
    code_verifier: Option<&str>,
) -> Result<(), Refusal> {
    if code.client != ask.client.client().id {
        return Err(bad_code());
    }
    check_redirect(code.challenge.is_some(), details, redirect_uri)?;
    check_code_verifier(code.challenge.as_deref(), code_verifier)?;
    match &details.tokens.jkt {
        Some(bound) if ask.jkt != Some(bound) => Err(invalid_grant("the code is bound to another key")),
        _ => Ok(()),
    }
}

/// OAuth 2.1 leaves the redirect URI out where PKCE does its work; whoever sends one must send the right one.
fn check_redirect(has_challenge: bool, details: &CodeDetails, sent: Option<&str>) -> Result<(), Refusal> {
    match sent {
        Some(sent) if sent == details.redirect_uri => Ok(()),
        Some(_) => Err(invalid_grant("redirect_uri is not the one the code was sent to")),
        None if has_challenge || !details.is_redirect_sent => Ok(()),
        None => Err(invalid_grant("redirect_uri is missing")),
    }
}

pub(super) fn invalid_grant(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidGrant, why)
}

fn bad_code() -> Refusal {
    invalid_grant("the code is unknown, used, too old, or another client's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcp_33_a_redirect_uri_that_is_sent_must_be_the_one_the_code_went_to() {
        let at = |is_redirect_sent| CodeDetails {
            redirect_uri: "https://app.example/cb".to_owned(),
            is_redirect_sent,
            ..CodeDetails::default()
        };
        let right = Some("https://app.example/cb");
        for has_challenge in [true, false] {
            assert!(check_redirect(has_challenge, &at(true), right).is_ok());
            assert!(check_redirect(has_challenge, &at(true), Some("https://app.example/cb/")).is_err());
            assert!(check_redirect(has_challenge, &at(false), None).is_ok());
        }
        assert!(check_redirect(true, &at(true), None).is_ok(), "OAuth 2.1 leaves it out");
        assert!(check_redirect(false, &at(true), None).is_err(), "OAuth 2.0 without PKCE does not");
    }
}
