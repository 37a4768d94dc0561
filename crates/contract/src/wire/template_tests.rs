use super::*;
use proptest::prelude::*;
use serde_json::json;

#[derive(Clone, Copy)]
enum Given {
    Text,
    Number,
    Absent,
    List,
}

impl Word for Given {
    const ALL: &'static [(&'static str, Self)] =
        &[("text", Self::Text), ("number", Self::Number), ("absent", Self::Absent), ("list", Self::List)];
}

struct Sample(String);

impl Values<Given> for Sample {
    fn value(&self, word: Given) -> Value<'_> {
        match word {
            Given::Text => Value::text(self.0.as_str()),
            Given::Number => Value::Number(7),
            Given::Absent => Value::Absent,
            Given::List => Value::List(vec!["a".into(), "b".into()]),
        }
    }
}

fn constants(json: Json) -> Constants {
    match json {
        Json::Object(map) => map.into_iter().collect(),
        _ => Constants::new(),
    }
}

fn render(body: &Json, given: Json, text: &str) -> String {
    Node::<Given>::compile(body, &constants(given)).render(&Sample(text.to_owned()))
}

#[test]
fn a_placeholder_that_is_the_whole_text_keeps_its_type() {
    let body = json!({"code": "{code}", "n": "{number}", "in": "no. {number}", "scopes": "{list}"});
    assert_eq!(
        render(&body, json!({"code": 40101}), ""),
        r#"{"code":40101,"n":7,"in":"no. 7","scopes":["a","b"]}"#
    );
}

#[test]
fn a_member_without_a_value_is_left_out() {
    let body = json!({"a": "{absent}", "b": 1, "c": "{absent}", "d": "x{absent}"});
    assert_eq!(render(&body, json!({}), ""), r#"{"b":1,"d":"x"}"#);
    assert_eq!(render(&json!({"a": "{absent}"}), json!({}), ""), "{}");
    assert_eq!(render(&json!(["{absent}"]), json!({}), ""), "[null]");
}

#[test]
fn constants_may_hold_words_but_words_are_never_templates() {
    let body = json!({"message": "{message}"});
    assert_eq!(
        render(&body, json!({"message": "say {text}"}), "{number}\""),
        r#"{"message":"say {number}\""}"#
    );
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(render(&json!("{{text}} {text}"), json!({}), "x"), r#""{text} x""#);
    for bad in ["{", "}", "{}", "{a b}", "{a", "a}"] {
        assert_eq!(split(bad), Err(LoneBrace), "{bad:?}");
    }
}

#[test]
fn markup_cannot_be_broken_out_of() {
    let source = BodySource::Text("<m t='{text}'>{note}</m>".to_owned(), Escape::Markup);
    let body = source.compile::<Given>(&constants(json!({"note": "a < b {text}"})));
    assert_eq!(
        body.render(&Sample("'><x>&\u{0}".to_owned())),
        "<m t='&#39;&gt;&lt;x&gt;&amp;\u{FFFD}'>a &lt; b &#39;&gt;&lt;x&gt;&amp;\u{FFFD}</m>"
    );
}

#[test]
fn form_values_are_percent_encoded() {
    let source = BodySource::Text("m={text}".to_owned(), Escape::Form);
    assert_eq!(
        source.compile::<Given>(&Constants::new()).render(&Sample("a b&c=ü".to_owned())),
        "m=a+b%26c%3D%C3%BC"
    );
}

proptest! {
    #[test]
    fn a_json_template_always_gives_valid_json(text in ".*", literal in ".*", key in ".*") {
        let literal = literal.replace('{', "{{").replace('}', "}}");
        let body = json!({key.clone(): format!("{literal}{{text}}"), "whole": "{text}", "list": ["{list}", "{absent}"]});
        let rendered = render(&body, json!({}), &text);
        let parsed: Json = serde_json::from_str(&rendered).unwrap();
        if key != "whole" {
            prop_assert_eq!(parsed["whole"].as_str(), Some(text.as_str()));
        }
    }

    #[test]
    fn no_text_makes_the_splitter_panic(text in ".*") {
        let _ = split(&text);
    }
}
