//! Waiting a moment for the writes that are about to come, so that they share a commit with those that are here.
//!
//! Whom a commit answers often asks again at once. Were the next commit begun with the first of them, it would be of that
//! one alone, and all the others would wait for it: every other commit, and every other fsync, would be for one write.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A commit that so many share costs each of them little.
const ENOUGH: usize = 16;

/// The longest that writes wait for others.
pub(crate) const MOMENT: Duration = Duration::from_millis(1);

/// The most commits in a row that wait for nobody, after others waited in vain.
const LONGEST_PAUSE: u32 = 64;

/// How many writes are in the queue, and how many the writer waits for.
#[derive(Debug, Default)]
pub(crate) struct Line {
    queued: AtomicUsize,
    /// Zero while it waits for none.
    wanted: AtomicUsize,
    writer: OnceLock<Thread>,
}

impl Line {
    /// Counts a write that is about to be put into the queue, and answers how many there are with it.
    pub(crate) fn join(&self) -> usize {
        // Sequentially consistent with `gather`, which stores what it wants and then counts: one of both sees the other.
        self.queued.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }

    /// Wakes the writer if so many in the queue are all it waits for.
    pub(crate) fn call(&self, queued: usize) {
        let wanted = self.wanted.load(Ordering::SeqCst);
        if wanted > 0
            && queued >= wanted
            && let Some(writer) = self.writer.get()
        {
            writer.unpark();
        }
    }

    /// Counts writes that were taken from the queue.
    pub(crate) fn leave(&self, count: usize) {
        self.queued.fetch_sub(count, Ordering::SeqCst);
    }

    /// How many are in the queue.
    pub(crate) fn len(&self) -> usize {
        self.queued.load(Ordering::SeqCst)
    }

    /// Keeps the writer, in whose thread this is, until so many are in the queue, but no longer than this. Answers whether
    /// they came.
    pub(crate) fn gather(&self, wanted: usize, moment: Duration) -> bool {
        self.writer.get_or_init(thread::current);
        self.wanted.store(wanted, Ordering::SeqCst);
        let began = Instant::now();
        let have_come = loop {
            if self.len() >= wanted {
                break true;
            }
            match moment.checked_sub(began.elapsed()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                _ => break false,
            }
        };
        self.wanted.store(0, Ordering::SeqCst);
        have_come
    }
}

/// How many writes are to be expected, by what came before.
#[derive(Debug, Default)]
pub(crate) struct Expectation {
    /// How many were answered by the last commit, or came while it was made.
    awake: usize,
    /// How many commits will wait for nobody.
    pause: u32,
    /// How long the next such pause will be.
    next_pause: u32,
}

impl Expectation {
    /// How many more the next commit should wait for, besides those it has.
    pub(crate) fn more(&mut self, here: usize) -> usize {
        if self.pause > 0 {
            self.pause -= 1;
            return 0;
        }
        self.awake.min(ENOUGH).saturating_sub(here)
    }

    /// Notes whether those came who were waited for. Where they often do not, waiting soon is rare.
    pub(crate) fn note_coming(&mut self, have_come: bool) {
        if have_come {
            self.next_pause = 1;
        } else {
            self.pause = self.next_pause.max(1);
            self.next_pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Notes how many a commit answered, and how many had come by then.
    pub(crate) const fn note_commit(&mut self, answered: usize, queued: usize) {
        self.awake = answered.saturating_add(queued);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_writes_alone_waits_for_nobody() {
        let mut expectation = Expectation::default();
        assert_eq!(expectation.more(1), 0);
        expectation.note_commit(1, 0);
        assert_eq!(expectation.more(1), 0);
    }

    #[test]
    fn those_who_were_answered_and_those_who_came_meanwhile_are_waited_for() {
        let mut expectation = Expectation::default();
        expectation.note_commit(3, 5);
        assert_eq!(expectation.more(2), 6);
        assert_eq!(expectation.more(9), 0);
    }

    #[test]
    fn nobody_waits_for_more_than_are_enough() {
        let mut expectation = Expectation::default();
        expectation.note_commit(usize::MAX, 200);
        assert_eq!(expectation.more(1), ENOUGH - 1);
        assert_eq!(expectation.more(ENOUGH), 0);
    }

    #[test]
    fn waiting_in_vain_becomes_rare_and_is_tried_again() {
        let mut expectation = Expectation::default();
        expectation.note_commit(8, 0);
        let mut waited = 0;
        for _ in 0..1_000 {
            if expectation.more(1) > 0 {
                waited += 1;
                expectation.note_coming(false);
            }
        }
        assert!((15..30).contains(&waited), "{waited}");
        while expectation.more(1) == 0 {}
        expectation.note_coming(true);
        assert_eq!(expectation.more(1), 7, "they came, so the next are waited for again");
    }

    #[test]
    fn the_last_one_who_is_waited_for_wakes_the_writer() {
        let line = Line::default();
        let join = || line.call(line.join());
        join();
        let began = Instant::now();
        thread::scope(|scope| {
            let gathering = scope.spawn(|| line.gather(3, Duration::from_secs(60)));
            join();
            join();
            assert!(gathering.join().unwrap());
        });
        assert!(began.elapsed() < Duration::from_secs(30), "it was woken, and did not wait for the end");
        line.leave(3);
        assert_eq!(line.len(), 0);
        assert!(!line.gather(1, Duration::ZERO), "nobody came");
    }
}
