//! What scanners look for to find an API's leaked keys, in the forms that they read.

use std::fmt::Write as _;
use std::str::FromStr;

use claviger_domain::{KeyFormat, KeyKind, KeyShape};
use serde_json::json;

use crate::contract::Contract;

/// Characters after the random part of a key that has a checksum.
const CHECKSUM: usize = 6;

/// Something that looks for leaked keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// gitleaks: rules for its TOML configuration.
    Gitleaks,
    /// TruffleHog: custom detectors for its YAML configuration.
    Trufflehog,
    /// GitHub's secret scanning: custom patterns, and what its partner programme asks for.
    Github,
}

/// The text names no scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected gitleaks, trufflehog or github")]
pub struct UnknownScanner;

impl Scanner {
    /// Every scanner.
    pub const ALL: [Self; 3] = [Self::Gitleaks, Self::Trufflehog, Self::Github];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Trufflehog => "trufflehog",
            Self::Github => "github",
        }
    }

    /// The media type of what it reads.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Gitleaks => "application/toml",
            Self::Trufflehog => "application/yaml",
            Self::Github => "application/json",
        }
    }
}

impl FromStr for Scanner {
    type Err = UnknownScanner;

    fn from_str(text: &str) -> Result<Self, UnknownScanner> {
        Self::ALL.into_iter().find(|scanner| scanner.as_str() == text).ok_or(UnknownScanner)
    }
}

/// One kind of key to look for.
struct Pattern {
    id: String,
    title: String,
    prefix: String,
    /// What matches exactly the key, in syntax that RE2, Hyperscan and Perl share.
    body: String,
}

impl Contract {
    /// What a scanner looks for to find keys of this API. Keys that begin like nothing else are among it; the public half
    /// of a pair is no secret and is not.
    pub fn leak_patterns(&self, scanner: Scanner) -> String {
        let mut patterns: Vec<Pattern> = Vec::new();
        for format in &self.policy.key_formats {
            // One prefix may stand for both environments.
            if let Some(pattern) = self.pattern(format)
                && patterns.iter().all(|known| known.body != pattern.body)
            {
                patterns.push(pattern);
            }
        }
        match scanner {
            Scanner::Gitleaks => gitleaks(&patterns),
            Scanner::Trufflehog => trufflehog(&patterns),
            Scanner::Github => github(&patterns),
        }
    }

    fn pattern(&self, format: &KeyFormat) -> Option<Pattern> {
        let KeyShape::Checked { random } = format.shape else { return None };
        if format.kind != KeyKind::Single || format.prefix.is_empty() {
            return None;
        }
        let name = self.policy.name.as_str();
        let length = usize::from(random) + CHECKSUM;
        let (prefix, environment) = (format.prefix.to_string(), format.environment);
        Some(Pattern {
            id: format!("{name}-{environment}-key"),
            title: format!("{} API key ({environment})", self.title),
            body: format!("{}[0-9A-Za-z]{{{length}}}", escape(&prefix)),
            prefix,
        })
    }
}

/// A prefix may hold characters that mean something in a regular expression.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '_' | '-') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A text in quotes as JSON, YAML and TOML's basic strings have it.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn gitleaks(patterns: &[Pattern]) -> String {
    let mut text = String::new();
    for Pattern { id, title, prefix, body } in patterns {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[[rules]]\nid = {}\ndescription = {}\nregex = '''\\b({body})\\b'''\nkeywords = [{}]\n\n",
            quoted(id),
            quoted(title),
            // gitleaks compares keywords in lower case.
            quoted(&prefix.to_lowercase()),
        );
    }
    text
}

fn trufflehog(patterns: &[Pattern]) -> String {
    let mut text = "detectors:\n".to_owned();
    for Pattern { id, prefix, body, .. } in patterns {
        let (id, keyword, regex) = (quoted(id), quoted(prefix), quoted(&format!("\\b({body})\\b")));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "  - name: {id}\n    keywords:\n      - {keyword}\n    regex:\n      key: {regex}\n"
        );
    }
    text
}

fn github(patterns: &[Pattern]) -> String {
    let list: Vec<_> = patterns
        .iter()
        .map(|Pattern { id, title, body, .. }| {
            json!({
                "type": id, "name": title, "secret_format": body,
                "before_secret": "\\A|[^0-9A-Za-z_]", "after_secret": "\\z|[^0-9A-Za-z]",
            })
        })
        .collect();
    // Texts in a list cannot fail to serialize.
    serde_json::to_string_pretty(&list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Contract {
        let text = include_str!("../../../contracts/propertybase.toml");
        crate::parse("propertybase.toml", text).unwrap().contract
    }

    #[test]
    fn every_scanner_gets_every_prefix_once_and_in_its_own_syntax() {
        let contract = contract();
        let prefixes: Vec<_> =
            contract.policy().key_formats.iter().map(|format| format.prefix.to_string()).collect();
        assert!(!prefixes.is_empty());
        for scanner in Scanner::ALL {
            assert_eq!(scanner.as_str().parse(), Ok(scanner));
            let text = contract.leak_patterns(scanner);
            for prefix in &prefixes {
                assert_eq!(text.matches(&format!("{prefix}[0-9A-Za-z]{{")).count(), 1, "{text}");
            }
        }
        let rules: toml::Table = contract.leak_patterns(Scanner::Gitleaks).parse().unwrap();
        let rules = rules["rules"].as_array().unwrap();
        assert_eq!(rules.len(), prefixes.len());
        assert!(rules[0]["regex"].as_str().unwrap().starts_with("\\b("));
        let list: serde_json::Value = serde_json::from_str(&contract.leak_patterns(Scanner::Github)).unwrap();
        assert_eq!(list.as_array().unwrap().len(), prefixes.len());
    }

    #[test]
    fn what_means_something_in_a_pattern_is_escaped() {
        assert_eq!(escape("a.b+c_d-e"), "a\\.b\\+c_d-e");
        assert_eq!("grep".parse::<Scanner>(), Err(UnknownScanner));
    }
}
