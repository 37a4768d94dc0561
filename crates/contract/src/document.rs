//! A walk over the parsed TOML that collects what is wrong instead of stopping at it.
//!
//! A section remembers which keys were asked for; what is left over at [`Section::finish`] is unknown to the
//! language. So the reader of a section is its schema.

use std::cell::RefCell;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Severity};

/// Where findings go while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Report(RefCell<Vec<Finding>>);

impl Report {
    pub(crate) fn error(&self, span: Range<usize>, message: impl Into<String>) {
        self.push(Severity::Error, span, message.into(), None);
    }

    pub(crate) fn error_with(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.push(Severity::Error, span, message.into(), help);
    }

    pub(crate) fn warning(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.push(Severity::Warning, span, message.into(), help);
    }

    fn push(&self, severity: Severity, span: Range<usize>, message: String, help: Option<String>) {
        self.0.borrow_mut().push(Finding { severity, span, message, help });
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.0.into_inner()
    }
}

/// "did you mean", for the nearest of `known` if one is near enough to be meant.
pub(crate) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let reach = (word.chars().count() / 3).max(1);
    let lowered = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lowered, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// A value with its place.
#[derive(Clone, Copy)]
pub(crate) struct Item<'d> {
    value: &'d Spanned<DeValue<'d>>,
    report: &'d Report,
}

impl<'d> Item<'d> {
    pub(crate) fn span(self) -> Range<usize> {
        self.value.span()
    }

    pub(crate) fn raw(self) -> &'d DeValue<'d> {
        self.value.get_ref()
    }

    pub(crate) fn error(self, message: impl Into<String>) {
        self.report.error(self.span(), message);
    }

    pub(crate) fn error_with(self, message: impl Into<String>, help: Option<String>) {
        self.report.error_with(self.span(), message, help);
    }

    fn wrong_type(self, wanted: &str) {
        self.error(format!("expected {wanted}, found {}", noun(self.raw())));
    }

    pub(crate) fn text(self) -> Option<&'d str> {
        let text = self.raw().as_str();
        if text.is_none() {
            self.wrong_type("a text");
        }
        text
    }

    pub(crate) fn is_text(self) -> bool {
        self.raw().is_str()
    }

    pub(crate) fn flag(self) -> Option<bool> {
        let flag = self.raw().as_bool();
        if flag.is_none() {
            self.wrong_type("`true` or `false`");
        }
        flag
    }

    /// A text, as what it says.
    pub(crate) fn parse<T: FromStr<Err: fmt::Display>>(self) -> Option<T> {
        let text = self.text()?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(format!("`{text}`: {error}"));
                None
            }
        }
    }

    /// A whole number that fits `T`, in `range` as the message names it.
    pub(crate) fn number<T: TryFrom<i64>>(self, range: &str) -> Option<T> {
        let Some(integer) = self.raw().as_integer() else {
            self.wrong_type("a whole number");
            return None;
        };
        let number =
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|n| T::try_from(n).ok());
        if number.is_none() {
            self.error(format!("expected {range}"));
        }
        number
    }

    /// A whole number from 1.
    pub(crate) fn positive(self) -> Option<NonZeroU32> {
        let wanted = "a whole number from 1 to 4294967295";
        let number = NonZeroU32::new(self.number(wanted)?);
        if number.is_none() {
            self.error(format!("expected {wanted}"));
        }
        number
    }

    /// One of a closed list of words.
    pub(crate) fn choice<T: Copy>(self, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text()?;
        let chosen = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let help = did_you_mean(word, choices.iter().map(|(name, _)| *name));
            self.error_with(format!("`{word}` is none of {}", names.join(", ")), help);
        }
        chosen
    }

    /// A time such as `90s`, `15m`, `24h`, `30d` or `1h 30m`; `never` is none.
    pub(crate) fn duration(self) -> Option<Option<Duration>> {
        let text = self.text()?;
        if text == "never" {
            return Some(None);
        }
        let duration = parse_duration(text);
        if duration.is_none() {
            let help = Some("write it like `90s`, `15m`, `24h`, `30d` or `never`".to_owned());
            self.error_with(format!("`{text}` is no length of time"), help);
        }
        duration.map(Some)
    }

    pub(crate) fn section(self) -> Option<Section<'d>> {
        match self.raw() {
            DeValue::Table(table) => Some(Section::new(table, self.span(), self.report)),
            _ => {
                self.wrong_type("a table");
                None
            }
        }
    }

    pub(crate) fn is_table(self) -> bool {
        matches!(self.raw(), DeValue::Table(_))
    }

    /// The members of a list; anything else stands for a list of itself.
    pub(crate) fn members(self) -> Vec<Item<'d>> {
        match self.raw() {
            DeValue::Array(array) => array.iter().map(|value| Item { value, report: self.report }).collect(),
            _ => vec![self],
        }
    }
}

fn noun(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = 0_u64;
    let mut parts = 0;
    for part in text.split_whitespace() {
        let unit = part.chars().next_back()?;
        let count: u64 = part.strip_suffix(unit)?.parse().ok()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(seconds)?)?;
        parts += 1;
    }
    // A century is longer than anything here may last, and far from where instants overflow.
    (parts > 0 && total > 0 && total <= 100 * 366 * 86_400).then(|| Duration::from_secs(total))
}

/// A table whose keys are known to the language.
pub(crate) struct Section<'d> {
    table: &'d DeTable<'d>,
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
    report: &'d Report,
}

impl<'d> Section<'d> {
    pub(crate) const fn new(table: &'d DeTable<'d>, span: Range<usize>, report: &'d Report) -> Self {
        Self { table, span, asked: RefCell::new(Vec::new()), report }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(crate) const fn report(&self) -> &'d Report {
        self.report
    }

    pub(crate) fn error(&self, message: impl Into<String>) {
        self.report.error(self.span(), message);
    }

    pub(crate) fn item(&self, key: &'static str) -> Option<Item<'d>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key).map(|value| Item { value, report: self.report })
    }

    pub(crate) fn need(&self, key: &'static str) -> Option<Item<'d>> {
        let item = self.item(key);
        if item.is_none() {
            // If a near spelling stands there, the report of the unknown key says enough.
            let misspelt = self.table.keys().any(|k| {
                let near = did_you_mean(k.get_ref(), [key]).is_some();
                near && !self.asked.borrow().iter().any(|asked| *asked == k.get_ref())
            });
            if !misspelt {
                self.report.error(self.span(), format!("`{key}` is missing"));
            }
        }
        item
    }

    pub(crate) fn text(&self, key: &'static str) -> Option<&'d str> {
        self.item(key)?.text()
    }

    pub(crate) fn flag(&self, key: &'static str, default: bool) -> bool {
        self.item(key).and_then(Item::flag).unwrap_or(default)
    }

    pub(crate) fn duration(&self, key: &'static str) -> Option<Option<Duration>> {
        self.item(key)?.duration()
    }

    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'d>> {
        self.item(key)?.section()
    }

    /// A list, or one value in place of a list of one; empty when the key is absent.
    pub(crate) fn items(&self, key: &'static str) -> Vec<Item<'d>> {
        self.item(key).map(Item::members).unwrap_or_default()
    }

    /// An array of tables.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'d>> {
        self.items(key).into_iter().filter_map(Item::section).collect()
    }

    /// Every key not asked for so far with its value: for tables whose keys are names.
    pub(crate) fn rest(&self) -> Vec<(Name<'d>, Item<'d>)> {
        self.leftover()
            .into_iter()
            .map(|(key, value)| {
                let name = Name { text: key.get_ref(), span: key.span(), report: self.report };
                (name, Item { value, report: self.report })
            })
            .collect()
    }

    fn leftover(&self) -> Vec<(&'d Spanned<toml::de::DeString<'d>>, &'d Spanned<DeValue<'d>>)> {
        let asked = self.asked.borrow();
        self.table.iter().filter(|(key, _)| !asked.iter().any(|a| *a == key.get_ref())).collect()
    }

    /// Reports every key that nobody asked for. The last thing done with a section.
    pub(crate) fn finish(self) {
        self.report_unknown();
    }

    /// [`Section::finish`] for a section that is only lent.
    pub(crate) fn report_unknown(&self) {
        for (key, _) in self.leftover() {
            let asked = self.asked.borrow();
            let help = did_you_mean(key.get_ref(), asked.iter().copied()).or_else(|| {
                let known: Vec<String> = asked.iter().map(|k| format!("`{k}`")).collect();
                (!known.is_empty() && known.len() <= 12).then(|| format!("known here: {}", known.join(", ")))
            });
            self.report.error_with(key.span(), format!("unknown key `{}`", key.get_ref()), help);
        }
    }
}

/// A key that is a name the file gives.
#[derive(Clone)]
pub(crate) struct Name<'d> {
    pub(crate) text: &'d str,
    span: Range<usize>,
    report: &'d Report,
}

impl Name<'_> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(crate) fn error_with(&self, message: impl Into<String>, help: Option<String>) {
        self.report.error_with(self.span(), message, help);
    }

    pub(crate) fn parse<T: FromStr<Err: fmt::Display>>(&self) -> Option<T> {
        match self.text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.report.error(self.span(), format!("`{}`: {error}", self.text));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units_and_is_never_zero() {
        assert_eq!(parse_duration("1h 30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse_duration("30d"), Some(Duration::from_secs(2_592_000)));
        for bad in ["", "0s", "5", "h", "1w", "-1s", "99999999999999999999s", "999999d", "1é"] {
            assert_eq!(parse_duration(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_suggestion_is_made_only_for_what_is_near() {
        assert_eq!(did_you_mean("titel", ["title", "name"]).as_deref(), Some("did you mean `title`?"));
        assert_eq!(did_you_mean("zzz", ["title", "name"]), None);
    }
}
