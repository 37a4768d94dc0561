//! Instants for people.

use askama::filters::HtmlSafeOutput;
use claviger_domain::Timestamp;

use crate::words::{escaped, say};

/// An instant for a `<time>` element.
pub(crate) struct Moment {
    /// RFC 3339, for machines and for whoever hovers over it.
    pub(crate) exact: String,
    /// As people say it.
    pub(crate) text: String,
}

impl Moment {
    /// The element, to stand within a sentence.
    pub(crate) fn tag(&self) -> HtmlSafeOutput<String> {
        let Self { exact, text } = self;
        HtmlSafeOutput(format!("<time datetime=\"{exact}\" title=\"{exact}\">{}</time>", escaped(text)))
    }

    /// The date and the minute.
    pub(crate) fn exact(at: Timestamp) -> Self {
        let exact = at.to_string();
        let text = match (exact.get(..10), exact.get(11..16)) {
            (Some(date), Some(time)) => {
                say("moment-minute").with("date", date).with("time", time).to_string()
            }
            _ => exact.clone(),
        };
        Self { exact, text }
    }

    /// How long ago, up to a month; then the date.
    pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Self {
        let Self { exact, text } = Self::exact(at);
        let minutes = now.since(at).as_secs() / 60;
        let text = match minutes {
            0 => say("moment-just-now").to_string(),
            1..60 => say("moment-minutes-ago").count("count", minutes).to_string(),
            60..1_440 => say("moment-hours-ago").count("count", minutes / 60).to_string(),
            1_440..43_200 => say("moment-days-ago").count("count", minutes / 1_440).to_string(),
            _ => text.get(..10).unwrap_or(&text).to_owned(),
        };
        Self { exact, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_from_now_and_then_by_date() {
        let now = Timestamp::from_seconds(1_767_225_600);
        let said = |seconds: i64| Moment::ago(Timestamp::from_seconds(1_767_225_600 - seconds), now).text;
        assert_eq!(said(-5), "just now");
        assert_eq!(said(60), "1 minute ago");
        assert_eq!(said(7_300), "2 hours ago");
        assert_eq!(said(3 * 86_400), "3 days ago");
        assert_eq!(said(31 * 86_400), "2025-12-01");
        assert_eq!(Moment::exact(now).text, "2026-01-01 00:00 UTC");
    }
}
