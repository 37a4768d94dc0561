//! Mails put into words, in their reader's language.

use std::fmt::Write as _;
use std::str::FromStr;

use claviger_domain::{DisabledFor, Finding, Reminder, Response, Rule};
use claviger_engine::{AccountLetter, Mail, Message, NamedKey, Plain};

use crate::findings::words::{evidence, innocent, sees, title};
use crate::portal::members::role_name;
use crate::words::{Language, Phrase, in_language, say};

/// The language of mails to people whose own is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailLanguage(Language);

/// Nothing is written in this language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mails are not written in this language")]
pub struct UnknownLanguage;

impl FromStr for MailLanguage {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        Language::of_tag(tag).map(Self).ok_or(UnknownLanguage)
    }
}

/// A mail in words. Its text may hold a link that opens an account, so it does not print.
#[derive(Clone, Debug)]
pub struct WrittenMail {
    /// Its subject: one line, but for what others put into it.
    pub subject: String,
    /// Its text, in lines that end in `\n`.
    pub text: Plain,
}

/// Puts a mail into words: in its reader's language where that is known and there are words in it, else in `usual`.
pub fn write_mail(mail: &Mail, usual: MailLanguage) -> WrittenMail {
    let own = mail.language.as_deref().and_then(Language::preferred);
    in_language(own.unwrap_or(usual.0), || {
        let (subject, text) = words(&mail.message);
        WrittenMail { subject: subject.to_string(), text: Plain::new(text) }
    })
}

fn words(message: &Message) -> (Phrase, String) {
    match message {
        Message::Account { letter, title, link } => {
            let (subject, text) = account(*letter, title, link.expose());
            (subject, ended(&text))
        }
        Message::Invitation { workspace, role, link } => (
            say("mail-invitation-subject").with("workspace", workspace),
            ended(
                &say("mail-invitation")
                    .with("workspace", workspace)
                    .with("role", role_name(*role))
                    .with("link", link.expose()),
            ),
        ),
        Message::AccessReceived { link } => (
            say("mail-access-received-subject"),
            ended(&say("mail-access-received").with("link", link.expose())),
        ),
        Message::AccessDeclined { reason, link } => (
            say("mail-access-declined-subject"),
            ended(&say("mail-access-declined").with("reason", reason).with("link", link.expose())),
        ),
        Message::Finding { finding, response, is_for_caretaker, link } => {
            let done = match is_for_caretaker {
                true => for_caretakers(finding.rule, *response),
                false => for_provider(*response),
            };
            (
                say("mail-finding-subject").with("title", title(finding.rule)),
                ended(&found(finding, done, link)),
            )
        }
        Message::WebhookDisabled { name, host, cause, link } => (
            say("mail-webhook-disabled-subject").with("name", name),
            ended(
                &say("mail-webhook-disabled")
                    .with("name", name)
                    .with("host", host)
                    .with("why", why(*cause))
                    .with("link", link),
            ),
        ),
        Message::KeysEnding { workspace, api, reminder, keys, count } => {
            (keys_subject(workspace, *reminder, (keys, *count)), keys_text((workspace, api), keys, *count))
        }
    }
}

/// A text ends with the end of its last line.
fn ended(text: &Phrase) -> String {
    format!("{text}\n")
}

fn account(letter: AccountLetter, title: &str, link: &str) -> (Phrase, Phrase) {
    match letter {
        AccountLetter::Verification => (
            say("mail-verification-subject").with("title", title),
            say("mail-verification").with("title", title).with("link", link),
        ),
        AccountLetter::Reset => (
            say("mail-reset-subject").with("title", title),
            say("mail-reset").with("title", title).with("link", link),
        ),
        AccountLetter::AlreadyThere => (
            say("mail-account-there-subject").with("title", title),
            say("mail-account-there").with("title", title).with("link", link),
        ),
        AccountLetter::NewAddress => (
            say("mail-new-address-subject").with("title", title),
            say("mail-new-address").with("title", title).with("link", link),
        ),
        AccountLetter::AddressInUse => (
            say("mail-account-there-subject").with("title", title),
            say("mail-address-in-use").with("title", title),
        ),
        AccountLetter::AddressChanged => (
            say("mail-address-changed-subject").with("title", title),
            say("mail-address-changed").with("title", title),
        ),
    }
}

fn found(finding: &Finding, done: Phrase, link: &str) -> Phrase {
    say("mail-finding")
        .with("title", title(finding.rule))
        .with("subject", &finding.subject)
        .with("evidence", evidence(&finding.evidence))
        .with("sees", sees(finding.rule))
        .with("innocent", innocent(finding.rule))
        .with("done", done)
        .with("link", link)
}

const fn for_provider(response: Response) -> Phrase {
    match response {
        Response::Notify => say("mail-finding-nothing-done"),
        Response::Throttle => say("mail-finding-slowed"),
        Response::Quarantine => say("mail-finding-reads"),
        Response::Revoke => say("mail-finding-revoked"),
    }
}

fn for_caretakers(rule: Rule, response: Response) -> Phrase {
    let done = match response {
        Response::Notify => say("mail-finding-goes-on"),
        Response::Throttle => say("mail-finding-slowed-until"),
        Response::Quarantine => say("mail-finding-reads-until"),
        Response::Revoke => say("mail-finding-revoked"),
    };
    let advice = match (rule, response) {
        (_, Response::Revoke) => say("mail-finding-replace"),
        (Rule::LeakedKey, _) => say("mail-finding-replace-now"),
        _ => say("mail-finding-find-out"),
    };
    say("mail-finding-caretaker").with("done", done).with("advice", advice)
}

const fn why(cause: DisabledFor) -> Phrase {
    match cause {
        DisabledFor::Hand => say("mail-webhook-by-hand"),
        DisabledFor::Failures => say("mail-webhook-failures"),
        DisabledFor::Gone => say("mail-webhook-gone"),
    }
}

fn keys_subject(workspace: &str, reminder: Reminder, (keys, count): (&[NamedKey], usize)) -> Phrase {
    let when = match reminder {
        Reminder::Month => say("mail-keys-month"),
        Reminder::Week => say("mail-keys-week"),
        Reminder::Day => say("mail-keys-day"),
    };
    match (keys, count) {
        ([one], 1) => say("mail-key-ending-subject")
            .with("name", &one.name)
            .with("workspace", workspace)
            .with("when", when),
        _ => say("mail-keys-ending-subject")
            .count("count", count)
            .with("workspace", workspace)
            .with("when", when),
    }
}

fn keys_text((workspace, api): (&str, &str), keys: &[NamedKey], count: usize) -> String {
    let mut text = format!("{}\n", say("mail-keys-ending").with("workspace", workspace).with("api", api));
    for NamedKey { name, ends_at, link } in keys {
        // A text takes whatever is written to it.
        let _ = write!(text, "\n{}\n{link}\n", say("mail-keys-one").with("name", name).with("at", ends_at));
    }
    if let Some(more) = count.checked_sub(keys.len()).filter(|more| *more > 0) {
        let _ = write!(text, "\n{}\n", say("mail-keys-more").count("count", more));
    }
    let _ = write!(text, "\n{}\n", say("mail-keys-advice"));
    text
}

#[cfg(test)]
#[path = "mails_tests.rs"]
mod tests;
