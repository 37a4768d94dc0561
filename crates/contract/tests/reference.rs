//! The examples of the language's reference are good.

use claviger_contract::parse;

/// What the reference's fragments leave out.
const LEAST: &str = r#"
name = "a"
title = "A"

[[host]]
name = "a.test"
roles = ["api"]

[keys]
"#;

#[test]
fn every_example_of_the_reference_parses() {
    let text = include_str!("../../../docs/contract-language.md");
    let examples: Vec<&str> =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 7);
    for example in examples {
        let credential = if example.contains("[[credential]]") {
            ""
        } else {
            "[[credential]]\nin = \"bearer\"\nkinds = [\"key\"]\n"
        };
        let whole = if example.starts_with("name") {
            example.to_owned()
        } else {
            format!("{LEAST}{credential}{example}")
        };
        let parsed = parse("reference", &whole).unwrap_or_else(|found| panic!("\n{}", found.render(false)));
        assert!(parsed.warnings.is_empty(), "{}", parsed.warnings);
    }
}
