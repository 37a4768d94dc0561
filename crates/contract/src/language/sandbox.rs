//! What becomes of the test environment.

use claviger_domain::{KeysAtReset, ResetSchedule, SandboxPolicy, Weekday};

use crate::document::{Item, Section};

/// How often it is reset.
#[derive(Clone, Copy, PartialEq)]
enum Rhythm {
    Never,
    Daily,
    Weekly,
}

const RHYTHMS: &[(&str, Rhythm)] =
    &[("never", Rhythm::Never), ("daily", Rhythm::Daily), ("weekly", Rhythm::Weekly)];

pub(super) fn sandbox(root: &Section<'_>) -> SandboxPolicy {
    let Some(section) = root.section("sandbox") else { return SandboxPolicy::default() };
    let rhythm = section.need("reset").and_then(|item| item.choice(RHYTHMS));
    let weekday = section.item("weekday");
    let at = section.item("at");
    let keys = section
        .item("keys")
        .and_then(|item| item.choice(&KeysAtReset::ALL.map(|keys| (keys.as_str(), keys))));
    let schedule = match rhythm {
        None => None,
        Some(Rhythm::Never) => {
            for item in [weekday, at].into_iter().flatten() {
                item.error("a test environment that is never reset has no time for it");
            }
            None
        }
        Some(rhythm) => {
            let day = weekday.and_then(|item| item.choice(&Weekday::ALL.map(|day| (day.as_str(), day))));
            match (rhythm, weekday) {
                (Rhythm::Daily, Some(item)) => item.error("what is reset daily needs no `weekday`"),
                (Rhythm::Weekly, None) => section.error("what is reset weekly needs a `weekday`"),
                _ => {}
            }
            if at.is_none() {
                section.error("expected `at`, a time of day in UTC such as `03:00`");
            }
            at.and_then(Item::parse).map(|at| ResetSchedule { weekday: day, at })
        }
    };
    section.finish();
    SandboxPolicy { schedule, keys: keys.unwrap_or_default() }
}
