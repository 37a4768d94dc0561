//! What is sent by mail, and the tokens in its links.

use std::time::Duration;

use claviger_domain::{
    AccountId, Email, Environment, KeyFormat, KeyKind, KeyShape, MailPurpose, Origin, Pool, Timestamp,
};
use claviger_secrets::{Plain, Purpose, Recognized, generate_key, recognize};
use claviger_store::MailToken;

use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::error::Error;
use crate::failures::{Source, Wait};
use crate::letter::{Letter, Order};
use crate::mailer::{Mail, Place};
use crate::message::Message;

/// The most letters that one account gets in an hour, so that nobody's inbox is flooded through us.
const LETTERS: u32 = 5;
const LETTERS_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A letter whose addressee is known.
struct Addressed {
    /// Whose account it is about.
    account: AccountId,
    to: Email,
    /// The language of its reader, where that is known.
    language: Option<String>,
    letter: Letter,
}

impl Engine {
    /// A place in the queue of mails, for someone who has not had too many sent.
    pub(crate) fn admit_letter(&self, origin: &Origin) -> Result<Place<'_>, AccountError> {
        let per_minute = self.options().accounts.failed_sign_ins_per_minute;
        // Never given back: each letter counts.
        let _ticket =
            self.failures().take(&Source::letters(origin.address), per_minute, self.now()).map_err(Wait)?;
        self.post().reserve().map_err(|_| AccountError::Busy)
    }

    /// Writes what was asked for, if there is such an account and it makes sense. Runs in the background.
    pub(crate) async fn write_letter(&self, order: &Order) -> Result<Option<Mail>, Error> {
        let Some(Addressed { account, to, language, letter }) = self.address_letter(order).await? else {
            return Ok(None);
        };
        let link = match letter.purpose() {
            Some(purpose) => {
                let token = self.make_mail_token(account, to.clone(), purpose).await?;
                // One that nothing can be done with counts like any other, and is told to nobody.
                let is_told = letter != Letter::AddressInUse;
                is_told.then(|| order.sender.link(purpose.0, &token))
            }
            None => None,
        };
        let link = Plain::new(link.unwrap_or_default());
        let message = Message::Account { letter, title: order.sender.title.clone(), link };
        Ok(Some(Mail { to, language, message }))
    }

    /// Whose account a letter is about, where it goes and what has to be written, unless it is nothing.
    async fn address_letter(&self, order: &Order) -> Result<Option<Addressed>, Error> {
        let Order { pool, email, to, letter, .. } = order;
        let mut read = self.store().read().await?;
        let Some(record) = read.find_account_by_email(*pool, email).await? else { return Ok(None) };
        let account = record.account;
        let is_needless = *letter == Letter::Verification && account.email_verified_at.is_some();
        if is_needless || account.disabled_at.is_some() {
            return Ok(None);
        }
        let since = self.now().minus(LETTERS_WINDOW);
        // That an address was changed is told once for each link that was followed, whatever else was sent.
        if letter.purpose().is_some() && read.count_mail_tokens(account.id, since).await? >= LETTERS {
            tracing::info!(account = %account.id, "a letter was not sent: it had enough within an hour");
            return Ok(None);
        }
        let (about, own) = (account.id, account.profile.locale);
        let addressed = |to, language, letter| Some(Addressed { account: about, to, language, letter });
        let Some(to) = to else { return Ok(addressed(account.email, own, *letter)) };
        let owner = match letter {
            Letter::NewAddress => read.find_account_by_email(*pool, to).await?,
            _ => None,
        };
        Ok(match owner {
            Some(owner) => addressed(owner.account.email, owner.account.profile.locale, Letter::AddressInUse),
            None => addressed(to.clone(), own, *letter),
        })
    }

    async fn make_mail_token(
        &self,
        account: AccountId,
        email: Email,
        (purpose, life): (MailPurpose, Duration),
    ) -> Result<Plain, Error> {
        let now = self.now();
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::MailToken, text.expose().as_bytes()).bytes();
        let token = MailToken { account, purpose, email, created_at: now, expires_at: now.plus(life) };
        self.store()
            .write(move |tx| Box::pin(async move { tx.insert_mail_token(&token, &lookup).await }))
            .await?;
        Ok(text)
    }

    /// Whose token this is, and its keyed hash, if it is good and of this pool.
    pub(super) async fn find_letter(
        &self,
        pool: Pool,
        token: &str,
        purpose: MailPurpose,
    ) -> Result<(AccountId, Email, [u8; 32]), AccountError> {
        if !matches!(recognize(token.as_bytes(), &[token_format()]), Recognized::Key(_)) {
            return Err(AccountError::Stale);
        }
        let lookup = self.vault().hash(Purpose::MailToken, token.as_bytes()).bytes();
        let now: Timestamp = self.now();
        let mut read = self.store().read().await?;
        let found = read.find_mail_token(&lookup, purpose, now).await?;
        let (account, email) = found.ok_or(AccountError::Stale)?;
        let owner = read.find_account(account).await?.ok_or(AccountError::Stale)?;
        // All but one are about the address that the account has.
        let is_about_it = purpose == MailPurpose::NewAddress || owner.email == email;
        if owner.pool != pool || owner.disabled_at.is_some() || !is_about_it {
            return Err(AccountError::Stale);
        }
        Ok((account, email, lookup))
    }
}

/// Links' tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_mail_".into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
