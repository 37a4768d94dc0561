//! `[mail]`: how mail is sent.

use std::path::{Path, PathBuf};

use claviger_domain::Email;
use serde::{Deserialize, Serialize};

use super::{Breach, anchor};
use crate::secret::Secret;

/// How mail to users is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// By what.
    pub transport: MailTransport,
    /// The address that it comes from.
    pub from: String,
    /// The language of mails to people whose own is not known (RFC 5646).
    pub language: String,
    /// Where files are put.
    pub directory: PathBuf,
    /// The server's URL, which may hold a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Secret>,
}

/// What sends mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Nothing: it is written to the standard error stream.
    Stderr,
    /// Nothing: each mail becomes a file.
    File,
    /// A mail server.
    Smtp,
}

impl MailSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if let Err(error) = self.from.parse::<Email>() {
            breaches.push(Breach::new("mail.from", format!("the e-mail address {error}")));
        }
        if self.transport == MailTransport::Smtp && self.server.is_none() {
            breaches.push(Breach::new("mail.server", "is needed when `mail.transport` is \"smtp\""));
        }
    }

    pub(super) fn anchor(&mut self, base: &Path) {
        anchor(&mut self.directory, base);
    }
}
