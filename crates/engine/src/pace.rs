//! Work that nobody waits for, a little at a time: however much of it there is, requests hardly feel it.

use std::time::Duration;

use tokio::time::Instant;

/// After a step it rests so many times as long as the step took.
const REST: u32 = 24;
/// A job that has gone on for this long has too much before it to rest any longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pace of one job: steps, with a rest after each.
pub(crate) struct Pace {
    began_at: Instant,
    stepped_at: Instant,
}

impl Pace {
    /// A job that begins now.
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Self { began_at: now, stepped_at: now }
    }

    /// Rests after a step, which began when the rest before it was over.
    pub(crate) async fn rest(&mut self) {
        let now = Instant::now();
        tokio::time::sleep(rest_after(now - self.stepped_at, now - self.began_at)).await;
        self.stepped_at = Instant::now();
    }
}

/// How long to rest after a step that took so long, in a job that began so long ago.
fn rest_after(step: Duration, job: Duration) -> Duration {
    step.saturating_mul(REST).min(PATIENCE.saturating_sub(job))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(10);

    #[test]
    fn a_job_takes_a_twentyfifth_of_the_time() {
        assert_eq!(rest_after(STEP, STEP), STEP * 24);
        assert_eq!(rest_after(Duration::ZERO, STEP), Duration::ZERO);
    }

    #[test]
    fn a_job_that_is_late_rests_no_more() {
        assert_eq!(rest_after(STEP, PATIENCE - STEP), STEP);
        assert_eq!(rest_after(STEP, PATIENCE), Duration::ZERO);
        assert_eq!(rest_after(Duration::MAX, Duration::ZERO), PATIENCE);
    }
}
