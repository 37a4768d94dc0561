//! Sending mail: by a mail server, or into files or the log of somebody who tries things out.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use claviger_engine::{Mail, MailError, Mailer};
use claviger_pages::{MailLanguage, WrittenMail, write_mail};
use claviger_settings::{MailSettings, MailTransport};
use futures_util::future::BoxFuture;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox};
use lettre::transport::smtp;
use lettre::{Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::private_file;

/// The longest wait for one answer of a mail server.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why mail cannot be sent as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// Nothing can come from this address.
    #[error("mail cannot come from `{0}`")]
    From(String),
    /// The server's URL cannot be read. It may hold a password, so it is not repeated.
    #[error(
        "the setting mail.server is no URL of a mail server, such as smtps://user:password@mail.example.com"
    )]
    Server,
    /// Nothing is written in this language.
    #[error("the setting mail.language is `{0}`, and mails are not written in that language")]
    Language(String),
    /// The directory for mails cannot be made.
    #[error("cannot make the directory {} for mail", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What sends mail as the settings say.
///
/// # Errors
/// When they are wrong, or the directory cannot be made.
pub fn mailer(settings: &MailSettings) -> Result<Arc<dyn Mailer>, MailerError> {
    let from: Address = settings.from.parse().map_err(|_| MailerError::From(settings.from.clone()))?;
    let carrier = match settings.transport {
        MailTransport::Stderr => Carrier::Stderr,
        MailTransport::File => {
            let path = &settings.directory;
            private_file::create_directory(path)
                .map_err(|source| MailerError::Directory { path: path.clone(), source })?;
            Carrier::File(AsyncFileTransport::new(path))
        }
        MailTransport::Smtp => {
            let url = settings.server.as_ref().ok_or(MailerError::Server)?;
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
            Carrier::Smtp(builder.map_err(|_| MailerError::Server)?.timeout(Some(PATIENCE)).build())
        }
    };
    let language = settings.language.parse::<MailLanguage>();
    let language = language.map_err(|_| MailerError::Language(settings.language.clone()))?;
    Ok(Arc::new(Sender { from: Mailbox::new(None, from), language, carrier }))
}

struct Sender {
    from: Mailbox,
    language: MailLanguage,
    carrier: Carrier,
}

enum Carrier {
    Stderr,
    File(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer for Sender {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), MailError>> {
        Box::pin(async move {
            let message = self.write(&mail).map_err(MailError::Refused)?;
            match &self.carrier {
                Carrier::Stderr => io::stderr().write_all(&message.formatted()).map_err(unavailable),
                Carrier::File(files) => files.send(message).await.map(drop).map_err(unavailable),
                Carrier::Smtp(server) => server.send(message).await.map(drop).map_err(of_server),
            }
        })
    }
}

impl Sender {
    fn write(&self, mail: &Mail) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        let to: Address = mail.to.as_str().parse()?;
        let WrittenMail { subject, text } = write_mail(mail, self.language);
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(self.body(text.expose().to_owned()))?)
    }

    /// The text as people read it in a file or a log, with its links whole; encoded only where a server takes it on.
    fn body(&self, text: String) -> Body {
        match self.carrier {
            Carrier::Smtp(_) => Body::new(text),
            Carrier::File(_) | Carrier::Stderr => {
                Body::new_with_encoding(text, ContentTransferEncoding::Binary).unwrap_or_else(Body::new)
            }
        }
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> MailError {
    MailError::Unavailable(Box::new(error))
}

fn of_server(error: smtp::Error) -> MailError {
    if error.is_permanent() { MailError::Refused(Box::new(error)) } else { unavailable(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_engine::{AccountLetter, Message, Plain};
    use claviger_settings::Secret;

    fn settings(transport: MailTransport, directory: PathBuf) -> MailSettings {
        MailSettings {
            transport,
            from: "claviger@example.com".to_owned(),
            language: "en".to_owned(),
            directory,
            server: None,
        }
    }

    fn reset(title: &str, link: &str) -> Mail {
        let (letter, link) = (AccountLetter::Reset, Plain::new(link.to_owned()));
        Mail {
            to: "ada@example.com".parse().unwrap(),
            language: None,
            message: Message::Account { letter, title: title.to_owned(), link },
        }
    }

    #[test]
    fn a_language_without_words_is_refused_at_the_start() {
        let mut settings = settings(MailTransport::Stderr, PathBuf::new());
        settings.language = "fr".to_owned();
        let Err(error) = mailer(&settings) else { panic!("it has no words") };
        assert!(error.to_string().contains("mail.language is `fr`"), "{error}");
    }

    #[tokio::test]
    async fn a_mail_becomes_a_file_that_holds_its_link_in_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail");
        let link = format!("https://auth.example.com/reset-password?token={}", "x".repeat(60));
        let mail = reset("Sample\r\nBcc: eve@example.com", &link);
        mailer(&settings(MailTransport::File, path.clone())).unwrap().send(mail).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(&path).unwrap().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        assert!(text.lines().any(|line| line == link), "{text}");
        let (head, _words) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("To: ada@example.com"), "{text}");
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }

    #[tokio::test]
    async fn a_server_that_is_away_may_be_tried_again() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut settings = settings(MailTransport::Smtp, PathBuf::new());
        settings.server = Some(Secret::new(format!("smtp://{closed}")));
        let failed = mailer(&settings).unwrap().send(reset("Sample", "https://auth.example.com")).await;
        assert!(matches!(failed, Err(MailError::Unavailable(_))), "{failed:?}");
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_being_repeated() {
        let mut settings = settings(MailTransport::Smtp, PathBuf::new());
        settings.server = Some(Secret::new("hunter2".to_owned()));
        let Err(error) = mailer(&settings) else { panic!("it is none") };
        assert!(!error.to_string().contains("hunter2"));
    }
}
