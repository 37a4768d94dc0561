//! Each limiter against a plain model that keeps every request it let through.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

const START: i64 = 1_767_225_600_000_000;

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// Waits in microseconds, many of them none, and costs.
fn requests(longest: i64) -> impl Strategy<Value = Vec<(i64, NonZeroU32)>> {
    let wait = prop_oneof![2 => Just(0), 3 => 0..longest / 20, 1 => 0..longest];
    prop::collection::vec((wait, (1_u32..5).prop_map(n)), 1..80)
}

/// The same with a clock that may jump anywhere.
fn jumps(longest: i64) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![4 => 0..longest / 10, 1 => -longest * 40..longest * 40], 1..60)
}

proptest! {
    /// By definition: whatever the stretch of time that ends now, what came in it is at most the burst and what came
    /// back in the meantime.
    #[test]
    fn an_even_pace_lets_through_exactly_what_its_definition_does(
        quota in 1_u32..40, per in 1_u32..100, burst in 1_u32..20, asked in requests(20_000_000),
    ) {
        let limiter = Even::new(n(quota), n(per), n(burst));
        let interval = (i128::from(per) * 1_000_000_000).div_euclid(i128::from(quota))
            + i128::from(i64::from(per) * 1_000_000_000 % i64::from(quota) != 0);
        let (mut state, mut now) = (Even::FRESH, START);
        let mut passed: Vec<(i64, u32)> = Vec::new();
        for (wait, cost) in asked {
            now += wait;
            let mut sum = i128::from(cost.get());
            let mut fits = sum <= i128::from(burst);
            for (then, weight) in passed.iter().rev() {
                sum += i128::from(*weight);
                fits &= sum * interval <= i128::from(burst) * interval + i128::from(now - then) * 1_000;
            }
            let (after, left) = limiter.take(state, cost, at(now));
            prop_assert_eq!(after.is_some(), fits);
            if let Some(after) = after {
                passed.push((now, cost.get()));
                prop_assert_eq!(limiter.look(after, n(1), at(now)).remaining, left.remaining);
                state = after;
            } else if cost.get() <= burst {
                let retry = left.retry_at.unwrap();
                prop_assert!(limiter.take(state, cost, retry).0.is_some(), "a caller who waits is let in");
                let early = at(retry.micros() - 1);
                prop_assert!(limiter.take(state, cost, early).0.is_none(), "and nobody earlier");
            }
            // What is said to remain can be taken.
            if let Some(remaining) = NonZeroU32::new(left.remaining) {
                prop_assert!(limiter.take(state, remaining, at(now)).0.is_some());
            }
            prop_assert!(limiter.take(state, n(left.remaining + 1), at(now)).0.is_none());
        }
    }

    #[test]
    fn no_stretch_of_a_rolling_window_holds_more_than_the_quota(
        quota in 1_u32..40, per in 1_u32..400, asked in requests(600_000_000),
    ) {
        let limiter = Rolling::new(n(quota), n(per));
        let window = i64::from(per) * 1_000_000;
        let slice = window / 16;
        let (mut state, mut now) = (RollingState::default(), START);
        let mut passed: Vec<(i64, u32)> = Vec::new();
        for (wait, cost) in asked {
            now += wait;
            let weight = |since: i64| -> u32 {
                passed.iter().filter(|(then, _)| *then > since).map(|(_, cost)| cost).sum()
            };
            let (strict, lenient) = (weight(now - window), weight(now - window - slice));
            let left = limiter.take(&mut state, cost, at(now));
            if left.has_room() {
                prop_assert!(strict + cost.get() <= quota);
                passed.push((now, cost.get()));
            } else {
                prop_assert!(lenient + cost.get() > quota, "nothing weighs longer than a sixteenth more");
                if cost.get() <= quota {
                    let retry = left.retry_at.unwrap();
                    prop_assert!(limiter.look(&mut state.clone(), cost, retry).has_room());
                    prop_assert!(retry.micros() - now <= window + slice);
                }
            }
            let reset = limiter.look(&mut state, n(1), at(now)).reset_at;
            prop_assert_eq!(limiter.look(&mut state.clone(), n(1), reset).remaining, quota);
        }
    }

    #[test]
    fn a_calendar_counts_each_day_and_month_by_itself(
        quota in 1_u32..20, is_month: bool, asked in requests(20 * 86_400_000_000),
    ) {
        let period = if is_month { Period::Month } else { Period::Day };
        let limiter = Calendar::new(n(quota), period);
        let name = |now: i64| at(now).to_string()[..if is_month { 7 } else { 10 }].to_owned();
        let (mut state, mut now) = (Calendar::FRESH, START);
        let mut used = std::collections::HashMap::<String, u32>::new();
        for (wait, cost) in asked {
            now += wait;
            let counted = used.entry(name(now)).or_default();
            let (after, left) = limiter.take(state, cost, at(now));
            prop_assert_eq!(after.is_some(), *counted + cost.get() <= quota);
            if let Some(after) = after {
                state = after;
                *counted += cost.get();
            } else {
                let retry = left.retry_at.unwrap();
                prop_assert_ne!(name(retry.micros()), name(now));
                prop_assert_eq!(name(retry.micros() - 1), name(now));
            }
            prop_assert_eq!(left.remaining, quota - *counted);
        }
    }

    #[test]
    fn a_jump_back_forgives_nothing_and_locks_nobody_out(
        quota in 1_u32..20, per in 1_u32..100, times in jumps(50_000_000),
    ) {
        let one = n(1);
        let even = Even::new(n(quota), n(per), n(quota));
        let (rolling, day) = (Rolling::new(n(quota), n(per)), Calendar::new(n(quota), Period::Day));
        let (mut even_state, mut day_state) = (Even::FRESH, Calendar::FRESH);
        let mut rolling_state = RollingState::default();
        let mut now = START;
        for step in times {
            let before = [
                even.look(even_state, one, at(now)).remaining,
                rolling.look(&mut rolling_state, one, at(now)).remaining,
                day.look(day_state, one, at(now)).remaining,
            ];
            now += step;
            let after = [
                even.look(even_state, one, at(now)),
                rolling.look(&mut rolling_state, one, at(now)),
                day.look(day_state, one, at(now)),
            ];
            let longest = [i64::from(per) * 1_000_000 + i64::from(quota), i64::from(per) * 1_187_500, 86_401_000_000];
            for ((before, after), longest) in before.into_iter().zip(after).zip(longest) {
                if step < 0 {
                    prop_assert!(after.remaining <= before);
                }
                prop_assert!(after.retry_at.is_none_or(|retry| retry.micros() - now <= longest));
            }
            even_state = even.take(even_state, one, at(now)).0.unwrap_or(even_state);
            rolling.take(&mut rolling_state, one, at(now));
            day_state = day.take(day_state, one, at(now)).0.unwrap_or(day_state);
        }
    }

    #[test]
    fn what_is_given_back_was_never_taken(quota in 2_u32..20, costs in prop::collection::vec(1_u32..3, 1..20)) {
        let even = Even::new(n(quota), n(60), n(quota));
        let (rolling, month) = (Rolling::new(n(quota), n(60)), Calendar::new(n(quota), Period::Month));
        let (mut even_state, mut month_state) = (Even::FRESH, Calendar::FRESH);
        let mut rolling_state = RollingState::default();
        let now = at(START);
        let first = n(1);
        even_state = even.take(even_state, first, now).0.unwrap();
        month_state = month.take(month_state, first, now).0.unwrap();
        prop_assert!(rolling.take(&mut rolling_state, first, now).has_room());
        let before = (even_state, month_state, rolling_state.clone());
        for cost in costs.into_iter().map(n) {
            if let (Some(after), _) = even.take(even_state, cost, now) {
                even_state = even.give_back(after, cost);
            }
            if let (Some(after), _) = month.take(month_state, cost, now) {
                month_state = Calendar::give_back(after, cost);
            }
            if rolling.take(&mut rolling_state, cost, now).has_room() {
                rolling.give_back(&mut rolling_state, cost);
            }
            prop_assert_eq!(&before, &(even_state, month_state, rolling_state.clone()));
        }
    }
}

#[test]
fn a_refused_request_that_counts_keeps_the_door_shut() {
    let (one, now) = (n(1), at(START));
    let limiter = Even::new(n(1), n(10), n(1));
    let state = limiter.take(Even::FRESH, one, now).0.unwrap();
    let later = at(START + 9_000_000);
    let charged = limiter.charge(state, one, later);
    assert_eq!(limiter.look(state, one, later).retry_at, Some(at(START + 10_000_000)));
    assert_eq!(limiter.look(charged, one, later).retry_at, Some(at(START + 19_000_000)));
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for micros in [i64::MIN, -1, 0, i64::MAX] {
        let (now, cost) = (at(micros), n(u32::MAX));
        let even = Even::new(n(u32::MAX), n(u32::MAX), n(u32::MAX));
        let _ = (even.take(Even::FRESH, cost, now), even.take(i64::MAX, cost, now));
        let rolling = Rolling::new(n(u32::MAX), n(u32::MAX));
        let mut state = RollingState::default();
        for _ in 0..20 {
            let _ = rolling.take(&mut state, cost, now);
            rolling.charge(&mut state, cost, now);
        }
        for period in [Period::Day, Period::Month] {
            let calendar = Calendar::new(n(u32::MAX), period);
            let _ = (calendar.take(Calendar::FRESH, cost, now), calendar.take(u64::MAX, cost, now));
        }
    }
}
