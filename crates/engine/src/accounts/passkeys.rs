//! Passkeys (WebAuthn level 2): registered and removed by someone who is signed in.

use claviger_domain::{Action, ChangeKind, Event, PasskeyId, Snapshot, Timestamp};
use claviger_secrets::Purpose;
use claviger_store::StoredPasskey;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential, WebauthnError};

use super::ceremony::{PasskeyCeremony, Stage, relying_party};
use super::ways_in::require_another_way_in;
use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::sessions::SignedIn;

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
}

fn passkey_event(action: Action, who: &SignedIn, id: PasskeyId) -> Event {
    Event::touched(action, who.account()).with(Snapshot::default().with("passkey", id))
}

/// What is wrong with an answer is for the log: whoever made it up learns nothing.
pub(super) fn refused(error: &WebauthnError) -> AccountError {
    tracing::info!(error = error as &dyn std::error::Error, "a passkey was refused");
    AccountError::Wrong
}

pub(super) fn parse(state: &str) -> Result<Passkey, AccountError> {
    serde_json::from_str(state)
        .map_err(|_| claviger_store::Error::Corrupt { table: "passkey", column: "state" }.into())
}

pub(super) fn render(key: &Passkey) -> Result<String, AccountError> {
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
