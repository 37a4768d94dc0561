//! Transactions on PostgreSQL: as many at once as there are connections, run again when they lose a race.

use claviger_domain::ChangeSeq;
use futures_util::future::BoxFuture;
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::Instant;

use crate::conn::{Conn, Link, bounded};
use crate::dialect;
use crate::error::{Error, Fault};
use crate::feed::Feed;
use crate::tx::Tx;

/// How often a transaction is run before a lost race counts as an error.
const ATTEMPTS: u32 = 5;

/// What a transaction needs of the store.
#[derive(Clone)]
pub(crate) struct Transactions {
    pub(crate) pool: PgPool,
    pub(crate) feed: Feed,
    pub(crate) deadline: Duration,
}

impl Transactions {
    /// Runs `work` in a transaction of its own task: a caller that stops waiting does not cut it short.
    pub(crate) async fn write<T, E, F>(&self, work: F, deadline: Instant) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let this = self.clone();
        let task = tokio::spawn(async move { this.attempt(work, deadline).await });
        match tokio::time::timeout_at(deadline, task).await {
            Ok(Ok(result)) => result,
            // The runtime is shutting down; `work` cannot panic out of `Tx::run`.
            Ok(Err(_)) => Err(Error::unavailable(Fault::Closed).into()),
            Err(_) => Err(Error::unavailable(Fault::Deadline).into()),
        }
    }

    async fn attempt<T, E, F>(&self, work: F, deadline: Instant) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
        E: From<Error>,
    {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let (result, lost_a_race) = self.transact(work.clone(), deadline).await;
            if result.is_ok() || !lost_a_race || left == 0 {
                return result;
            }
            // The winner has committed, or the deadlock is resolved: nothing is gained by waiting.
            tracing::debug!("a transaction lost a race and is run again");
        }
    }

    /// Runs `work` once. Tells also whether a failure was a lost race.
    async fn transact<T, E, F>(&self, work: F, deadline: Instant) -> (Result<T, E>, bool)
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>>,
        E: From<Error>,
    {
        let mut tx = match self.begin().await {
            Ok(tx) => tx,
            Err(error) => return (Err(error.into()), false),
        };
        let result = tx.run(work, deadline).await;
        let lost_a_race = tx.lost_a_race();
        let value = match result {
            Ok(value) => value,
            Err(error) => {
                if !tx.is_abandoned()
                    && let Err(error) = tx.control("ROLLBACK").await
                {
                    tracing::debug!(%error, "the connection is given up instead of rolled back");
                    tx.abandon();
                }
                return (Err(error), lost_a_race);
            }
        };
        match commit(&mut tx).await {
            Ok(appended) => {
                if let Some(seq) = appended {
                    self.feed.announce(seq);
                }
                (Ok(value), false)
            }
            Err(error) => {
                tx.abandon();
                let lost_a_race = matches!(error, Error::Busy);
                (Err(error.into()), lost_a_race)
            }
        }
    }

    async fn begin(&self) -> Result<Tx, Error> {
        let mut conn = Conn::postgres(self.pool.acquire().await?, self.deadline);
        conn.begin().await.inspect_err(|_| conn.abandon())?;
        Ok(Tx::new(conn))
    }
}

/// Commits, and tells the other nodes if there is something to tell.
async fn commit(tx: &mut Tx) -> Result<Option<ChangeSeq>, Error> {
    let appended = tx.appended();
    if let Some(seq) = appended {
        notify(tx, seq).await?;
    }
    tx.control("COMMIT").await?;
    Ok(appended)
}

/// Tells the other nodes of a change, once the transaction commits.
async fn notify(conn: &mut Conn, seq: ChangeSeq) -> Result<(), Error> {
    let deadline = conn.deadline();
    let result = match conn.link()? {
        Link::Sqlite(_) => return Ok(()),
        Link::Postgres(link) => {
            let seq = seq.as_i64().to_string();
            bounded(
                deadline,
                sqlx::query(dialect::NOTIFY).bind(dialect::CHANGE_CHANNEL).bind(seq).execute(link),
            )
            .await
        }
    };
    result.map(drop).map_err(|error| conn.note(error))
}
