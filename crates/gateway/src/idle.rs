//! The longest wait for the next chunk of a body.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// One deadline for all the waits of a body.
///
/// A chunk that is there at once costs nothing. A wait costs one look at the clock; the timer is
/// touched only when it fires, at most once per limit, and then moved to where it should be.
#[derive(Debug)]
pub(crate) struct Idle {
    limit: Duration,
    waiting_since: Option<Instant>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    /// A wait of at most `limit`, which has not begun.
    pub(crate) const fn new(limit: Duration) -> Self {
        Self { limit, waiting_since: None, deadline: None }
    }

    /// The wait is over: something came.
    pub(crate) const fn end_wait(&mut self) {
        self.waiting_since = None;
    }

    /// To be called whenever there is nothing; ready when that has been so for the whole limit.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = *self.waiting_since.get_or_insert_with(Instant::now) + self.limit;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep_until(due)));
        loop {
            ready!(deadline.as_mut().poll(cx));
            if deadline.deadline() >= due {
                return Poll::Ready(());
            }
            // It was set for an earlier wait, which ended in time.
            deadline.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_the_whole_limit() {
        let mut idle = Idle::new(Duration::from_secs(10));
        let begin = Instant::now();
        for _ in 0..3 {
            let pending = poll_fn(|cx| Poll::Ready(idle.poll_expired(cx).is_pending())).await;
            assert!(pending);
            tokio::time::advance(Duration::from_secs(9)).await;
            idle.end_wait();
        }
        poll_fn(|cx| idle.poll_expired(cx)).await;
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_secs(37) && waited < Duration::from_secs(38), "{waited:?}");
    }
}
