//! SQLite's one writer. Writes that wait while it is at work share its next commit, and so its one fsync.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::conn::Conn;
use crate::error::{Error, Fault};
use crate::feed::Feed;
use crate::options::StoreOptions;
use crate::sqlite::Source;
use crate::tx::Tx;

/// The way to the writer.
pub(crate) struct Queue {
    sender: mpsc::Sender<Box<dyn Job>>,
    closing: Arc<Notify>,
}

impl Queue {
    /// Starts the writer on its connection, in a thread of its own: it waits for the disk.
    pub(crate) fn start(
        conn: Conn,
        source: Source,
        options: &StoreOptions,
        feed: Feed,
    ) -> Result<(Self, Ending), Error> {
        let (sender, jobs) = mpsc::channel(options.queue.max(1));
        let closing = Arc::new(Notify::new());
        let writer = Writer {
            conn: Some(conn),
            source,
            deadline: options.deadline,
            batch: options.batch.max(1),
            feed,
        };
        let (ended, ending) = oneshot::channel();
        let serve = writer.serve(jobs, Arc::clone(&closing));
        // Its own small runtime: deadlines have to pass while the caller's runtime waits for an answer, too.
        let runtime = Builder::new_current_thread().enable_time().build().map_err(Error::unavailable)?;
        let work = move || {
            runtime.block_on(serve);
            if ended.send(()).is_err() {
                tracing::debug!("the database was not closed, but left");
            }
        };
        thread::Builder::new().name("store-writer".to_owned()).spawn(work).map_err(Error::unavailable)?;
        Ok((Self { sender, closing }, Ending(ending)))
    }

    /// Hands work to the writer and waits until it is committed or refused.
    pub(crate) async fn write<T, E, F>(&self, work: F, deadline: Instant) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { work: Some(work), result: None, reply, deadline });
        match self.sender.try_send(job) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Error::Busy.into()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Error::unavailable(Fault::Closed).into()),
        }
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::unavailable(Fault::Closed).into()),
            Err(_) => Err(Error::unavailable(Fault::Deadline).into()),
        }
    }

    /// Lets the writer finish what waits and then end.
    pub(crate) fn close(&self) {
        self.closing.notify_one();
    }
}

/// The end of the writer.
pub(crate) struct Ending(oneshot::Receiver<()>);

impl Ending {
    /// Waits for it. That the writer panicked is all that can go wrong.
    pub(crate) async fn wait(self) {
        if self.0.await.is_err() {
            tracing::error!("the database's writer ended badly");
        }
    }
}

/// One write on its way, whatever its result type.
trait Job: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Runs it; false means that its savepoint is to be rolled back.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Sends its result, which a failed commit turns into that failure.
    fn settle(self: Box<Self>, commit: Result<(), Error>);
}

struct Pending<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    deadline: Instant,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        async move {
            if let Some(work) = self.work.take() {
                self.result = Some(tx.run(work, self.deadline).await);
            }
            matches!(self.result, Some(Ok(_)))
        }
        .boxed()
    }

    fn settle(self: Box<Self>, commit: Result<(), Error>) {
        let result = match (self.result, commit) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::unavailable(Fault::Closed).into()),
        };
        // Whoever asked may have stopped waiting; the write stands all the same.
        drop(self.reply.send(result));
    }
}

type Jobs = VecDeque<Box<dyn Job>>;

struct Writer {
    /// None after a failure that leaves the connection in doubt; the next transaction opens a new one.
    conn: Option<Conn>,
    source: Source,
    deadline: Duration,
    batch: usize,
    feed: Feed,
}

impl Writer {
    async fn serve(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>, closing: Arc<Notify>) {
        let mut waiting = Vec::with_capacity(self.batch);
        loop {
            let taken = tokio::select! {
                biased;
                () = closing.notified() => {
                    queue.close();
                    continue;
                }
                taken = queue.recv_many(&mut waiting, self.batch) => taken,
            };
            if taken == 0 {
                break;
            }
            let mut jobs: Jobs = waiting.drain(..).filter(|job| !job.is_abandoned()).collect();
            while !jobs.is_empty() {
                jobs = self.transact(jobs).await;
            }
        }
        if let Some(conn) = self.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "closing the database failed");
        }
    }

    /// Runs jobs in one transaction. Answers those that did not get a turn because the transaction died.
    async fn transact(&mut self, mut jobs: Jobs) -> Jobs {
        let mut tx = match self.begin().await {
            Ok(tx) => tx,
            Err(error) => {
                settle(jobs, &Err(error));
                return Jobs::new();
            }
        };
        let is_shared = jobs.len() > 1;
        let mut done = Jobs::with_capacity(jobs.len());
        let (mut keep, mut newest) = (false, None);
        while let Some(mut job) = jobs.pop_front() {
            let step =
                if is_shared { run_apart(job.as_mut(), &mut tx).await } else { Ok(job.run(&mut tx).await) };
            done.push_back(job);
            match step {
                Ok(true) => {
                    keep = true;
                    newest = newest.max(tx.appended());
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "a transaction died under its writes");
                    self.roll_back(tx).await;
                    settle(done, &Err(Error::unavailable(Fault::Lost)));
                    return jobs;
                }
            }
        }
        if !keep {
            self.roll_back(tx).await;
            settle(done, &Ok(()));
            return jobs;
        }
        match tx.control("COMMIT").await {
            Ok(()) => {
                self.conn = Some(tx.into_conn());
                if let Some(seq) = newest {
                    self.feed.announce(seq);
                }
                settle(done, &Ok(()));
            }
            Err(error) => {
                self.roll_back(tx).await;
                settle(done, &Err(error));
            }
        }
        jobs
    }

    async fn begin(&mut self) -> Result<Tx, Error> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => Conn::writer(self.source.connect()?, self.deadline),
        };
        match conn.begin().await {
            Ok(()) => Ok(Tx::new(conn)),
            Err(error) => {
                // A lock held elsewhere leaves the connection as it was; anything else puts it in doubt.
                if matches!(error, Error::Busy) {
                    self.conn = Some(conn);
                }
                Err(error)
            }
        }
    }

    /// Ends the transaction without a trace. SQLite may have done so by itself, when the disk was full say; then
    /// ROLLBACK is an error, and the connection is replaced rather than understood.
    async fn roll_back(&mut self, mut tx: Tx) {
        match tx.control("ROLLBACK").await {
            Ok(()) => self.conn = Some(tx.into_conn()),
            Err(error) => tracing::debug!(%error, "the transaction was already gone"),
        }
    }
}

/// Runs a job so that its failure takes back nothing but its own work. An error means that the whole transaction is gone.
async fn run_apart(job: &mut dyn Job, tx: &mut Tx) -> Result<bool, Error> {
    tx.control("SAVEPOINT job").await?;
    let keep = job.run(tx).await;
    if !keep {
        tx.control("ROLLBACK TO job").await?;
    }
    tx.control("RELEASE job").await?;
    Ok(keep)
}

fn settle(jobs: Jobs, commit: &Result<(), Error>) {
    for job in jobs {
        job.settle(commit.clone());
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
