//! Mail: what sends it, and the queue in between, so that no answer waits for a mail server or tells by its time
//! whether there was something to send.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Email, InvitationId, Pool};
use claviger_secrets::Plain;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::accounts::Letter;
use crate::engine::Engine;

/// Mails that may wait. Beyond that the mail server is away, and whoever asks is told to come back.
const QUEUE: usize = 1_000;
/// How often a mail is tried.
const ATTEMPTS: u32 = 3;
/// The pause after the first failure; it doubles.
const PAUSE: Duration = Duration::from_secs(2);

/// A mail. Its text may hold a link that opens an account, so it does not print.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom it is to.
    pub to: Email,
    /// Its subject: one line.
    pub subject: String,
    /// Its text, in lines that end in `\n`.
    pub text: Plain,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may be sent later: the server is away.
    #[error("the mail server is away")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will not be sent: the server or this machine refused it.
    #[error("the mail was refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends mail. An effect, like the clock: tests keep what was sent.
pub trait Mailer: Send + Sync {
    /// Sends one mail, or fails within a bounded time.
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), MailError>>;
}

/// A letter that somebody asked for, waiting to be written and sent. Whether there is such an account is found out after they had their answer.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) pool: Pool,
    pub(crate) email: Email,
    pub(crate) letter: Letter,
    pub(crate) sender: Sender,
}

/// What waits in the queue.
enum Errand {
    Letter(Order),
    Invitation(InvitationId, Sender),
}

/// A place in the queue.
pub(crate) struct Place<'q>(mpsc::Permit<'q, Errand>);

impl Place<'_> {
    /// Fills it with a letter to an account.
    pub(crate) fn send(self, order: Order) {
        self.0.send(Errand::Letter(order));
    }

    /// Fills it with an invitation.
    pub(crate) fn invite(self, id: InvitationId, sender: Sender) {
        self.0.send(Errand::Invitation(id, sender));
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

/// Drops mail: for tools and measurements that have none.
#[derive(Clone, Copy, Debug)]
pub struct NoMail;

impl Mailer for NoMail {
    fn send(&self, _: Mail) -> BoxFuture<'_, Result<(), MailError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The queue and what empties it.
pub(crate) struct Post {
    mailer: Arc<dyn Mailer>,
    sender: mpsc::Sender<Errand>,
    receiver: Mutex<mpsc::Receiver<Errand>>,
}

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Post {
    pub(crate) fn new(mailer: Arc<dyn Mailer>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self { mailer, sender, receiver: Mutex::new(receiver) }
    }

    /// Takes a place in the queue before anything is written, so that what was written is also sent.
    pub(crate) fn reserve(&self) -> Result<Place<'_>, Full> {
        self.sender.try_reserve().map(Place).map_err(|_| Full)
    }
}

impl Engine {
    /// Sends mail, one at a time, until `end` is dropped; then what still waits.
    pub(crate) async fn deliver_until(&self, mut end: oneshot::Receiver<()>) {
        let mut receiver = self.post().receiver.lock().await;
        loop {
            tokio::select! {
                _ = &mut end => break,
                Some(errand) = receiver.recv() => self.deliver(&errand).await,
            }
        }
        while let Ok(errand) = receiver.try_recv() {
            self.deliver(&errand).await;
        }
    }

    /// Sends what waits now. [`Engine::run`] sends it by itself; this is for when that does not run.
    pub async fn deliver_pending_mail(&self) {
        let mut receiver = self.post().receiver.lock().await;
        while let Ok(errand) = receiver.try_recv() {
            self.deliver(&errand).await;
        }
    }

    async fn deliver(&self, errand: &Errand) {
        let written = match errand {
            Errand::Letter(order) => self.write_letter(order).await,
            Errand::Invitation(id, sender) => self.write_invitation(*id, sender).await,
        };
        let mail = match written {
            Ok(Some(mail)) => mail,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a mail could not be written");
                return;
            }
        };
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            match self.post().mailer.send(mail.clone()).await {
                Ok(()) => return,
                Err(error @ MailError::Unavailable(_)) if attempt < ATTEMPTS => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        attempt,
                        "a mail could not be sent and will be tried again"
                    );
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a mail could not be sent");
                    return;
                }
            }
        }
    }
}
