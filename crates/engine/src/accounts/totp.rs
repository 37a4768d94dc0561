//! Time-based codes (RFC 6238) as a second factor, with recovery codes.

use std::num::NonZeroU32;

use claviger_domain::{AccountId, Action, ChangeKind, Event, Method, Timestamp};
use claviger_secrets::{Plain, Purpose, RecoveryCode, SealContext};
use claviger_store::{StoredTotp, Tx};
use totp_rs::{Builder, Totp};
use url::Url;
use zeroize::Zeroizing;

use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::failures::{Source, Ticket};
use crate::sessions::SignedIn;

/// The secret's bytes, as RFC 4226 recommends.
const SECRET: usize = 20;
/// Recovery codes made at once.
const CODES: usize = 10;
/// Wrong codes an hour at one account. Three among a million are good: whoever has the password and guesses for a year
/// finds one in a quarter of all cases.
const WRONG_CODES: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// A secret to be put into an authenticator.
#[derive(Debug)]
pub struct TotpEnrolment {
    /// The secret in base32, for typing.
    pub secret: Plain,
    /// The `otpauth` address, for a picture.
    pub address: Plain,
}

/// Codes that each work once when the authenticator is lost. Shown this once.
#[derive(Debug)]
pub struct RecoveryCodes(pub Vec<Plain>);

/// A second factor that was shown and has yet to be used up.
#[derive(Clone, Copy)]
enum Shown {
    /// A code of the authenticator, of this step.
    Step(i64),
    /// A recovery code, if the account has it; its keyed hash.
    Recovery([u8; 32]),
}

impl Engine {
    /// Begins: a secret that does nothing until a code of it was shown. Again begins anew.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when there is a confirmed one; when a second factor is due, or a part fails.
    pub async fn begin_totp(&self, who: &SignedIn, issuer: &str) -> Result<TotpEnrolment, AccountError> {
        who.require_complete()?;
        let account = who.account().id;
        let mut secret = Zeroizing::new([0_u8; SECRET]);
        self.entropy().fill(secret.as_mut_slice());
        let row = account.to_string();
        let sealed = self.sealer().seal(context(&row), secret.as_slice(), self.entropy())?;
        let is_begun = self
            .store()
            .write(move |tx| Box::pin(async move { tx.begin_totp(account, &sealed).await }))
            .await?;
        if !is_begun {
            return Err(AccountError::Conflict);
        }
        let secret = Plain::new(totp_rs::Secret::from(*secret).to_base32());
        let address = address(issuer, who.account().email.as_str(), secret.expose());
        Ok(TotpEnrolment { secret, address })
    }

    /// Takes the first code, and makes recovery codes. From now on a code is asked for at each sign-in.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for a wrong code; [`AccountError::Conflict`] when nothing was begun or it is confirmed;
    /// when too many were wrong, a second factor is due, or a part fails.
    pub async fn confirm_totp(&self, who: &SignedIn, code: &str) -> Result<RecoveryCodes, AccountError> {
        who.require_complete()?;
        let account = who.account().id;
        let stored = self.store().read().await?.find_totp(account).await?;
        let stored = stored.filter(|totp| totp.confirmed_at.is_none()).ok_or(AccountError::Conflict)?;
        let tickets = self.admit_code(who).await?;
        let step = self.totp_step(account, &stored, code)?.ok_or(AccountError::Wrong)?;
        tickets.into_iter().for_each(Ticket::give_back);
        let (codes, lookups) = self.make_recovery_codes();
        let now = self.now();
        let about = Event::touched(Action::AccountAuthenticatorAdded, who.account());
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.confirm_totp(account, &stored.secret, step, now).await? {
                        return Err(AccountError::Conflict);
                    }
                    tx.replace_recovery_codes(account, &lookups).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "an authenticator was added");
        Ok(codes)
    }

    /// Takes the second factor of a session that awaits one: a code of the authenticator, or a recovery code. Each
    /// works once.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for a wrong or used code; [`AccountError::Conflict`] when none is awaited; when too many
    /// were wrong, or a part fails.
    pub async fn prove_second_factor(&self, who: &SignedIn, code: &str) -> Result<(), AccountError> {
        let result = self.take_second_factor(who, code).await;
        self.counted(who.account().pool, result)
    }

    async fn take_second_factor(&self, who: &SignedIn, code: &str) -> Result<(), AccountError> {
        if !who.awaits_second_factor() {
            return Err(AccountError::Conflict);
        }
        let (session, account, now) = (who.session().id, who.account().id, self.now());
        let methods = who.session().methods.with(Method::Otp);
        let (shown, tickets) = self.read_code(who, code).await?;
        let about = Event::touched(Action::AccountRecoveryCodeUsed, who.account());
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    use_up(tx, account, shown, now).await?;
                    if !tx.prove_session(session, methods, now).await? {
                        return Err(AccountError::Conflict);
                    }
                    if matches!(shown, Shown::Recovery(_)) {
                        audit.record(tx, about).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        tickets.into_iter().for_each(Ticket::give_back);
        tracing::info!(%account, %session, "a second factor was shown");
        Ok(())
    }

    /// Makes new recovery codes; the earlier ones are worth nothing.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when there is no authenticator; when a second factor is due, or a part fails.
    pub async fn renew_recovery_codes(&self, who: &SignedIn) -> Result<RecoveryCodes, AccountError> {
        who.require_complete()?;
        let account = who.account().id;
        let (codes, lookups) = self.make_recovery_codes();
        let about = Event::touched(Action::AccountRecoveryCodesReplaced, who.account());
        let audit = self.auditor(&who.actor(), self.now());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let totp = tx.find_totp(account).await?;
                    if totp.is_none_or(|totp| totp.confirmed_at.is_none()) {
                        return Err(AccountError::Conflict);
                    }
                    tx.replace_recovery_codes(account, &lookups).await?;
                    audit.record(tx, about).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::info!(%account, "recovery codes were made");
        Ok(codes)
    }

    /// Removes authenticator and recovery codes, for someone who shows a code once more.
    ///
    /// # Errors
    /// As for [`Engine::prove_second_factor`], and when a second factor is due.
    pub async fn remove_totp(&self, who: &SignedIn, code: &str) -> Result<(), AccountError> {
        who.require_complete()?;
        let (account, now) = (who.account().id, self.now());
        let (shown, tickets) = self.read_code(who, code).await?;
        let about = Event::touched(Action::AccountAuthenticatorRemoved, who.account());
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    use_up(tx, account, shown, now).await?;
                    tx.delete_totp(account).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok::<_, AccountError>(())
                })
            })
            .await?;
        tickets.into_iter().for_each(Ticket::give_back);
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "an authenticator was removed");
        Ok(())
    }

    /// What somebody typed, and the tickets to give back when it turns out to be good.
    async fn read_code(&self, who: &SignedIn, typed: &str) -> Result<(Shown, Vec<Ticket>), AccountError> {
        let account = who.account().id;
        let stored = self.store().read().await?.find_totp(account).await?;
        let stored = stored.filter(|totp| totp.confirmed_at.is_some()).ok_or(AccountError::Conflict)?;
        let tickets = self.admit_code(who).await?;
        if let Some(code) = RecoveryCode::read(typed) {
            let lookup = self.vault().hash(Purpose::RecoveryCode, code.as_bytes()).bytes();
            return Ok((Shown::Recovery(lookup), tickets));
        }
        let step = self.totp_step(account, &stored, typed)?.ok_or(AccountError::Wrong)?;
        Ok((Shown::Step(step), tickets))
    }

    async fn admit_code(&self, who: &SignedIn) -> Result<Vec<Ticket>, AccountError> {
        let account = who.account().id;
        let about = (Source::SecondFactor(account), WRONG_CODES);
        self.admit_attempt::<AccountError>(about, &who.session().origin, Some(account)).await
    }

    /// The step whose code this is: now, the one before or the one after.
    fn totp_step(
        &self,
        account: AccountId,
        stored: &StoredTotp,
        typed: &str,
    ) -> Result<Option<i64>, AccountError> {
        let row = account.to_string();
        let secret = self.sealer().open(context(&row), &stored.secret)?;
        let code: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| *c != ' ').collect());
        let now = u64::try_from(self.now().seconds()).unwrap_or(0);
        let step = authenticator(secret.as_slice()).check(&code, now);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn make_recovery_codes(&self) -> (RecoveryCodes, Vec<[u8; 32]>) {
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::generate(self.entropy())).collect();
        let hash = |code: &RecoveryCode| self.vault().hash(Purpose::RecoveryCode, code.as_bytes()).bytes();
        let lookups = codes.iter().map(hash).collect();
        (RecoveryCodes(codes.iter().map(RecoveryCode::to_shown).collect()), lookups)
    }
}

/// Uses up what was shown, in the transaction that acts on it.
async fn use_up(tx: &mut Tx, account: AccountId, shown: Shown, at: Timestamp) -> Result<(), AccountError> {
    let is_good = match shown {
        Shown::Step(step) => tx.use_totp_step(account, step).await?,
        Shown::Recovery(lookup) => tx.use_recovery_code(account, &lookup, at).await?,
    };
    if is_good { Ok(()) } else { Err(AccountError::Wrong) }
}

fn context(row: &str) -> SealContext<'_> {
    SealContext { place: "totp.secret", row }
}

/// What every authenticator app does: SHA-1, six digits, thirty seconds, one step of skew.
fn authenticator(secret: &[u8]) -> Totp {
    Builder::new().with_secret(secret).build_noncompliant()
}

/// The address that authenticator apps read from a picture (Google's key URI format).
fn address(issuer: &str, email: &str, secret: &str) -> Plain {
    // The colon parts issuer and account.
    let issuer = issuer.replace(':', " ");
    let mut address = match Url::parse("otpauth://totp/") {
        Ok(address) => address,
        Err(_) => return Plain::new(String::new()),
    };
    if let Ok(mut path) = address.path_segments_mut() {
        path.clear().push(&format!("{issuer}:{email}"));
    }
    address
        .query_pairs_mut()
        .append_pair("secret", secret)
        .append_pair("issuer", &issuer)
        .append_pair("algorithm", "SHA1")
        .append_pair("digits", "6")
        .append_pair("period", "30");
    // Some apps show the plus that forms write for a space; a literal one is %2B by now.
    let query = address.query().map(|query| query.replace('+', "%20"));
    address.set_query(query.as_deref());
    Plain::new(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = authenticator(b"12345678901234567890");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.check(code, time), Some(time / 30));
            assert_eq!(totp.check(code, time + 30), Some(time / 30), "one step late");
            assert_eq!(totp.check(code, time + 60), None);
        }
    }

    #[test]
    fn an_address_is_one_that_apps_read() {
        let address = address("Ada & Co: Homes+", "ada+x@example.com", "ABCD");
        assert_eq!(
            address.expose(),
            "otpauth://totp/Ada%20&%20Co%20%20Homes+:ada+x@example.com?secret=ABCD&issuer=Ada%20%26%20Co%20%20Homes%2B\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
