//! Work that nobody waits for, a little at a time: however much of it there is, requests hardly feel it.

use std::time::Duration;

use tokio::time::Instant;

/// After a step it rests so many times as long as the step took.
const REST: u32 = 24;
/// A job that works no longer than this goes without: nobody feels it, and somebody may look at what it does.
const SHORT: Duration = Duration::from_millis(50);
/// A job that has gone on for this long has too much before it to rest that long.
const PATIENCE: Duration = Duration::from_secs(12);
/// Then it still rests so many times as long as each step took: a backlog that a killed node left is no reason to take
/// half of the only core from requests.
const LATE_REST: u32 = 4;
/// A job that has gone on for this long may be losing against what is added meanwhile, and rests no longer.
const END: Duration = Duration::from_secs(120);

/// The pace of one job: steps, with a rest after each.
pub(crate) struct Pace {
    began_at: Instant,
    /// When the last rest was over.
    rested_at: Instant,
    /// All steps together.
    worked: Duration,
}

impl Pace {
    /// A job that begins now.
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Self { began_at: now, rested_at: now, worked: Duration::ZERO }
    }

    /// Rests after a step, which began when the rest before it was over.
    pub(crate) async fn rest(&mut self) {
        let now = Instant::now();
        let step = now - self.rested_at;
        self.worked += step;
        tokio::time::sleep(rest_after(step, self.worked, now - self.began_at)).await;
        self.rested_at = Instant::now();
    }
}

/// How long to rest after a step that took so long, in a job that has worked and gone on for so long.
fn rest_after(step: Duration, worked: Duration, job: Duration) -> Duration {
    if worked <= SHORT {
        return Duration::ZERO;
    }
    let rest = step.saturating_mul(REST).min(PATIENCE.saturating_sub(job));
    rest.max(step.saturating_mul(LATE_REST)).min(END.saturating_sub(job))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(10);

    #[test]
    fn a_long_job_takes_a_twentyfifth_of_the_time() {
        assert_eq!(rest_after(STEP, SHORT + STEP, SHORT + STEP), STEP * 24);
    }

    #[test]
    fn a_short_job_is_not_held_up() {
        assert_eq!(rest_after(STEP, SHORT, SHORT), Duration::ZERO);
    }

    #[test]
    fn a_job_that_is_late_takes_a_fifth_of_the_time() {
        assert_eq!(rest_after(STEP, SHORT * 2, PATIENCE - STEP * 10), STEP * 10);
        assert_eq!(rest_after(STEP, SHORT * 2, PATIENCE - STEP), STEP * 4);
        assert_eq!(rest_after(STEP, SHORT * 2, PATIENCE * 2), STEP * 4);
    }

    #[test]
    fn a_job_that_does_not_end_rests_no_more() {
        assert_eq!(rest_after(STEP, SHORT * 2, END - STEP), STEP);
        assert_eq!(rest_after(STEP, SHORT * 2, END), Duration::ZERO);
        assert_eq!(rest_after(Duration::MAX, Duration::MAX, Duration::ZERO), END);
    }
}
