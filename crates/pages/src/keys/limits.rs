//! A limit that a key is given of its own, beside those of its API and plan.

use std::num::NonZeroU32;

use claviger_domain::{Limit, LimitName};

use super::list::Choice;
use crate::fields::Fields;
use crate::words::{Phrase, say};

/// A time that is offered.
struct Time {
    /// Its word in the form.
    word: &'static str,
    /// What people read.
    text: Phrase,
    /// The name of the limit.
    name: &'static str,
    seconds: u32,
}

/// The times that are offered.
const TIMES: [Time; 3] = [
    Time { word: "minute", text: say("new-key-each-minute"), name: "per-minute", seconds: 60 },
    Time { word: "hour", text: say("new-key-each-hour"), name: "per-hour", seconds: 3_600 },
    Time { word: "day", text: say("new-key-each-day"), name: "per-day", seconds: 86_400 },
];

/// Reads the limit that a form gives; none where it says no number.
pub(super) fn read_limits(fields: &Fields) -> Result<Vec<Limit>, Phrase> {
    let Some(number) = fields.given("requests") else { return Ok(Vec::new()) };
    let requests = number.parse::<NonZeroU32>();
    let requests = requests.map_err(|_| say("new-key-requests-number"))?;
    let unknown = || say("new-key-choose-time");
    let chosen = TIMES.into_iter().find(|time| time.word == fields.get("per"));
    let Time { name, seconds, .. } = chosen.ok_or_else(unknown)?;
    let name = name.parse::<LimitName>().map_err(|_| unknown())?;
    let seconds = NonZeroU32::new(seconds).ok_or_else(unknown)?;
    Ok(vec![Limit::even(name, requests, seconds)])
}

/// The times as a form offers them.
pub(super) fn time_choices(chosen: &str) -> Vec<Choice> {
    let choice = |time: Time| Choice {
        value: time.word.to_owned(),
        text: time.text.to_string(),
        is_chosen: time.word == chosen,
    };
    TIMES.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<Vec<Limit>, Phrase> {
        read_limits(&Fields::parse(form.as_bytes()))
    }

    #[test]
    fn a_number_and_a_time_are_a_limit_and_no_number_is_none() {
        assert_eq!(read("requests=+&per=minute"), Ok(Vec::new()));
        let limits = read("requests=600&per=hour").unwrap();
        assert_eq!((limits[0].name.as_str(), limits[0].per_seconds()), ("per-hour", 3_600));
        assert_eq!(limits[0].requests.get(), 600);
        for wrong in
            ["requests=0&per=day", "requests=-1&per=day", "requests=many&per=day", "requests=5&per=year"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
