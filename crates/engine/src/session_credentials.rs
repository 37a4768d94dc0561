//! Sessions on the way of verification: a user who signed in at an API calls it with the cookie or its text.

use std::sync::Arc;

use claviger_domain::{
    Belongings, CredentialKind, Decision, Denial, DenialReason, Policy, Pool, Principal, Standing, Timestamp,
    WorkspaceState,
};
use claviger_secrets::Lookup;

use crate::engine::Engine;
use crate::error::Error;
use crate::known::{Known, Presence};
use crate::load::earlier;
use crate::lookup_cache::Found;
use crate::question::Question;
use crate::sandbox::is_reset;
use crate::sessions::note_at;
use crate::test_clock::see_by;

/// What the database says of a session.
enum Loaded {
    Known(Arc<Known>),
    /// Nobody here has it, now or later.
    Unknown,
    /// It opens nothing as long as a second factor is due or its owner acts for no workspace.
    Idle,
}

impl Engine {
    /// Whether what memory says of a session is still so, and its use need not be noted yet.
    pub(crate) fn is_present(&self, presence: &Presence, now: Timestamp) -> bool {
        now < presence.note_at && self.parents().is_current(&[presence.account.uuid()], presence.read_at)
    }

    /// The session that a request presents. A use is noted about once a minute; that is all that is written.
    pub(crate) async fn find_presented_session(
        &self,
        lookup: Lookup,
        question: &Question<'_>,
    ) -> Result<Result<Arc<Known>, Decision>, Error> {
        let now = self.now();
        let is_trusted = self.feed().is_trusted(now);
        if is_trusted && let Some(Found::Known(known)) = self.credentials().get(lookup) {
            if self.is_settled(&known, now) {
                return Ok(Ok(known));
            }
            self.credentials().forget(lookup);
        }
        let mut is_idle = false;
        let load = Box::pin(async {
            Ok(match self.load_session(lookup, question, now).await? {
                Loaded::Known(known) => Some(known),
                Loaded::Unknown => None,
                Loaded::Idle => {
                    is_idle = true;
                    None
                }
            })
        });
        let found = if is_trusted {
            self.credentials().get_or_load(lookup, load).await?
        } else {
            load.await?.map_or(Found::Unknown, Found::Known)
        };
        if is_idle {
            // It may open something the next time.
            self.credentials().forget(lookup);
        }
        Ok(match found {
            Found::Known(known) => Ok(known),
            Found::Unknown => Err(Decision::deny(Denial::new(DenialReason::Unknown))),
        })
    }

    async fn load_session(
        &self,
        lookup: Lookup,
        question: &Question<'_>,
        now: Timestamp,
    ) -> Result<Loaded, Error> {
        let read_at = self.parents().moment();
        let mut read = self.store().read().await?;
        let Some(mut session) = read.find_session_by_lookup(&lookup.bytes()).await? else {
            return Ok(Loaded::Unknown);
        };
        let Some(account) = read.find_account(session.account).await? else { return Ok(Loaded::Unknown) };
        if account.pool != Pool::Api(question.api) {
            return Ok(Loaded::Unknown);
        }
        let Some(workspace) = account.workspace.filter(|_| !session.awaits_second_factor) else {
            return Ok(Loaded::Idle);
        };
        let Some(workspace) = read.find_workspace(workspace).await? else { return Ok(Loaded::Idle) };
        let of = (question.api, account.environment);
        let is_reset = is_reset(&mut read, of, session.created_at, now).await?;
        drop(read);
        let clock = self.clock_over(account.environment, Some(workspace.id)).await?;
        if session.is_alive(now) && now >= note_at(&session, session.last_seen_at) {
            self.touch_session(session.id, now).await;
            session.last_seen_at = session.last_seen_at.max(now);
        }
        let policy: &Policy = question.policy;
        let ends_at = earlier(Some(session.expires_at), Some(session.last_seen_at.plus(session.idle_limit)));
        let principal = Principal {
            api: question.api,
            workspace: workspace.id,
            kind: CredentialKind::Session,
            credential: session.id.to_string().into(),
            version: None,
            subject: Some(account.id.to_string().into()),
            client: None,
            scopes: account.effective_scopes(&policy.scopes),
            environment: account.environment,
            expires_at: ends_at,
            belongings: Belongings::new(),
        };
        let mut known = self.unlisted(principal, workspace.plan.as_ref(), policy);
        see_by(clock.as_ref(), &mut known.credential, session.created_at);
        known.credential.standing = if session.ended_at.is_some() || is_reset {
            Standing::Revoked
        } else if account.disabled_at.is_some() || workspace.state != WorkspaceState::Active {
            Standing::Disabled
        } else {
            Standing::Good
        };
        let note_at = note_at(&session, now);
        known.presence = Some(Presence { account: account.id, read_at, note_at });
        Ok(Loaded::Known(Arc::new(known)))
    }
}
