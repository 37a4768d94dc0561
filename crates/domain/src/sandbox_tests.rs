use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn sundays() -> ResetSchedule {
    ResetSchedule { weekday: Some(Weekday::Sunday), at: "03:00".parse().unwrap() }
}

#[test]
fn a_weekly_reset_comes_on_its_day_at_its_time_in_utc() {
    // 22 November 2026 is a Sunday.
    let before = at("2026-11-22T02:59:59.999999Z");
    assert_eq!(sundays().latest(before), at("2026-11-15T03:00:00Z"));
    assert_eq!(sundays().next(before, before), at("2026-11-22T03:00:00Z"));
    let then = at("2026-11-22T03:00:00Z");
    assert_eq!(sundays().latest(then), then);
    assert_eq!(sundays().next(then, then), at("2026-11-29T03:00:00Z"));
    assert_eq!(sundays().to_string(), "every Sunday at 03:00 UTC");
    let daily = ResetSchedule { weekday: None, at: "23:59".parse().unwrap() };
    assert_eq!(daily.next(then, then), at("2026-11-22T23:59:00Z"));
    assert_eq!(daily.to_string(), "every day at 23:59 UTC");
    for (number, day) in Weekday::ALL.into_iter().enumerate() {
        let schedule = ResetSchedule { weekday: Some(day), at: "00:00".parse().unwrap() };
        // A Monday, and the six days after it.
        let expected =
            at("2026-11-16T00:00:00Z").plus(Duration::from_secs(86_400) * u32::try_from(number).unwrap());
        assert_eq!(schedule.latest(at("2026-11-22T12:00:00Z")), expected, "{day:?}");
    }
}

#[test]
fn a_clock_that_jumps_over_three_weeks_makes_one_reset_due_and_one_that_jumps_back_none() {
    let since = at("2026-11-01T03:00:00Z");
    let jumped = at("2026-11-22T10:00:00Z");
    let due = sundays().due(jumped, since).unwrap();
    assert_eq!(due, at("2026-11-22T03:00:00Z"));
    assert_eq!(sundays().due(jumped, due), None);
    let back = at("2026-11-08T05:00:00Z");
    assert_eq!(sundays().due(back, due), None);
    assert_eq!(sundays().next(back, due), at("2026-11-29T03:00:00Z"), "not before the one that was made");
}

#[test]
fn a_time_of_day_is_read_strictly() {
    for good in ["00:00", "03:00", "23:59"] {
        assert_eq!(good.parse::<TimeOfDay>().unwrap().to_string(), good);
    }
    for bad in ["", "3:00", "24:00", "12:60", "12", "12:0", "+1:00", "12:00:00", "-1:00", "１2:00"] {
        assert_eq!(bad.parse::<TimeOfDay>(), Err(TimeOfDayError), "{bad}");
    }
}

proptest! {
    /// However the clock runs and jumps, no planned time is due twice, and each that is due was planned and has come.
    #[test]
    fn no_reset_is_due_twice_however_the_clock_jumps(
        weekday in proptest::option::of(0_usize..7),
        minutes in 0_i64..1_440,
        steps in proptest::collection::vec(-5_000_000_i64..5_000_000, 1..60),
    ) {
        let at = TimeOfDay(minutes);
        let schedule = ResetSchedule { weekday: weekday.map(|day| Weekday::ALL[day]), at };
        let mut now = Timestamp::from_seconds(1_800_000_000);
        let (mut since, mut made) = (now, Vec::new());
        for step in steps {
            now = Timestamp::from_seconds(now.seconds() + step);
            let next = schedule.next(now, since);
            prop_assert!(next > now && next > since);
            prop_assert_eq!(schedule.latest(next), next);
            if let Some(due) = schedule.due(now, since) {
                prop_assert!(due <= now && due > since);
                prop_assert!(now.seconds() - due.seconds() < schedule.period());
                prop_assert!(!made.contains(&due));
                made.push(due);
                since = due;
            }
            prop_assert_eq!(schedule.due(now, since), None);
        }
    }
}
