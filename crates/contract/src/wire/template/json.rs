//! JSON bodies: always valid, whatever the values are.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::{Constants, RawPiece, Text, Value, Values, Word, split};

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
                if nodes.iter().all(Self::is_fixed) {
                    Self::fold(&Self::Array(nodes))
                } else {
                    Self::Array(nodes)
                }
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
    let mut out = String::with_capacity(text.len() + 2);
    write_text(text, &mut out);
    out
}

/// Writes a text. Tokens and ids are long and have nothing to escape: they are looked through without a branch for each
/// byte, and copied.
fn write_text(text: &str, out: &mut String) {
    // RFC 8259 section 7.
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        out.push_str(&Json::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn write_value(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Absent => out.push_str("null"),
        Value::Text(text) => write_text(text, out),
        // Writing to a String cannot fail.
        Value::Number(number) => write!(out, "{number}").unwrap_or_default(),
        Value::List(list) => {
            out.push('[');
            for (i, text) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(text, out);
            }
            out.push(']');
        }
    }
}

/// Writes an object of those members that have a value.
pub(crate) fn write_object(members: &[(&str, Value<'_>)], out: &mut String) {
    out.push('{');
    let mut comma = "";
    for (name, value) in members.iter().filter(|(_, value)| *value != Value::Absent) {
        out.push_str(comma);
        write_text(name, out);
        out.push(':');
        write_value(value, out);
        comma = ",";
    }
    out.push('}');
}
