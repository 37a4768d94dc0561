//! Mail: what sends it, and the queue in between, so that no answer waits for a mail server or tells by its time
//! whether there was something to send.

use std::sync::Arc;

use claviger_domain::{AccessRequestId, Email, InvitationId, WebhookId};
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, MutexGuard, mpsc};

use crate::letter::{AccessLetter, FindingLetter, Order, Sender};
use crate::message::Message;

/// Mails that may wait. Beyond that the mail server is away, and whoever asks is told to come back.
const QUEUE: usize = 1_000;

/// A mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom it is to.
    pub to: Email,
    /// The language of its reader, as their account has it (BCP 47); none where that is not known.
    pub language: Option<String>,
    /// What it says.
    pub message: Message,
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

/// Puts mail into words and sends it. An effect, like the clock: tests keep what was sent.
pub trait Mailer: Send + Sync {
    /// Sends one mail, or fails within a bounded time.
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), MailError>>;
}

/// What waits in the queue.
pub(crate) enum Errand {
    /// A letter to an account.
    Letter(Order),
    /// An invitation to a workspace.
    Invitation(InvitationId, Sender),
    /// An answer to a request for access.
    Access(AccessRequestId, AccessLetter, Sender),
    /// What was found, and what was done about it.
    Finding(FindingLetter),
    /// A mail of which all is known already.
    Ready(Mail),
    /// The news that a webhook was disabled.
    WebhookDisabled(WebhookId, Email),
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

    /// Fills it with a mail of which all is known already.
    pub(crate) fn post(self, mail: Mail) {
        self.0.send(Errand::Ready(mail));
    }

    /// Fills it with an answer to a request for access.
    pub(crate) fn answer(self, id: AccessRequestId, letter: AccessLetter, sender: Sender) {
        self.0.send(Errand::Access(id, letter, sender));
    }

    /// Fills it with a letter about a finding.
    pub(crate) fn tell_of_finding(self, letter: FindingLetter) {
        self.0.send(Errand::Finding(letter));
    }

    /// Fills it with the news that a webhook was disabled, for somebody who can mend it.
    pub(crate) fn webhook_disabled(self, id: WebhookId, to: Email) {
        self.0.send(Errand::WebhookDisabled(id, to));
    }
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

    /// What waits; for one who empties it at a time.
    pub(crate) async fn waiting(&self) -> MutexGuard<'_, mpsc::Receiver<Errand>> {
        self.receiver.lock().await
    }

    pub(crate) async fn send(&self, mail: Mail) -> Result<(), MailError> {
        self.mailer.send(mail).await
    }
}
