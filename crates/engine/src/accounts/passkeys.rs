//! Passkeys (WebAuthn level 2): registered by someone who is signed in, and used to sign in.

use claviger_domain::{
    Action, ChangeKind, Event, Method, Methods, Origin, PasskeyId, Pool, Snapshot, Timestamp,
};
use claviger_secrets::Purpose;
use claviger_store::StoredPasskey;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};

use super::ceremony::{Ceremony, PasskeyCeremony, Stage, relying_party};
use super::ways_in::require_another_way_in;
use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::failures::{Source, Wait};
use crate::sessions::SignedIn;
use crate::sign_in::{IssuedSession, Ready, beginner};

/// The most passkeys of one account.
const MOST: usize = 20;
/// The most characters of a passkey's name.
const NAME: usize = 80;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySummary {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl From<StoredPasskey> for PasskeySummary {
    fn from(passkey: StoredPasskey) -> Self {
        let StoredPasskey { id, name, created_at, last_used_at, .. } = passkey;
        Self { id, name, created_at, last_used_at }
    }
}

impl Engine {
    /// Begins to register a passkey at this origin. The relying party is the origin's host.
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] at an origin that cannot have passkeys, such as a bare address;
    /// [`AccountError::Conflict`] when the account has as many as it may; when a second factor is due, or a part fails.
    pub async fn begin_passkey(&self, who: &SignedIn, origin: &str) -> Result<PasskeyCeremony, AccountError> {
        who.require_complete()?;
        let account = who.account();
        let party = relying_party(origin)?;
        let known = self.store().read().await?.list_passkeys(account.id).await?;
        if known.len() >= MOST {
            return Err(AccountError::Conflict);
        }
        let excluded = known
            .iter()
            .map(|passkey| parse(&passkey.state).map(|key| key.cred_id().clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let email = account.email.as_str();
        let name = account.profile.name.as_deref().unwrap_or(email);
        let (mut options, state) = party
            .start_passkey_registration(account.id.uuid(), email, name, Some(excluded))
            .map_err(|error| refused(&error))?;
        if let Some(selection) = &mut options.public_key.authenticator_selection {
            // Signing in asks for no address first, so the authenticator has to know whose passkey it is.
            selection.resident_key = Some(webauthn_rs_proto::ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        let stage = Stage::Registration { account: account.id };
        self.open_ceremony(origin, stage, &options, &state)
    }

    /// Takes the authenticator's answer, as JSON.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; [`AccountError::Conflict`]
    /// when it is registered already; when a second factor is due, or a part fails.
    pub async fn register_passkey(
        &self,
        who: &SignedIn,
        (origin, state): (&str, &str),
        name: &str,
        answer: &str,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let account = who.account().id;
        let party = relying_party(origin)?;
        let ceremony =
            self.read_ceremony::<PasskeyRegistration>(origin, Stage::Registration { account }, state)?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| AccountError::Wrong)?;
        let key =
            party.finish_passkey_registration(&answer, &ceremony.state).map_err(|error| refused(&error))?;
        let credential = self.vault().hash(Purpose::Passkey, key.cred_id().as_ref()).bytes();
        let now = self.now();
        let row = StoredPasskey {
            id: PasskeyId::generate_at(now, self.entropy()),
            account,
            name: tidy(name),
            state: render(&key)?,
            created_at: now,
            last_used_at: None,
        };
        let id = row.id;
        let (lookup, ends_at) = (ceremony.lookup, ceremony.ends_at);
        let about = passkey_event(Action::AccountPasskeyAdded, who, id);
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.insert_seen_once(&lookup, now, ends_at).await? {
                        return Err(AccountError::Stale);
                    }
                    if tx.list_passkeys(account).await?.len() >= MOST
                        || tx.find_passkey(&credential).await?.is_some()
                    {
                        return Err(AccountError::Conflict);
                    }
                    tx.insert_passkey(&row, &credential).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, passkey = %id, "a passkey was registered");
        Ok(())
    }

    /// Removes one of someone's own passkeys.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when there is none; [`AccountError::OnlyWayIn`] when they could not sign in any more;
    /// when a second factor is due, or the database fails.
    pub async fn remove_passkey(&self, who: &SignedIn, id: PasskeyId) -> Result<(), AccountError> {
        who.require_complete()?;
        let (account, now) = (who.account().id, self.now());
        let about = passkey_event(Action::AccountPasskeyRemoved, who, id);
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.hold_account(account).await?;
                    if !tx.delete_passkey(id, account).await? {
                        return Err(AccountError::Conflict);
                    }
                    require_another_way_in(tx, account).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, passkey = %id, "a passkey was removed");
        Ok(())
    }

    /// Begins to sign in with whichever passkey the browser has for this origin. The page decides whether it asks at
    /// once or offers it with the fields (`mediation`).
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] at an origin that cannot have passkeys; when a part fails.
    pub async fn begin_passkey_sign_in(&self, origin: &str) -> Result<PasskeyCeremony, AccountError> {
        let (mut options, state) =
            relying_party(origin)?.start_discoverable_authentication().map_err(|error| refused(&error))?;
        options.mediation = None;
        self.open_ceremony(origin, Stage::SignIn, &options, &state)
    }

    /// Takes the authenticator's answer, as JSON: a session that needs no second factor.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] or [`AccountError::Stale`] for an answer that is not good; when too many were not, or a
    /// part fails.
    pub async fn sign_in_with_passkey(
        &self,
        pool: Pool,
        (origin, state): (&str, &str),
        answer: &str,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let result = self.enter_with_passkey(pool, (origin, state), answer, from).await;
        self.counted(pool, result)
    }

    async fn enter_with_passkey(
        &self,
        pool: Pool,
        (origin, state): (&str, &str),
        answer: &str,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let of_address = Source::address(from.address);
        let ticket = self.failures().admit(&of_address, per_address, self.clock()).await.map_err(Wait)?;
        let party = relying_party(origin)?;
        let ceremony = self.read_ceremony::<DiscoverableAuthentication>(origin, Stage::SignIn, state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| AccountError::Wrong)?;
        let (owner, id) =
            party.identify_discoverable_authentication(&answer).map_err(|error| refused(&error))?;
        let stored = self.find_own_passkey(pool, owner, id).await?;
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
        let Some(account) = self.store().read().await?.find_account(stored.account).await? else {
            return Err(AccountError::Wrong);
        };
        let ready = self.ready_session(&account, Methods::default().with(Method::Passkey), &from);
        let (row, cookie_lookup) = (ready.session.clone(), ready.lookup);
        let now = row.created_at;
        let about = Event::made(Action::SessionBegun, &row).of(account.workspace);
        let audit = self.auditor(&beginner(&account, &row), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.insert_seen_once(&lookup, now, ends_at).await? {
                        return Err(AccountError::Stale);
                    }
                    if !tx.use_passkey(stored.id, (&stored.state, &renewed), now).await? {
                        return Err(AccountError::Wrong);
                    }
                    tx.insert_session(&row, &cookie_lookup).await?;
                    audit.record(tx, about).await?;
                    Ok(())
                })
            })
            .await?;
        ticket.give_back();
        Ok(Ready::issued(ready, account))
    }

    /// The passkey with this id of its authenticator, if it is of an enabled account of this pool, and of the one that
    /// the authenticator says.
    async fn find_own_passkey(
        &self,
        pool: Pool,
        owner: Uuid,
        id: &[u8],
    ) -> Result<StoredPasskey, AccountError> {
        let credential = self.vault().hash(Purpose::Passkey, id).bytes();
        let mut read = self.store().read().await?;
        let stored = read.find_passkey(&credential).await?.ok_or(AccountError::Wrong)?;
        let account = read.find_account(stored.account).await?.ok_or(AccountError::Wrong)?;
        if account.pool != pool || account.disabled_at.is_some() || account.id.uuid() != owner {
            return Err(AccountError::Wrong);
        }
        Ok(stored)
    }
}

fn passkey_event(action: Action, who: &SignedIn, id: PasskeyId) -> Event {
    Event::touched(action, who.account()).with(Snapshot::default().with("passkey", id))
}

/// What is wrong with an answer is for the log: whoever made it up learns nothing.
fn refused(error: &WebauthnError) -> AccountError {
    tracing::info!(error = error as &dyn std::error::Error, "a passkey was refused");
    AccountError::Wrong
}

fn parse(state: &str) -> Result<Passkey, AccountError> {
    serde_json::from_str(state)
        .map_err(|_| claviger_store::Error::Corrupt { table: "passkey", column: "state" }.into())
}

fn render(key: &Passkey) -> Result<String, AccountError> {
    serde_json::to_string(key).map_err(|_| claviger_secrets::Error::Crypto.into())
}

/// A name is text from outside: printable, short, and there.
fn tidy(name: &str) -> String {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() { "Passkey".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_printable_short_and_never_empty() {
        assert_eq!(tidy(" Łaptop\u{7} "), "Łaptop");
        assert_eq!(tidy("\n"), "Passkey");
        assert_eq!(tidy(&"x".repeat(200)).len(), NAME);
    }
}
