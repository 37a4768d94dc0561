//! A transaction: everything a [`Conn`] can do, and the changes.

use std::ops::{Deref, DerefMut};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};

use claviger_domain::ChangeSeq;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::conn::Conn;
use crate::error::{Error, Fault};

/// A transaction that [`Store::write`](crate::Store::write) has opened and will end. Every insert and transition is
/// a method of it. After a failed statement it can only be rolled back: return the error.
pub struct Tx {
    conn: Conn,
    appended: Option<ChangeSeq>,
    counter: Counter,
}

/// What the transaction knows of the counter of changes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter {
    /// The newest number, once the transaction has taken one: then nobody else can.
    newest: Option<ChangeSeq>,
    /// Whether the counter's row is of an older one.
    is_behind: bool,
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Tx {
    pub(crate) fn new(conn: Conn) -> Self {
        Self { conn, appended: None, counter: Counter::default() }
    }

    pub(crate) fn into_conn(self) -> Conn {
        self.conn
    }

    /// The number of the newest change, if this transaction has taken one.
    pub(crate) const fn newest_change(&self) -> Option<ChangeSeq> {
        self.counter.newest
    }

    /// Notes the number of a change, for those who wait for one and for the next.
    pub(crate) fn note_change(&mut self, seq: ChangeSeq) {
        self.appended = self.appended.max(Some(seq));
        self.counter = Counter { newest: Some(seq), is_behind: self.counter.newest.is_some() };
    }

    /// The number that has yet to be written to the counter's row.
    pub(crate) const fn unwritten_change(&self) -> Option<ChangeSeq> {
        if self.counter.is_behind { self.counter.newest } else { None }
    }

    /// What is known of the counter, to be put back when what follows is taken back.
    pub(crate) const fn counter(&self) -> Counter {
        self.counter
    }

    /// Puts it back.
    pub(crate) const fn set_counter(&mut self, counter: Counter) {
        self.counter = counter;
    }

    /// The newest change that `run` appended.
    pub(crate) const fn appended(&self) -> Option<ChangeSeq> {
        self.appended
    }

    /// Runs `work` until it is done, fails, panics or has used up its time. Anything but `Ok` has to be rolled back.
    pub(crate) async fn run<T, E, F>(&mut self, work: F, deadline: Instant) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Self) -> BoxFuture<'t, Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        self.conn.enter();
        self.appended = None;
        let mut answer = None;
        let ended = {
            let work = pin!(async { answer = Some(work(self).await) });
            guard(work, deadline).await
        };
        match (ended, answer) {
            (Ok(()), Some(Ok(_))) if self.conn.has_failed() => Err(Error::internal(Fault::WentOn).into()),
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(Error::unavailable(Fault::Closed).into()),
            (Err(error), _) => {
                self.conn.abandon();
                Err(error.into())
            }
        }
    }
}

/// Runs work to its end, unless it panics or has used up its time. Whatever the work is, the machine code is the same.
async fn guard(work: Pin<&mut (dyn Future<Output = ()> + Send)>, deadline: Instant) -> Result<(), Error> {
    match tokio::time::timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Error::internal(Fault::Panicked)),
        Err(_) => Err(Error::unavailable(Fault::Deadline)),
    }
}
