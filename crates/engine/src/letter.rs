//! What is sent by mail: its texts, and in whose name.

use claviger_domain::{Email, MailPurpose, Pool};
use claviger_secrets::Plain;

use crate::caller::Caller;

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
    pub(crate) const fn purpose(self) -> MailPurpose {
        match self {
            Self::Verification => MailPurpose::Verification,
            Self::Reset | Self::AlreadyThere => MailPurpose::Reset,
        }
    }

    pub(crate) fn subject(self, title: &str) -> String {
        match self {
            Self::Verification => format!("{title}: is this your address?"),
            Self::Reset => format!("{title}: a new password"),
            Self::AlreadyThere => format!("{title}: you have an account"),
        }
    }

    pub(crate) fn text(self, title: &str, link: &str) -> String {
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

/// A letter that somebody asked for, waiting to be written and sent. Whether there is such an account is found out after they had their answer.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) pool: Pool,
    pub(crate) email: Email,
    pub(crate) letter: Letter,
    pub(crate) sender: Sender,
}

/// In whose name mail is sent, and where its links lead.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    /// What people call the API.
    pub(crate) title: String,
    /// Its issuer, without a slash at the end.
    pub(crate) issuer: String,
}

impl Sender {
    pub(crate) fn of(caller: &Caller<'_>) -> Self {
        let title = caller.policy.tokens.title.as_str();
        let title = if title.is_empty() { caller.policy.name.as_str() } else { title };
        Self { title: title.to_owned(), issuer: caller.issuer.trim_end_matches('/').to_owned() }
    }

    pub(crate) fn link(&self, purpose: MailPurpose, token: &Plain) -> String {
        let path = match purpose {
            MailPurpose::Verification => "verify-email",
            MailPurpose::Reset => "reset-password",
        };
        // The token's form needs no encoding.
        format!("{}/{path}?token={}", self.issuer, token.expose())
    }
}
