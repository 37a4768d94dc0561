//! A limit that a key is given of its own, beside those of its API and plan.

use std::num::NonZeroU32;

use claviger_domain::{Limit, LimitName};

use super::list::Choice;
use crate::fields::Fields;

/// The times that are offered: the word in the form, the limit's name, its seconds.
const TIMES: [(&str, &str, u32); 3] =
    [("minute", "per-minute", 60), ("hour", "per-hour", 3_600), ("day", "per-day", 86_400)];

/// Reads the limit that a form gives; none where it says no number.
pub(super) fn read_limits(fields: &Fields) -> Result<Vec<Limit>, String> {
    let Some(number) = fields.given("requests") else { return Ok(Vec::new()) };
    let requests = number.parse::<NonZeroU32>();
    let requests = requests.map_err(|_| "Write how many requests as a number from 1 on.".to_owned())?;
    let unknown = || "Choose a minute, an hour or a day.".to_owned();
    let chosen = TIMES.into_iter().find(|(word, ..)| *word == fields.get("per"));
    let (_, name, seconds) = chosen.ok_or_else(unknown)?;
    let name = name.parse::<LimitName>().map_err(|_| unknown())?;
    let seconds = NonZeroU32::new(seconds).ok_or_else(unknown)?;
    Ok(vec![Limit::even(name, requests, seconds)])
}

/// The times as a form offers them.
pub(super) fn time_choices(chosen: &str) -> Vec<Choice> {
    let choice = |(word, ..): (&str, &str, u32)| Choice {
        value: word.to_owned(),
        text: format!("each {word}"),
        is_chosen: word == chosen,
    };
    TIMES.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<Vec<Limit>, String> {
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
