//! Bodies and texts with variables in them, split once when the contract is read.

mod escape;
mod json;

use std::borrow::Cow;

use serde_json::Value as Json;

pub(crate) use escape::Escape;
pub(crate) use json::{Node, write_object};

/// What stands for a variable in one rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'v> {
    /// Nothing: a JSON member that is only this variable is left out, elsewhere it is the empty text.
    Absent,
    Text(Cow<'v, str>),
    Number(i64),
    List(Vec<Cow<'v, str>>),
}

impl<'v> Value<'v> {
    pub(crate) fn text(text: impl Into<Cow<'v, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn optional(text: Option<impl Into<Cow<'v, str>>>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }

    fn push_to(&self, out: &mut String) {
        match self {
            Self::Absent => {}
            Self::Text(text) => out.push_str(text),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::List(list) => out.push_str(&list.join(" ")),
        }
    }
}

/// The words a kind of template can use.
pub(crate) trait Word: Copy + 'static {
    /// Every word with its name.
    const ALL: &'static [(&'static str, Self)];

    /// The word of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, word)| *word)
    }
}

/// What the words stand for.
pub(crate) trait Values<W> {
    fn value(&self, word: W) -> Value<'_>;
}

/// A part of a template's text before its names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RawPiece<'t> {
    Literal(String),
    Name(&'t str),
}

/// A brace that opens or closes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a lone brace; write `{{{{` or `}}}}` for a brace that is no placeholder")]
pub(crate) struct LoneBrace;

/// Splits `text {name} text`; `{{` and `}}` are braces.
pub(crate) fn split(text: &str) -> Result<Vec<RawPiece<'_>>, LoneBrace> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = brace.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = brace.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else {
            let inner = brace.strip_prefix('{').ok_or(LoneBrace)?;
            let (name, after) = inner.split_once('}').ok_or(LoneBrace)?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(LoneBrace);
            }
            if !literal.is_empty() {
                pieces.push(RawPiece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(RawPiece::Name(name));
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(RawPiece::Literal(literal));
    }
    Ok(pieces)
}

/// The names that the contract itself gives values to, such as a cause's `code`.
pub(crate) type Constants = indexmap::IndexMap<String, Json>;

#[derive(Clone, Debug)]
enum Piece<W> {
    Literal(Box<str>),
    Word(W),
}

/// A text with words in it.
#[derive(Clone, Debug)]
pub(crate) struct Text<W>(Vec<Piece<W>>);

impl<W: Word> Text<W> {
    /// Compiles `text`. Constants may hold words, but no other constants. Names that are neither are reported
    /// where the file is read and are left out here.
    pub(crate) fn compile(text: &str, constants: &Constants) -> Self {
        Self::compile_escaped(text, constants, Escape::None)
    }

    fn compile_escaped(text: &str, constants: &Constants, escape: Escape) -> Self {
        let mut compiled = Self(Vec::new());
        for piece in split(text).unwrap_or_default() {
            match piece {
                RawPiece::Literal(literal) => compiled.push_literal(&literal),
                RawPiece::Name(name) => match constants.get(name) {
                    Some(Json::String(constant)) => compiled.push_constant(constant, escape),
                    Some(other) => compiled.push_literal(&escape.apply(&other.to_string())),
                    None => compiled.push_word(name),
                },
            }
        }
        compiled
    }

    fn push_constant(&mut self, constant: &str, escape: Escape) {
        for piece in split(constant).unwrap_or_default() {
            match piece {
                RawPiece::Literal(literal) => self.push_literal(&escape.apply(&literal)),
                RawPiece::Name(name) => self.push_word(name),
            }
        }
    }

    fn push_literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Literal(last)) => *last = format!("{last}{text}").into(),
            _ => self.0.push(Piece::Literal(text.into())),
        }
    }

    fn push_word(&mut self, name: &str) {
        self.0.extend(W::named(name).map(Piece::Word));
    }

    pub(crate) fn render(&self, values: &impl Values<W>) -> String {
        self.render_escaped(values, Escape::None)
    }

    fn render_escaped(&self, values: &impl Values<W>, escape: Escape) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Word(word) if escape == Escape::None => values.value(*word).push_to(&mut out),
                Piece::Word(word) => {
                    let mut plain = String::new();
                    values.value(*word).push_to(&mut plain);
                    out.push_str(&escape.apply(&plain));
                }
            }
        }
        out
    }

    /// The text, when no word stands in it.
    fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(literal)] => Some(literal),
            _ => None,
        }
    }

    /// The word, when it is all there is.
    fn only_word(&self) -> Option<W> {
        match self.0.as_slice() {
            [Piece::Word(word)] => Some(*word),
            _ => None,
        }
    }
}

/// A whole body.
#[derive(Clone, Debug)]
pub(crate) enum Body<W> {
    Json(Node<W>),
    Text(Text<W>, Escape),
}

/// A body as the file has it, before a cause's constants are put in.
#[derive(Clone, Debug)]
pub(crate) enum BodySource {
    Json(Json),
    Text(String, Escape),
}

impl BodySource {
    pub(crate) fn compile<W: Word>(&self, constants: &Constants) -> Body<W> {
        match self {
            Self::Json(json) => Body::Json(Node::compile(json, constants)),
            Self::Text(text, escape) => Body::Text(Text::compile_escaped(text, constants, *escape), *escape),
        }
    }
}

impl<W: Word> Body<W> {
    pub(crate) fn render(&self, values: &impl Values<W>) -> String {
        match self {
            Self::Json(node) => node.render(values),
            Self::Text(text, escape) => text.render_escaped(values, *escape),
        }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
