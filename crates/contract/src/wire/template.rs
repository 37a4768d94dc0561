//! Bodies and texts with variables in them, split once when the contract is read.

use std::borrow::Cow;

use serde_json::Value as Json;

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
        let mut pieces: Vec<Piece<W>> = Vec::new();
        let push_literal = |pieces: &mut Vec<Piece<W>>, text: &str| match pieces.last_mut() {
            Some(Piece::Literal(last)) => *last = format!("{last}{text}").into(),
            _ => pieces.push(Piece::Literal(text.into())),
        };
        for piece in split(text).unwrap_or_default() {
            match piece {
                RawPiece::Literal(literal) => push_literal(&mut pieces, &literal),
                RawPiece::Name(name) => match constants.get(name) {
                    Some(Json::String(inner)) => {
                        for piece in split(inner).unwrap_or_default() {
                            match piece {
                                RawPiece::Literal(literal) => push_literal(&mut pieces, &escape.apply(&literal)),
                                RawPiece::Name(name) => pieces.extend(W::named(name).map(Piece::Word)),
                            }
                        }
                    }
                    Some(other) => push_literal(&mut pieces, &escape.apply(&other.to_string())),
                    None => pieces.extend(W::named(name).map(Piece::Word)),
                },
            }
        }
        Self(pieces)
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

/// How a value is made harmless in a body that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Plain text: nothing is special.
    None,
    /// XML and HTML.
    Markup,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Escape {
    fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::None => Cow::Borrowed(text),
            Self::Markup => escape_markup(text),
            Self::Form => escape_form(text),
        }
    }
}

fn escape_markup(text: &str) -> Cow<'_, str> {
    // XML 1.0 has no way to write most control characters at all.
    let special = |c: char| matches!(c, '<' | '>' | '&' | '"' | '\'') || is_unwritable(c);
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_unwritable(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

const fn is_unwritable(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

fn escape_form(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'*');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b if plain(b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    Cow::Owned(out)
}

/// A JSON value with words in it; all that needs no word is text already.
#[derive(Clone, Debug)]
pub(crate) enum Node<W> {
    Fixed(Box<str>),
    Text(Text<W>),
    Word(W),
    Object(Vec<(Box<str>, Node<W>)>),
    Array(Vec<Node<W>>),
}

impl<W: Word> Node<W> {
    /// Compiles a JSON value whose strings may hold placeholders. A string that is one placeholder keeps the
    /// type of what replaces it. Placeholders without a value anywhere are left out, as in [`Text::compile`].
    pub(crate) fn compile(json: &Json, constants: &Constants) -> Self {
        match json {
            Json::String(text) => Self::compile_text(text, constants),
            Json::Array(items) => {
                let nodes: Vec<Self> = items.iter().map(|item| Self::compile(item, constants)).collect();
                if nodes.iter().all(Self::is_fixed) { Self::fold(&Self::Array(nodes)) } else { Self::Array(nodes) }
            }
            Json::Object(members) => {
                let nodes: Vec<(Box<str>, Self)> = members
                    .iter()
                    .map(|(key, value)| (quote(key).into(), Self::compile(value, constants)))
                    .collect();
                let fixed = nodes.iter().all(|(_, node)| node.is_fixed());
                if fixed { Self::fold(&Self::Object(nodes)) } else { Self::Object(nodes) }
            }
            other => Self::Fixed(other.to_string().into()),
        }
    }

    fn compile_text(text: &str, constants: &Constants) -> Self {
        if let Ok([RawPiece::Name(name)]) = split(text).as_deref() {
            match constants.get(*name) {
                Some(Json::String(_)) | None => {}
                Some(other) => return Self::Fixed(other.to_string().into()),
            }
        }
        let text = Text::compile(text, constants);
        if let Some(fixed) = text.fixed() {
            return Self::Fixed(quote(fixed).into());
        }
        match text.only_word() {
            Some(word) => Self::Word(word),
            None => Self::Text(text),
        }
    }

    const fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn fold(&self) -> Self {
        let mut out = String::new();
        self.write(&Wordless, &mut out);
        Self::Fixed(out.into())
    }

    pub(crate) fn render(&self, values: &impl Values<W>) -> String {
        let mut out = String::with_capacity(128);
        self.write(values, &mut out);
        out
    }

    fn write(&self, values: &impl Values<W>, out: &mut String) {
        match self {
            Self::Fixed(json) => out.push_str(json),
            Self::Text(text) => out.push_str(&quote(&text.render(values))),
            Self::Word(word) => write_value(&values.value(*word), out),
            Self::Object(members) => {
                out.push('{');
                let mut first = true;
                for (key, node) in members {
                    let start = out.len();
                    if !first {
                        out.push(',');
                    }
                    out.push_str(key);
                    out.push(':');
                    if let Self::Word(word) = node {
                        match values.value(*word) {
                            Value::Absent => {
                                out.truncate(start);
                                continue;
                            }
                            value => write_value(&value, out),
                        }
                    } else {
                        node.write(values, out);
                    }
                    first = false;
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(values, out);
                }
                out.push(']');
            }
        }
    }
}

struct Wordless;

impl<W> Values<W> for Wordless {
    fn value(&self, _: W) -> Value<'_> {
        Value::Absent
    }
}

fn quote(text: &str) -> String {
    Json::String(text.to_owned()).to_string()
}

fn write_value(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Absent => out.push_str("null"),
        Value::Text(text) => out.push_str(&quote(text)),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::List(list) => {
            let list = list.iter().map(|text| Json::String(text.clone().into_owned())).collect();
            out.push_str(&Json::Array(list).to_string());
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
            Self::Text(text, escape) => {
                Body::Text(Text::compile_escaped(text, constants, *escape), *escape)
            }
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
