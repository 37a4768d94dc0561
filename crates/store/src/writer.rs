//! SQLite's one writer. Writes that wait while it is at work share its next commit, and so its one fsync.
//!
//! They are run one after the other as if they were one. Only when one of them fails are all taken back and run again,
//! each in a savepoint of its own: for a savepoint SQLite copies every page that is touched, and most writes succeed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use claviger_domain::ChangeSeq;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::conn::Conn;
use crate::error::{Error, Fault};
use crate::feed::Feed;
use crate::gathering::{Expectation, Line, MOMENT};
use crate::options::StoreOptions;
use crate::sqlite::Source;
use crate::tx::Tx;
use crate::write_job::WriteJob;

/// The way to the writer.
pub(crate) struct Queue {
    sender: mpsc::Sender<Box<dyn WriteJob>>,
    line: Arc<Line>,
    closing: Arc<Notify>,
}

impl Queue {
    /// Starts the writer on its connection, in a thread of its own: it waits for the disk.
    pub(crate) fn open(
        conn: Conn,
        source: Source,
        options: &StoreOptions,
        feed: Feed,
    ) -> Result<(Self, Ending), Error> {
        let (sender, jobs) = mpsc::channel(options.queue.max(1));
        let (line, closing) = (Arc::new(Line::default()), Arc::new(Notify::new()));
        let writer = Writer {
            conn: Some(conn),
            source,
            deadline: options.deadline,
            batch: options.batch.max(1),
            feed,
            line: Arc::clone(&line),
            expectation: Expectation::default(),
            callers: Handle::current(),
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
        Ok((Self { sender, line, closing }, Ending(ending)))
    }

    /// Hands a job to the writer.
    pub(crate) fn start(&self, job: Box<dyn WriteJob>) -> Result<(), Error> {
        let permit = self.sender.try_reserve().map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(()) => Error::Busy,
            mpsc::error::TrySendError::Closed(()) => Error::unavailable(Fault::Closed),
        })?;
        let queued = self.line.join();
        permit.send(job);
        self.line.call(queued);
        Ok(())
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

type Jobs = VecDeque<Box<dyn WriteJob>>;

struct Writer {
    /// None after a failure that leaves the connection in doubt; the next transaction opens a new one.
    conn: Option<Conn>,
    source: Source,
    deadline: Duration,
    batch: usize,
    feed: Feed,
    line: Arc<Line>,
    expectation: Expectation,
    callers: Handle,
}

impl Writer {
    async fn serve(mut self, mut queue: mpsc::Receiver<Box<dyn WriteJob>>, closing: Arc<Notify>) {
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
            self.line.leave(taken);
            self.gather(&mut queue, &mut waiting);
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

    /// Waits for those who are about to come. Nothing else is to be done in this thread meanwhile.
    fn gather(
        &mut self,
        queue: &mut mpsc::Receiver<Box<dyn WriteJob>>,
        waiting: &mut Vec<Box<dyn WriteJob>>,
    ) {
        let room = self.batch - waiting.len();
        let more = self.expectation.more(waiting.len()).min(room);
        if more == 0 {
            return;
        }
        self.expectation.note_coming(self.line.gather(more, MOMENT));
        let come = std::iter::from_fn(|| queue.try_recv().ok()).take(room);
        let before = waiting.len();
        waiting.extend(come);
        self.line.leave(waiting.len() - before);
    }

    /// Runs jobs in one transaction. Answers those that did not get a turn because the transaction died.
    async fn transact(&mut self, mut jobs: Jobs) -> Jobs {
        if jobs.len() > 1 {
            match self.begin().await {
                Ok(mut tx) => match run_together(&mut jobs, &mut tx).await {
                    Some(newest) => {
                        self.commit(tx, jobs, newest).await;
                        return Jobs::new();
                    }
                    None => self.roll_back(tx).await,
                },
                Err(error) => {
                    self.settle(jobs, Err(error), None);
                    return Jobs::new();
                }
            }
        }
        self.transact_apart(jobs).await
    }

    /// The same, where one that fails takes back nothing but its own work.
    async fn transact_apart(&mut self, mut jobs: Jobs) -> Jobs {
        let mut tx = match self.begin().await {
            Ok(tx) => tx,
            Err(error) => {
                self.settle(jobs, Err(error), None);
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
                    self.settle(done, Err(Error::unavailable(Fault::Lost)), None);
                    return jobs;
                }
            }
        }
        if keep {
            self.commit(tx, done, newest).await;
        } else {
            self.roll_back(tx).await;
            self.settle(done, Ok(()), None);
        }
        jobs
    }

    async fn commit(&mut self, mut tx: Tx, done: Jobs, newest: Option<ChangeSeq>) {
        let committed = match tx.settle_changes().await {
            Ok(()) => tx.control("COMMIT").await,
            Err(error) => Err(error),
        };
        match committed {
            Ok(()) => {
                self.conn = Some(tx.into_conn());
                self.expectation.note_commit(done.len(), self.line.len());
                self.settle(done, Ok(()), newest);
            }
            Err(error) => {
                self.roll_back(tx).await;
                self.settle(done, Err(error), None);
            }
        }
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

    /// Answers all who wait, and tells of the newest change if there is one. Several are answered by a task of the runtime
    /// they wait in, which wakes it once. Were they answered from this thread, it would wake and sleep for one after the other.
    fn settle(&self, jobs: Jobs, commit: Result<(), Error>, newest: Option<ChangeSeq>) {
        let (is_one, feed) = (jobs.len() == 1, self.feed.clone());
        let answer = move || {
            if let Some(seq) = newest {
                feed.announce(seq);
            }
            jobs.into_iter().for_each(|job| job.settle(commit.clone()));
        };
        if is_one {
            answer();
        } else {
            self.callers.spawn(async { answer() });
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

/// Runs all, and answers the newest change among theirs; or `None` as soon as one of them fails.
async fn run_together(jobs: &mut Jobs, tx: &mut Tx) -> Option<Option<ChangeSeq>> {
    let mut newest = None;
    for job in jobs {
        if !job.run(tx).await {
            return None;
        }
        newest = newest.max(tx.appended());
    }
    Some(newest)
}

/// Runs a job so that its failure takes back nothing but its own work. An error means that the whole transaction is gone.
async fn run_apart(job: &mut dyn WriteJob, tx: &mut Tx) -> Result<bool, Error> {
    tx.control("SAVEPOINT job").await?;
    let counter = tx.counter();
    let keep = job.run(tx).await;
    if !keep {
        tx.control("ROLLBACK TO job").await?;
        tx.set_counter(counter);
    }
    tx.control("RELEASE job").await?;
    Ok(keep)
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
