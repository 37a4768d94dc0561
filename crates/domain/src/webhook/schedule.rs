//! When a message that was not taken is tried again.

use std::time::Duration;

/// The pauses after the first failure, the second …, in seconds: those that the Standard Webhooks specification
/// advises. Together 3 days, 3 hours and 35 minutes.
const PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How often a message is tried before it is given up.
pub const ATTEMPTS: u32 = 10;

/// The pause after a number of failures; none when it was tried often enough. `random` moves it by up to 8 % either way,
/// so that the messages of an endpoint that was away do not come back all at once; a later pause is always the longer.
pub fn pause_after(failures: u32, random: u16) -> Option<Duration> {
    let at = usize::try_from(failures).ok()?.checked_sub(1)?;
    let pause = Duration::from_secs(*PAUSES.get(at)?);
    // From 92 % to 108 %.
    let share = f64::from(random) / f64::from(u16::MAX);
    Some(pause.mul_f64(0.92 + 0.16 * share))
}

/// The longest that an endpoint may ask to be left alone: the longest pause there is.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);

/// The pause when the endpoint asked for one itself (RFC 9110 section 10.2.3): what it asks for, a day at most, and never
/// less than its turn.
pub fn pause_asked(pause: Duration, asked: Option<Duration>) -> Duration {
    pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn all(random: u16) -> Vec<Duration> {
        (1..).map_while(|failures| pause_after(failures, random)).collect()
    }

    proptest! {
        #[test]
        fn pauses_grow_and_a_message_is_given_up_after_about_three_days(randoms: [u16; 9]) {
            let pauses: Vec<_> =
                randoms.iter().enumerate().filter_map(|(at, random)| pause_after(at as u32 + 1, *random)).collect();
            prop_assert_eq!(pauses.len() + 1, ATTEMPTS as usize);
            prop_assert!(pauses.is_sorted(), "{:?}", pauses);
            let whole: Duration = pauses.iter().sum();
            prop_assert!(whole > DAY * 14 / 5 && whole < DAY * 7 / 2, "{:?}", whole);
        }

        #[test]
        fn a_pause_is_moved_by_eight_percent_at_most(failures in 1u32..10, random: u16) {
            let middle = Duration::from_secs(PAUSES[failures as usize - 1]);
            let pause = pause_after(failures, random).unwrap();
            prop_assert!(pause >= middle.mul_f64(0.919) && pause <= middle.mul_f64(1.081));
        }

        #[test]
        fn nothing_is_tried_for_ever(failures in ATTEMPTS.., random: u16) {
            prop_assert_eq!(pause_after(failures, random), None);
        }
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_pause_of_a_day_at_most() {
        let turn = Duration::from_secs(300);
        assert_eq!(pause_asked(turn, None), turn);
        assert_eq!(pause_asked(turn, Some(Duration::from_secs(1))), turn);
        assert_eq!(pause_asked(turn, Some(Duration::from_secs(3_600))), Duration::from_secs(3_600));
        assert_eq!(pause_asked(turn, Some(Duration::MAX)), DAY);
        assert_eq!(PAUSES.last(), Some(&LONGEST_ASKED.as_secs()));
    }

    #[test]
    fn the_first_attempt_needs_no_failure_and_the_spread_is_used() {
        assert_eq!(pause_after(0, 0), None);
        assert!(all(0).iter().zip(all(u16::MAX)).all(|(early, late)| *early < late));
    }
}
