//! The clients whose pictures wait to be looked for.

use claviger_domain::ClientId;
use tokio::sync::{Mutex, mpsc};

/// Clients whose pictures wait to be looked for; others wait until somebody looks at them.
const QUEUE: usize = 1_000;

/// The clients whose pictures are to be looked for.
pub(crate) struct Logos {
    sender: mpsc::Sender<ClientId>,
    receiver: Mutex<mpsc::Receiver<ClientId>>,
}

impl Default for Logos {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self { sender, receiver: Mutex::new(receiver) }
    }
}

impl Logos {
    /// Puts a client into the queue. Answers whether there was room.
    pub(crate) fn add(&self, client: ClientId) -> bool {
        self.sender.try_send(client).is_ok()
    }

    /// The next client, when there is one.
    pub(crate) async fn next(&self) -> Option<ClientId> {
        self.receiver.lock().await.recv().await
    }

    /// The next client, if there is one.
    pub(crate) async fn next_now(&self) -> Option<ClientId> {
        self.receiver.lock().await.try_recv().ok()
    }
}
