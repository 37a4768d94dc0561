//! What is sent by mail, and in whose name.

use std::time::Duration;

use claviger_domain::{Email, FindingId, MailPurpose, Pool, Response};
use claviger_secrets::Plain;

use crate::caller::Caller;

/// How long a link for a new password is good.
const RESET_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a link that proves an address is good.
const VERIFICATION_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a link to a new address is good.
const NEW_ADDRESS_LIFE: Duration = Duration::from_secs(60 * 60);

/// A letter to somebody with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// A link that proves the address.
    Verification,
    /// A link for a new password.
    Reset,
    /// The same for somebody who signed up with an address that has an account.
    AlreadyThere,
    /// A link to an address that an account is to have from now on.
    NewAddress,
    /// In its place, to an address that has an account: nothing can be done with it.
    AddressInUse,
    /// To the address that an account had until now.
    AddressChanged,
}

impl Letter {
    /// What its link is for, and how long that is good; every letter that somebody can have sent has one, since they
    /// are what is counted. That of [`Letter::AddressInUse`] is told to nobody.
    pub(crate) const fn purpose(self) -> Option<(MailPurpose, Duration)> {
        match self {
            Self::Verification => Some((MailPurpose::Verification, VERIFICATION_LIFE)),
            Self::Reset | Self::AlreadyThere => Some((MailPurpose::Reset, RESET_LIFE)),
            Self::NewAddress | Self::AddressInUse => Some((MailPurpose::NewAddress, NEW_ADDRESS_LIFE)),
            Self::AddressChanged => None,
        }
    }
}

/// A letter about a request for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessLetter {
    /// That it came.
    Received,
    /// That it was turned down, and why.
    Declined,
}

/// A letter about a finding and what was done about it.
#[derive(Clone, Debug)]
pub(crate) struct FindingLetter {
    pub(crate) id: FindingId,
    pub(crate) response: Response,
    pub(crate) to: Email,
    /// Whether it goes to somebody who looks after the key's workspace, not to the provider.
    pub(crate) is_for_caretaker: bool,
}

/// A letter that somebody asked for, waiting to be written and sent. Whether there is such an account is found out after they had their answer.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) pool: Pool,
    /// Whose account it is about.
    pub(crate) email: Email,
    /// Where it goes, if not to that account's address as it stands there.
    pub(crate) to: Option<Email>,
    pub(crate) letter: Letter,
    pub(crate) sender: Sender,
}

impl Order {
    /// A letter to the owner of the account that has this address.
    pub(crate) fn to_owner(pool: Pool, email: Email, letter: Letter, sender: Sender) -> Self {
        Self { pool, email, to: None, letter, sender }
    }
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
            MailPurpose::NewAddress => "account/email/confirm",
        };
        // The token's form needs no encoding.
        format!("{}/{path}?token={}", self.issuer, token.expose())
    }
}
