//! One write on its way, whatever it answers: so that what runs writes is made once, and not for each of them.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::{Error, Fault};
use crate::tx::Tx;

/// A write that somebody waits for.
pub(crate) trait WriteJob: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Runs it, once more if need be; false means that what it did is to be rolled back.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Sends its result, which a failed commit turns into that failure.
    fn settle(self: Box<Self>, commit: Result<(), Error>);
}

/// The answer of a write.
pub(crate) type Answer<T, E> = oneshot::Receiver<Result<T, E>>;

/// A write, and where its answer will come.
pub(crate) fn job<T, E, F>(work: F, deadline: Instant) -> (Box<dyn WriteJob>, Answer<T, E>)
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Pending { work, result: None, reply, deadline }), answer)
}

struct Pending<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    deadline: Instant,
}

impl<F, T, E> WriteJob for Pending<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        async move {
            self.result = Some(tx.run(self.work.clone(), self.deadline).await);
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
