use claviger_domain::{Role, Timestamp};

use super::*;

fn mail(language: Option<&str>, message: Message) -> Mail {
    Mail { to: "ada@example.com".parse().unwrap(), language: language.map(str::to_owned), message }
}

fn reset() -> Message {
    let link = Plain::new("https://auth.example/reset-password?token=clv_1".to_owned());
    Message::Account { letter: AccountLetter::Reset, title: "Sample Homes".to_owned(), link }
}

fn written(language: Option<&str>, usual: &str, message: Message) -> (String, String) {
    let WrittenMail { subject, text } = write_mail(&mail(language, message), usual.parse().unwrap());
    (subject, text.expose().to_owned())
}

#[test]
fn a_mail_is_in_its_readers_language_else_in_the_usual_one() {
    for (language, usual, subject) in [
        (None, "en", "Sample Homes: a new password"),
        (None, "de", "Sample Homes: ein neues Passwort"),
        (Some("de-AT"), "en", "Sample Homes: ein neues Passwort"),
        (Some("en"), "de", "Sample Homes: a new password"),
        (Some("fr"), "de", "Sample Homes: ein neues Passwort"),
    ] {
        let (said, text) = written(language, usual, reset());
        assert_eq!(said, subject, "{language:?} {usual}");
        let link = "https://auth.example/reset-password?token=clv_1";
        assert!(text.lines().any(|line| line == link) && text.ends_with(".\n"), "{text}");
    }
    assert_eq!("fr".parse::<MailLanguage>(), Err(UnknownLanguage));
}

#[test]
fn a_text_keeps_its_paragraphs_and_its_links_stand_alone() {
    let link = || Plain::new("https://console.example/x".to_owned());
    let account = |letter| Message::Account { letter, title: "Sample Homes".to_owned(), link: link() };
    let named = |number: usize| NamedKey {
        name: format!("key {number}"),
        ends_at: Timestamp::from_seconds(1_800_000_000),
        link: "https://console.example/x".to_owned(),
    };
    let all = [
        account(AccountLetter::Verification),
        account(AccountLetter::AlreadyThere),
        account(AccountLetter::NewAddress),
        Message::Invitation { workspace: "Acme".to_owned(), role: Role::Developer, link: link() },
        Message::AccessReceived { link: link() },
        Message::AccessDeclined { reason: "Too early.".to_owned(), link: link() },
        Message::WebhookDisabled {
            name: "orders".to_owned(),
            host: "hooks.example".to_owned(),
            cause: DisabledFor::Gone,
            link: "https://console.example/x".to_owned(),
        },
        Message::KeysEnding {
            workspace: "Acme".to_owned(),
            api: "Sample".to_owned(),
            reminder: Reminder::Week,
            keys: vec![named(1), named(2)],
            count: 5,
        },
    ];
    for message in all {
        for language in ["en", "de"] {
            let (subject, text) = written(None, language, message.clone());
            assert!(!subject.contains('\n') && !subject.contains('{'), "{subject}");
            assert!(text.lines().any(|line| line == "https://console.example/x"), "{text}");
            assert!(text.contains("\n\n") && !text.contains('{'), "{text}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
        }
    }
}

#[test]
fn one_key_is_named_and_many_are_counted() {
    let named = NamedKey {
        name: "server".to_owned(),
        ends_at: Timestamp::from_seconds(1_800_000_000),
        link: "https://console.example/x".to_owned(),
    };
    let ending = |count| Message::KeysEnding {
        workspace: "Acme".to_owned(),
        api: "Sample".to_owned(),
        reminder: Reminder::Day,
        keys: vec![named.clone()],
        count,
    };
    let (one, text) = written(None, "en", ending(1));
    assert_eq!(one, "Claviger: the key “server” of Acme ends within a day");
    assert!(text.contains("server, at 2027-01-15T08:00:00Z\n") && !text.contains("more"), "{text}");
    let (many, text) = written(None, "en", ending(60));
    assert_eq!(many, "Claviger: 60 keys of Acme end within a day");
    assert!(text.contains("and 59 more."), "{text}");
}
