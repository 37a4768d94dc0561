//! What is true of the catalogue and of those who use it: nothing is missing, left over or written beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

use super::language::Language;

/// The arguments of every message, by its id.
type Messages = BTreeMap<String, BTreeSet<String>>;

/// What is said the same in every language: names, and what stands in code.
const NAMES: [&str; 2] = ["Claviger", "HTTP"];

/// Attributes that are read to people.
const SPOKEN: [&str; 5] = ["aria-label", "placeholder", "title", "alt", "data-label"];

fn messages(language: Language) -> Messages {
    let mut found = Messages::new();
    for text in language.texts() {
        let resource = parse(*text).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                assert!(matches!(
                    entry,
                    Entry::ResourceComment(_) | Entry::GroupComment(_) | Entry::Comment(_)
                ));
                continue;
            };
            let id = message.id.name.to_owned();
            let mut args = BTreeSet::new();
            let value = message.value.unwrap_or_else(|| panic!("{language:?}: {id} says nothing"));
            collect(&value, &mut args);
            assert_eq!(found.insert(id.clone(), args), None, "{language:?}: {id} stands twice");
        }
    }
    found
}

fn collect(pattern: &Pattern<&str>, args: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                collect_inline(inline, args);
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                collect_inline(selector, args);
                variants.iter().for_each(|variant| collect(&variant.value, args));
            }
            PatternElement::TextElement { .. } => {}
        }
    }
}

fn collect_inline(inline: &InlineExpression<&str>, args: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => _ = args.insert(id.name.to_owned()),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!("the catalogue keeps to arguments: {other:?}"),
    }
}

/// The files below a folder of this crate with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                None => folders.push(path),
                Some(found_ending) if found_ending == ending => found.push(path),
                Some(_) => {}
            }
        }
    }
    found.sort();
    found
}

/// A message that somebody says: where, its id, and the arguments given.
struct Use {
    place: String,
    id: String,
    args: BTreeSet<String>,
}

fn uses() -> Vec<Use> {
    let mut found = Vec::new();
    let is_test = |path: &PathBuf| path.to_string_lossy().ends_with("_tests.rs");
    let code = files("src", "rs").into_iter().filter(|path| !is_test(path));
    for path in code.chain(files("templates", "html")) {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.file_name().unwrap().to_string_lossy().into_owned();
        // Tests name messages that do not exist.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for name in ["say(", "rich("] {
            let starts = code
                .match_indices(name)
                .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            for (at, _) in starts {
                let rest = code[at + name.len()..].trim_start();
                let Some((id, rest)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
                    continue;
                };
                let rest = rest.trim_start_matches([',', ' ', '\n']);
                let args = rest.strip_prefix(')').map(chain).unwrap_or_default();
                found.push(Use { place: place.clone(), id: id.to_owned(), args });
            }
        }
    }
    found
}

/// The arguments of the calls that follow: `.with("name", …).count("count", …)`.
fn chain(mut rest: &str) -> BTreeSet<String> {
    let mut args = BTreeSet::new();
    loop {
        let dot = rest.trim_start();
        let call = ["with", "count", "html"].iter().find_map(|verb| {
            let rest = dot.strip_prefix('.')?.strip_prefix(verb)?.strip_prefix('(')?.trim_start();
            rest.strip_prefix('"')?.split_once('"')
        });
        let Some((name, after)) = call else { return args };
        args.insert(name.to_owned());
        rest = after_call(after);
    }
}

/// What stands behind the parenthesis that closes here.
fn after_call(text: &str) -> &str {
    let (mut depth, mut is_quoted) = (0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth == 0 => return &text[at + 1..],
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
    }
    ""
}

#[test]
fn every_language_says_the_same_messages_with_the_same_arguments() {
    let english = messages(Language::English);
    for language in Language::ALL {
        let other = messages(*language);
        let missing: Vec<_> = english.keys().filter(|id| !other.contains_key(*id)).collect();
        let strange: Vec<_> = other.keys().filter(|id| !english.contains_key(*id)).collect();
        assert!(
            missing.is_empty() && strange.is_empty(),
            "{language:?}: no {missing:?}; needless {strange:?}"
        );
        for (id, args) in &english {
            assert_eq!(&other[id], args, "{language:?}: {id}");
        }
    }
}

#[test]
fn every_message_that_is_said_exists_and_gets_its_arguments() {
    let english = messages(Language::English);
    let wrong: Vec<_> = uses()
        .into_iter()
        .filter(|said| english.get(&said.id) != Some(&said.args))
        .map(|said| format!("{}: {} with {:?}", said.place, said.id, said.args))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_message_is_left_over() {
    let said: BTreeSet<_> = uses().into_iter().map(|said| said.id).collect();
    let english = messages(Language::English);
    let unused: Vec<_> = english.keys().filter(|id| !said.contains(*id)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn markup_is_the_same_in_every_language() {
    let tags = |language: Language| -> BTreeMap<String, Vec<String>> {
        let lines = language.texts().iter().flat_map(|text| text.lines());
        let marked = lines.filter_map(|line| line.split_once(" = ")).filter(|(_, value)| value.contains('<'));
        let tags_of = |value: &str| {
            let mut tags: Vec<_> =
                value.split('<').skip(1).map(|tag| tag.split('>').next().unwrap().to_owned()).collect();
            tags.sort();
            tags
        };
        marked.map(|(id, value)| (id.to_owned(), tags_of(value))).collect()
    };
    let english = tags(Language::English);
    for language in Language::ALL {
        assert_eq!(tags(*language), english, "{language:?}");
    }
}

#[test]
fn no_template_holds_a_text_of_its_own() {
    let mut bare = Vec::new();
    for path in files("templates", "html") {
        let text = fs::read_to_string(&path).unwrap();
        // Names of classes.
        let text = without(&without(&text, "{% block width %}", "endblock"), "{% block shape %}", "endblock");
        let (outside, tags) = split(&without(&without(&text, "{%", "%}"), "{{", "}}"));
        let outside = without(&without(&outside, "<code>", "</code>").replace("</code>", ""), "&", ";");
        let outside = NAMES.iter().fold(outside, |text, name| text.replace(name, ""));
        let mut texts: Vec<String> = outside.lines().map(str::to_owned).collect();
        for tag in tags {
            texts.extend(SPOKEN.iter().filter_map(|name| spoken(&tag, name)));
        }
        // Attributes that macros add to a tag are none.
        texts.retain(|text| !text.trim_start().starts_with("aria-"));
        let found = texts.into_iter().filter(|text| text.contains(char::is_alphabetic));
        bare.extend(found.map(|text| format!("{}: {}", path.display(), text.trim())));
    }
    assert!(bare.is_empty(), "{}", bare.join("\n"));
}

/// Everything but the tags, and the tags. What stands in `<code>` is kept apart by its tag.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut outside, mut tags) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        outside.push_str(before);
        let (tag, after) = after.split_once('>').unwrap();
        match tag {
            "code" | "/code" => outside.push_str(&format!("<{tag}>")),
            tag => tags.push(tag.to_owned()),
        }
        rest = after;
    }
    outside.push_str(rest);
    (outside, tags)
}

fn spoken(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(str::to_owned)
}

/// The text without what stands between these two marks.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        left.push_str(before);
        match after.split_once(to) {
            Some((_, after)) => rest = after,
            None => {
                rest = "";
                break;
            }
        }
    }
    left + rest
}
