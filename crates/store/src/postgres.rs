//! Transactions on PostgreSQL: as many at once as there are connections, run again when they lose a race.

use std::time::Duration;

use claviger_domain::ChangeSeq;
use sqlx::PgPool;

use crate::conn::{Conn, Link, bounded};
use crate::dialect;
use crate::error::Error;
use crate::feed::Feed;
use crate::tx::Tx;
use crate::write_job::WriteJob;

/// How often a transaction is run before a lost race counts as an error.
const ATTEMPTS: u32 = 5;

/// What a transaction needs of the store.
#[derive(Clone)]
pub(crate) struct Transactions {
    pub(crate) pool: PgPool,
    pub(crate) feed: Feed,
    pub(crate) deadline: Duration,
}

/// Why a transaction was not committed.
struct Failure {
    error: Error,
    /// Whether it may win when it is run again.
    is_lost_race: bool,
}

impl Transactions {
    /// Runs a job in a transaction and a task of its own: a caller that stops waiting does not cut it short.
    pub(crate) fn start(&self, job: Box<dyn WriteJob>) {
        tokio::spawn(self.clone().attempt(job));
    }

    async fn attempt(self, mut job: Box<dyn WriteJob>) {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            match self.transact(&mut *job).await {
                // The winner has committed, or the deadlock is resolved: nothing is gained by waiting.
                Err(Failure { is_lost_race: true, .. }) if left > 0 => {
                    tracing::debug!("a transaction lost a race and is run again");
                }
                outcome => return job.settle(outcome.map_err(|failure| failure.error)),
            }
        }
    }

    /// Runs a job once.
    async fn transact(&self, job: &mut dyn WriteJob) -> Result<(), Failure> {
        let mut tx = self.begin().await.map_err(|error| Failure { error, is_lost_race: false })?;
        if !job.run(&mut tx).await {
            let is_lost_race = tx.lost_a_race();
            if !tx.is_abandoned()
                && let Err(error) = tx.control("ROLLBACK").await
            {
                tracing::debug!(%error, "the connection is given up instead of rolled back");
                tx.abandon();
            }
            // The job has an error of its own, which is the one to tell.
            return Err(Failure { error: Error::Busy, is_lost_race });
        }
        match commit(&mut tx).await {
            Ok(appended) => {
                if let Some(seq) = appended {
                    self.feed.announce(seq);
                }
                Ok(())
            }
            Err(error) => {
                tx.abandon();
                let is_lost_race = matches!(error, Error::Busy);
                Err(Failure { error, is_lost_race })
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
    tx.settle_changes().await?;
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
