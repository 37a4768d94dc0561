//! Refresh tokens of grants for the next generation (RFC 6749 section 6).
//!
//! An answer that was lost is given again until its pair is first used. A token of a generation that is spent was
//! copied: by the one who presents it, or by the one who used its successor. Nobody can tell, so the family ends.

use std::sync::Arc;

use claviger_domain::{ClientId, Replayed, ScopeSet, Timestamp, TokenFamily, TokenPart, TokenState};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_store::{GrantTokenRecord, StoredToken};

use super::asking::Ask;
use super::error::OAuthError;
use super::issue::Issued;
use super::redeem::{Occasion, Purchase, invalid_grant, is_openid};
use super::targets::narrow;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::{Done, Rotation, Texts, moved_on};
use crate::token_details::TokenDetails;

/// A refresh that loses this many races in a row gives up.
const ATTEMPTS: usize = 4;

/// What a refresh may ask for less of.
#[derive(Clone, Copy)]
struct Less<'l> {
    scopes: Option<&'l ScopeSet>,
    resources: &'l [String],
}

impl Engine {
    /// Trades a refresh token of a grant for the next generation of its family.
    pub(super) async fn refresh_grant(
        &self,
        ask: &Ask<'_>,
        refresh_token: &str,
        scopes: Option<&ScopeSet>,
        resources: &[String],
    ) -> Result<Issued, OAuthError> {
        let less = Less { scopes, resources };
        for _ in 0..ATTEMPTS {
            if let Some(issued) = Box::pin(self.try_refresh_grant(ask, refresh_token, less)).await? {
                return Ok(issued);
            }
        }
        Err(claviger_store::Error::Busy.into())
    }

    /// `None` when someone else changed the family at the same time.
    async fn try_refresh_grant(
        &self,
        ask: &Ask<'_>,
        refresh_token: &str,
        less: Less<'_>,
    ) -> Result<Option<Issued>, OAuthError> {
        let lookup = self.token_lookup(refresh_token.as_bytes()).bytes();
        let record = self.store().read().await?.find_token_of_grant(&lookup).await?;
        let record = record.filter(|record| is_refresh_token_of(record, ask.client.client().id));
        let record = record.ok_or_else(refused)?;
        let family = &record.family;
        let mut details = TokenDetails::parse(&record.details)?;
        if details.jkt.is_some() && details.jkt.as_deref() != ask.jkt {
            return Err(invalid_grant("the refresh token is bound to another key").into());
        }
        if family.state_of(record.token.generation) == TokenState::Spent {
            return Err(self.end_replayed(Some(family.id), Replayed::RefreshToken).await?);
        }
        let client = ask.client.client();
        let place = (client.environment, client.workspace);
        check(&record, self.judged_at(place, (&record.token, family), self.now()).await?)?;
        let scopes = narrow_scopes(&family.scopes, less.scopes)?;
        details.resources = narrow(ask.caller, &details.resources, less.resources)?;
        let given_at = self.now();
        let Some((texts, scopes)) = self.rotate(ask, &record, &details, scopes).await? else {
            // The next look says why, but for this.
            if self.store().read().await?.may_family_act(family.id).await? {
                return Ok(None);
            }
            return Err(invalid_grant("the refresh token was revoked").into());
        };
        let claviger_domain::Parent::Grant { grant, account, .. } = family.parent else {
            return Err(refused().into());
        };
        if !is_openid(&scopes) {
            return Ok(Some(Issued { given_at, ..Issued::of(texts, scopes, ask.jkt) }));
        }
        let account = self.living_account(account).await?;
        let purchase = Purchase { account: &account, grant, scopes: &scopes, details: &details };
        Ok(Some(self.issued(ask, &purchase, (texts, given_at), Occasion::default()).await?))
    }

    /// The next generation: a new one, or the one that waits to be used.
    async fn rotate(
        &self,
        ask: &Ask<'_>,
        record: &GrantTokenRecord,
        details: &TokenDetails,
        scopes: ScopeSet,
    ) -> Result<Option<(Texts, ScopeSet)>, OAuthError> {
        let now = self.now();
        let family = moved_on(record.family.clone(), ask.terms.into(), None, now);
        let terms = (ask.caller, ask.terms.into());
        let next = (family.newest.next(), now);
        let (texts, rows) = self.make_generation(terms, (&family, details), next, &scopes).await?;
        let rotation = Arc::new(Rotation {
            presented: record.token.generation,
            seen: (record.family.clone(), record.unspent.clone()),
            rows,
            ends_at: family.ends_at,
            now,
        });
        let (done, change) = self
            .store()
            .write::<_, Error, _>(move |tx| Box::pin(async move { rotation.run(tx).await }))
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        match done {
            Done::Rotated => Ok(Some((texts, scopes))),
            Done::Waiting(newest, rows) => {
                let made = self.repeat_generation(terms, (&newest, details), &rows).await?;
                Ok(Some((made.ok_or_else(refused)?, scopes_of(&newest, &rows))))
            }
            Done::Ended | Done::Lost => Ok(None),
        }
    }
}

fn is_refresh_token_of(record: &GrantTokenRecord, client: ClientId) -> bool {
    record.token.part == TokenPart::Refresh && record.family.parent.client() == Some(client)
}

/// Whether the refresh token can buy anything.
fn check(record: &GrantTokenRecord, now: Timestamp) -> Result<(), Refusal> {
    let GrantTokenRecord { token, family, .. } = record;
    if matches!(family.state_of(token.generation), TokenState::Spent | TokenState::Ended) {
        return Err(invalid_grant("the refresh token was revoked"));
    }
    let is_past = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
    if is_past(token.expires_at) || is_past(family.ends_at) {
        return Err(invalid_grant("the refresh token is too old"));
    }
    Ok(())
}

/// Fewer scopes than were granted, never more; the refresh token keeps all of them.
fn narrow_scopes(granted: &ScopeSet, asked: Option<&ScopeSet>) -> Result<ScopeSet, Refusal> {
    let Some(asked) = asked else { return Ok(granted.clone()) };
    if asked.iter().all(|scope| granted.contains(scope)) {
        return Ok(asked.clone());
    }
    Err(Refusal::new(ErrorCode::InvalidScope, "a refresh cannot ask for more than was granted"))
}

/// What the access token of a generation may do.
fn scopes_of(family: &TokenFamily, rows: &[StoredToken]) -> ScopeSet {
    rows.iter().find_map(|row| row.scopes.clone()).unwrap_or_else(|| family.scopes.clone())
}

fn refused() -> Refusal {
    invalid_grant("the refresh token is unknown, or another client's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcp_52_a_refresh_narrows_and_never_widens() {
        let set = |text: &str| ScopeSet::parse_spaced(text).unwrap();
        let granted = set("openid read write");
        assert_eq!(narrow_scopes(&granted, None).unwrap(), granted);
        assert_eq!(narrow_scopes(&granted, Some(&set("read"))).unwrap(), set("read"));
        let refusal = narrow_scopes(&granted, Some(&set("read admin"))).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidScope);
    }
}
