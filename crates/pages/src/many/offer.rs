//! What a list offers to do with what is ticked in it.

use crate::fields::Fields;
use crate::reader::Reader;
use crate::words::Phrase;

/// Something that can be done to many things, in words. They are made when they are needed: a phrase is not `Sync`.
#[derive(Debug)]
pub(crate) struct Deed {
    /// Its word in the address.
    pub(crate) word: &'static str,
    /// What the button says.
    pub(crate) verb: fn() -> Phrase,
    /// What is said of a thing that it was done to.
    pub(crate) done: fn() -> Phrase,
    /// So many such things.
    pub(crate) noun: fn(usize) -> Phrase,
    /// What it brings about.
    pub(crate) effect: fn() -> Phrase,
    /// Whether the number of things has to be typed first.
    pub(crate) is_asked_about: bool,
}

impl Deed {
    /// What the button says.
    pub(crate) fn verb(&self) -> Phrase {
        (self.verb)()
    }

    /// What is said of a thing that it was done to.
    pub(crate) fn done(&self) -> Phrase {
        (self.done)()
    }

    /// What it brings about.
    pub(crate) fn effect(&self) -> Phrase {
        (self.effect)()
    }
}

/// The ticks of a list, and what can be done with what is ticked.
pub(crate) struct Ticks {
    /// Where the list is.
    pub(crate) list: String,
    /// The filters of the list.
    pub(crate) query: String,
    /// Whether all of the page is ticked.
    pub(crate) is_all: bool,
    /// The same page with all of it ticked, or none.
    pub(crate) other: String,
    pub(crate) deeds: &'static [&'static Deed],
}

impl Ticks {
    /// The word of the deed that is meant by whoever presses Enter: the gentlest.
    pub(crate) fn first(&self) -> &'static str {
        self.deeds.first().map_or("", |deed| deed.word)
    }

    /// The ticks of the list at `path` below console or workspace, as the query asks for them.
    pub(crate) fn of(reader: &Reader, path: &str, query: &Fields, deeds: &'static [&'static Deed]) -> Self {
        let kept = query.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "notice" | "ticked"));
        let mut text = form_urlencoded::Serializer::new(String::new());
        let query_text = text.extend_pairs(kept).finish();
        let list = format!("{}{path}", reader.base());
        let is_all = query.get("ticked") == "all";
        let other = match (is_all, query_text.is_empty()) {
            (true, true) => list.clone(),
            (true, false) => format!("{list}?{query_text}"),
            (false, true) => format!("{list}?ticked=all"),
            (false, false) => format!("{list}?{query_text}&ticked=all"),
        };
        Self { list, query: query_text, is_all, other, deeds }
    }
}
