//! What is sent by mail: the texts, and the tokens in their links.

use std::time::Duration;

use claviger_domain::{
    AccountId, Environment, KeyFormat, KeyKind, KeyShape, MailPurpose, Origin, Pool, Timestamp,
};
use claviger_secrets::{Plain, Purpose, Recognized, generate_key, recognize};
use claviger_store::MailToken;

use super::AccountError;
use crate::engine::Engine;
use crate::error::Error;
use crate::exchange::Caller;
use crate::failures::{Source, Wait};
use crate::mailer::{Mail, Order, Place, Sender};

/// How long a link for a new password is good.
const RESET_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a link that proves an address is good.
const VERIFICATION_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// The most letters that one account gets in an hour, so that nobody's inbox is flooded through us.
const LETTERS: u32 = 5;
const LETTERS_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    /// A link that proves the address.
    Verification,
    /// A link for a new password.
    Reset,
    /// The same for somebody who signed up with an address that has an account.
    AlreadyThere,
}

impl Letter {
    const fn purpose(self) -> MailPurpose {
        match self {
            Self::Verification => MailPurpose::Verification,
            Self::Reset | Self::AlreadyThere => MailPurpose::Reset,
        }
    }

    fn subject(self, title: &str) -> String {
        match self {
            Self::Verification => format!("{title}: is this your address?"),
            Self::Reset => format!("{title}: a new password"),
            Self::AlreadyThere => format!("{title}: you have an account"),
        }
    }

    fn text(self, title: &str, link: &str) -> String {
        match self {
            Self::Verification => format!(
                "Hello,\n\nsomebody signed up for {title} with this address. If it was you, open this link\n\
                 within 24 hours to say that the address is yours:\n\n{link}\n\n\
                 If it was not you, you need not do anything.\n"
            ),
            Self::Reset => format!(
                "Hello,\n\nsomebody asked for a new password for your account at {title}. If it was you, open this\n\
                 link within 15 minutes and choose one:\n\n{link}\n\n\
                 If it was not you, you need not do anything: your password stays as it is.\n"
            ),
            Self::AlreadyThere => format!(
                "Hello,\n\nsomebody signed up for {title} with this address, which has an account there already.\n\
                 If it was you, sign in as usual. If you do not know your password, open this link within\n\
                 15 minutes and choose a new one:\n\n{link}\n\n\
                 If it was not you, you need not do anything.\n"
            ),
        }
    }
}

impl Sender {
    pub(super) fn of(caller: &Caller<'_>) -> Self {
        let title = caller.policy.tokens.title.as_str();
        let title = if title.is_empty() { caller.policy.name.as_str() } else { title };
        Self { title: title.to_owned(), issuer: caller.issuer.trim_end_matches('/').to_owned() }
    }

    fn link(&self, purpose: MailPurpose, token: &Plain) -> String {
        let path = match purpose {
            MailPurpose::Verification => "verify-email",
            MailPurpose::Reset => "reset-password",
        };
        // The token's form needs no encoding.
        format!("{}/{path}?token={}", self.issuer, token.expose())
    }
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
        let Order { pool, email, letter, sender } = order;
        let now = self.now();
        let account = {
            let mut read = self.store().read().await?;
            let Some(record) = read.find_account_by_email(*pool, email).await? else { return Ok(None) };
            let account = record.account;
            let is_needless = *letter == Letter::Verification && account.email_verified_at.is_some();
            if is_needless || account.disabled_at.is_some() {
                return Ok(None);
            }
            if read.count_mail_tokens(account.id, now.minus(LETTERS_WINDOW)).await? >= LETTERS {
                tracing::info!(account = %account.id, "a letter was not sent: it had enough within an hour");
                return Ok(None);
            }
            account
        };
        let purpose = letter.purpose();
        let life = match purpose {
            MailPurpose::Verification => VERIFICATION_LIFE,
            MailPurpose::Reset => RESET_LIFE,
        };
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::MailToken, text.expose().as_bytes()).bytes();
        let token = MailToken {
            account: account.id,
            purpose,
            email: account.email.clone(),
            created_at: now,
            expires_at: now.plus(life),
        };
        self.store()
            .write(move |tx| Box::pin(async move { tx.insert_mail_token(&token, &lookup).await }))
            .await?;
        let link = sender.link(purpose, &text);
        Ok(Some(Mail {
            to: account.email,
            subject: letter.subject(&sender.title),
            text: Plain::new(letter.text(&sender.title, &link)),
        }))
    }

    /// Whose token this is, and its keyed hash, if it is good and of this pool.
    pub(super) async fn find_letter(
        &self,
        pool: Pool,
        token: &str,
        purpose: MailPurpose,
    ) -> Result<(AccountId, claviger_domain::Email, [u8; 32]), AccountError> {
        if !matches!(recognize(token.as_bytes(), &[token_format()]), Recognized::Key(_)) {
            return Err(AccountError::Stale);
        }
        let lookup = self.vault().hash(Purpose::MailToken, token.as_bytes()).bytes();
        let now: Timestamp = self.now();
        let mut read = self.store().read().await?;
        let found = read.find_mail_token(&lookup, purpose, now).await?;
        let (account, email) = found.ok_or(AccountError::Stale)?;
        let owner = read.find_account(account).await?.ok_or(AccountError::Stale)?;
        if owner.pool != pool || owner.disabled_at.is_some() || owner.email != email {
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
