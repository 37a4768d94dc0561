//! What pages say, in their reader's language.
//!
//! Every text is a message of the catalogue in `locales/{language}/{area}.ftl` and is named by its id: templates say
//! `{{ crate::say(…) }}`. Which language that is, is the request's ([`speaking`]); none is passed around.

mod catalogue;
mod choice;
mod current;
mod language;
#[cfg(test)]
mod lint_tests;

use std::fmt;
use std::num::NonZero;

use askama::filters::{Html, HtmlSafe, escape};
use fluent_bundle::FluentValue;

pub(crate) use choice::{came_from, choices, chosen};
pub(crate) use current::{Talk, in_language, mark, prefer, speaking, tag};
pub(crate) use language::Language;

/// A text: the message of this id, whatever stands in it.
pub(crate) const fn say(id: &'static str) -> Phrase {
    Phrase { id, args: Vec::new() }
}

/// A text with markup in it: the message of this id, whose tags are ours and whose arguments are escaped.
pub(crate) const fn rich(id: &'static str) -> Markup {
    Markup(say(id))
}

/// A message with its arguments. It is put into words when it is written, in the language of the request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phrase {
    id: &'static str,
    args: Vec<(&'static str, FluentValue<'static>)>,
}

impl Phrase {
    /// With a text as an argument.
    pub(crate) fn with(self, name: &'static str, text: impl fmt::Display) -> Self {
        self.set(name, FluentValue::from(text.to_string()))
    }

    /// With a number as an argument, which the message may choose a plural by.
    pub(crate) fn count(self, name: &'static str, number: impl Number) -> Self {
        self.set(name, number.value())
    }

    fn set(mut self, name: &'static str, value: FluentValue<'static>) -> Self {
        self.args.push((name, value));
        self
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        catalogue::write(f, current::language(), self.id, &self.args)
    }
}

/// A message that is HTML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Markup(Phrase);

impl Markup {
    /// With a text as an argument, which is escaped.
    pub(crate) fn with(self, name: &'static str, text: impl fmt::Display) -> Self {
        Self(self.0.with(name, escaped(text)))
    }

    /// With an argument that is HTML itself.
    pub(crate) fn html(self, name: &'static str, html: impl HtmlSafe) -> Self {
        Self(self.0.with(name, html))
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Its tags are those of the catalogue, which is ours.
impl HtmlSafe for Markup {}

/// A text as it stands in HTML.
pub(crate) fn escaped(text: impl fmt::Display) -> String {
    let Ok(escaped) = escape(text, Html);
    escaped.to_string()
}

/// What can be counted.
pub(crate) trait Number {
    /// As a message takes it.
    fn value(self) -> FluentValue<'static>;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            fn value(self) -> FluentValue<'static> {
                FluentValue::from(self)
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize i32 i64 }

impl Number for NonZero<u32> {
    fn value(self) -> FluentValue<'static> {
        self.get().value()
    }
}

/// Templates pass their values by reference.
impl<N: Number + Copy> Number for &N {
    fn value(self) -> FluentValue<'static> {
        (*self).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_message_with_markup_are_escaped() {
        let said = rich("typed-confirm").with("word", "<b>&");
        assert_eq!(said.to_string(), "Type <strong>&#60;b&#62;&#38;</strong> to confirm");
    }

    #[test]
    fn a_message_that_is_nowhere_is_told_by_its_id() {
        assert_eq!(say("no-such-message").to_string(), "no-such-message");
    }

    #[test]
    fn a_message_counts() {
        let said = |count: u64| say("moment-hours-ago").count("count", count).to_string();
        assert_eq!((said(1), said(2)), ("1 hour ago".to_owned(), "2 hours ago".to_owned()));
    }
}
