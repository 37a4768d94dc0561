//! Passkeys that are shown: to sign in, or to prove once more who is signed in.

use claviger_domain::{Account, Action, Event, Method, Methods, Origin, Pool, Timestamp};
use claviger_secrets::Purpose;
use claviger_store::{StoredPasskey, Tx};
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, DiscoverableKey, PublicKeyCredential};
use webauthn_rs_proto::AllowCredentials;

use super::ceremony::{Ceremony, PasskeyCeremony, Stage, relying_party};
use super::passkeys::{parse, refused, render};
use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::failures::{Source, Ticket, Wait};
use crate::sessions::SignedIn;
use crate::sign_in::{IssuedSession, Ready, beginner};

/// An answer of an authenticator that is good, and has yet to be used up.
#[derive(Clone)]
struct Shown {
    account: Account,
    stored: StoredPasskey,
    /// What is kept of the passkey from now on.
    renewed: String,
    /// The name under which the ceremony is spent, and when it is too old by itself.
    lookup: [u8; 32],
    ends_at: Timestamp,
}

impl Shown {
    /// Uses it up, in the transaction that acts on it.
    async fn use_up(&self, tx: &mut Tx, now: Timestamp) -> Result<(), AccountError> {
        if !tx.insert_seen_once(&self.lookup, now, self.ends_at).await? {
            return Err(AccountError::Stale);
        }
        if !tx.use_passkey(self.stored.id, (&self.stored.state, &self.renewed), now).await? {
            return Err(AccountError::Wrong);
        }
        Ok(())
    }
}

impl Engine {
    /// Begins to sign in with whichever passkey the browser has for this origin. The page decides whether it asks at
    /// once or offers it with the fields (`mediation`).
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] at an origin that cannot have passkeys; when a part fails.
    pub async fn begin_passkey_sign_in(&self, origin: &str) -> Result<PasskeyCeremony, AccountError> {
        self.begin_passkey_use(origin, Stage::SignIn, Vec::new())
    }

    /// Takes the authenticator's answer, as JSON: a session that needs no second factor.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; when too many were not, or a
    /// part fails.
    pub async fn sign_in_with_passkey(
        &self,
        pool: Pool,
        ceremony: (&str, &str),
        answer: &str,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let result = self.enter_with_passkey(pool, ceremony, answer, from).await;
        self.counted(pool, result)
    }

    /// Begins to ask somebody who is signed in for one of their passkeys once more.
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] when they have none, or at an origin that cannot have passkeys; when a second factor
    /// is due, or a part fails.
    pub async fn begin_passkey_confirmation(
        &self,
        who: &SignedIn,
        origin: &str,
    ) -> Result<PasskeyCeremony, AccountError> {
        who.require_complete()?;
        let known = self.store().read().await?.list_passkeys(who.account().id).await?;
        let known = known.iter().map(|passkey| parse(&passkey.state)).collect::<Result<Vec<_>, _>>()?;
        if known.is_empty() {
            return Err(AccountError::NotOffered);
        }
        let allowed = known.into_iter().map(|key| AllowCredentials {
            type_: "public-key".to_owned(),
            id: key.cred_id().clone(),
            transports: None,
        });
        self.begin_passkey_use(origin, Stage::Confirmation { session: who.session().id }, allowed.collect())
    }

    /// Takes one of someone's own passkeys in place of their password, and asks for neither again for a while.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; [`AccountError::Conflict`]
    /// when the session ended meanwhile; when a second factor is due, too many answers were not good, or a part fails.
    pub async fn confirm_with_passkey(
        &self,
        who: &SignedIn,
        ceremony: (&str, &str),
        answer: &str,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let (account, session) = (who.account(), who.session());
        let stage = Stage::Confirmation { session: session.id };
        let (shown, ticket) =
            self.read_shown(account.pool, (stage, ceremony), answer, &session.origin).await?;
        if shown.account.id != account.id {
            return Err(AccountError::Wrong);
        }
        let (session, now) = (session.id, self.now());
        let audit = self.auditor(&who.actor(), now);
        let is_confirmed = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    shown.use_up(tx, now).await?;
                    let is_news = tx.confirm_session(session, now).await?;
                    if is_news {
                        audit.record(tx, Event::about(Action::SessionConfirmed, session)).await?;
                    }
                    Ok::<_, AccountError>(is_news)
                })
            })
            .await?;
        ticket.give_back();
        // The clock of the session stands still within one instant only.
        if is_confirmed || who.session().authenticated_at == now {
            Ok(())
        } else {
            Err(AccountError::Conflict)
        }
    }

    fn begin_passkey_use(
        &self,
        origin: &str,
        stage: Stage,
        allowed: Vec<AllowCredentials>,
    ) -> Result<PasskeyCeremony, AccountError> {
        let (mut options, state) =
            relying_party(origin)?.start_discoverable_authentication().map_err(|error| refused(&error))?;
        options.mediation = None;
        options.public_key.allow_credentials = allowed;
        self.open_ceremony(origin, stage, &options, &state)
    }

    async fn enter_with_passkey(
        &self,
        pool: Pool,
        ceremony: (&str, &str),
        answer: &str,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let (shown, ticket) = self.read_shown(pool, (Stage::SignIn, ceremony), answer, &from).await?;
        let account = shown.account.clone();
        let ready = self.ready_session(&account, Methods::default().with(Method::Passkey), &from);
        let (row, cookie_lookup) = (ready.session.clone(), ready.lookup);
        let now = row.created_at;
        let about = Event::made(Action::SessionBegun, &row).of(account.workspace);
        let audit = self.auditor(&beginner(&account, &row), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    shown.use_up(tx, now).await?;
                    tx.insert_session(&row, &cookie_lookup).await?;
                    audit.record(tx, about).await?;
                    Ok::<_, AccountError>(())
                })
            })
            .await?;
        ticket.give_back();
        Ok(Ready::issued(ready, account))
    }

    /// Whether an answer is good for this ceremony, and whose it is; and the ticket to give back once it is used.
    async fn read_shown(
        &self,
        pool: Pool,
        (stage, (origin, state)): (Stage, (&str, &str)),
        answer: &str,
        from: &Origin,
    ) -> Result<(Shown, Ticket), AccountError> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let of_address = Source::address(from.address);
        let ticket = self.failures().admit(&of_address, per_address, self.clock()).await.map_err(Wait)?;
        let party = relying_party(origin)?;
        let ceremony = self.read_ceremony::<DiscoverableAuthentication>(origin, stage, state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| AccountError::Wrong)?;
        let (owner, id) =
            party.identify_discoverable_authentication(&answer).map_err(|error| refused(&error))?;
        let (account, stored) = self.find_own_passkey(pool, owner, id).await?;
        let mut key = parse(&stored.state)?;
        let Ceremony { state, lookup, ends_at } = ceremony;
        let discoverable = DiscoverableKey::from(&key);
        // Its counter must have moved on, where it counts at all: else it was copied.
        let result = party
            .finish_discoverable_authentication_v2(&answer, state, &discoverable)
            .map_err(|error| refused(&error))?;
        if !result.user_verified() {
            return Err(AccountError::Wrong);
        }
        key.update_credential(&result);
        let renewed = render(&key)?;
        Ok((Shown { account, stored, renewed, lookup, ends_at }, ticket))
    }

    /// The passkey with this id of its authenticator, if it is of an enabled account of this pool, and of the one that
    /// the authenticator says.
    async fn find_own_passkey(
        &self,
        pool: Pool,
        owner: Uuid,
        id: &[u8],
    ) -> Result<(Account, StoredPasskey), AccountError> {
        let credential = self.vault().hash(Purpose::Passkey, id).bytes();
        let mut read = self.store().read().await?;
        let stored = read.find_passkey(&credential).await?.ok_or(AccountError::Wrong)?;
        let account = read.find_account(stored.account).await?.ok_or(AccountError::Wrong)?;
        if account.pool != pool || account.disabled_at.is_some() || account.id.uuid() != owner {
            return Err(AccountError::Wrong);
        }
        Ok((account, stored))
    }
}
