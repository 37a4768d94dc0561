//! Who wants to know that something changed, and how the news travels between nodes.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::ChangeSeq;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dialect;

/// Pauses between attempts to reach the server again: first and last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The newest change this process has heard of.
#[derive(Clone)]
pub(crate) struct Feed(Arc<watch::Sender<ChangeSeq>>);

impl Feed {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(ChangeSeq::default())))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<ChangeSeq> {
        self.0.subscribe()
    }

    /// Tells everyone, unless a newer change is known already.
    pub(crate) fn announce(&self, seq: ChangeSeq) {
        self.0.send_if_modified(|known| {
            let news = seq > *known;
            *known = (*known).max(seq);
            news
        });
    }

    /// Listens to the other nodes until aborted. `pool` has one connection, which is all the listener needs.
    pub(crate) fn listen(&self, pool: PgPool) -> JoinHandle<()> {
        let feed = self.clone();
        tokio::spawn(async move {
            let mut pause = PAUSE.0;
            loop {
                match feed.hear(&pool, &mut pause).await {
                    Ok(()) => tracing::debug!("the connection that listens for changes was lost"),
                    Err(error) => {
                        tracing::warn!(%error, "cannot listen for changes; trying again");
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(PAUSE.1);
                    }
                }
            }
        })
    }

    /// Hears one connection out.
    async fn hear(&self, pool: &PgPool, pause: &mut Duration) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(dialect::CHANGE_CHANNEL).await?;
        *pause = PAUSE.0;
        // What was said while nobody listened is lost; one look at the counter makes up for it.
        let (seq,): (i64,) = sqlx::query_as(crate::changes::LATEST).fetch_one(&mut listener).await?;
        self.announce(ChangeSeq::from_i64(seq));
        while let Some(notification) = listener.try_recv().await? {
            if let Ok(seq) = notification.payload().parse() {
                self.announce(ChangeSeq::from_i64(seq));
            }
        }
        Ok(())
    }
}
