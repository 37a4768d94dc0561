//! What is said of a token, in its claims or in answer to a question: borrowed, because both are made by the thousand.

use claviger_domain::ScopeSet;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// One value.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Claim<'c> {
    Text(&'c str),
    Texts(&'c [String]),
    Number(i64),
    Truth(bool),
    /// One text with spaces between (RFC 6749 section 3.3).
    #[serde(serialize_with = "as_text")]
    Scopes(&'c ScopeSet),
    /// RFC 9449 section 6.1.
    Confirmation {
        jkt: &'c str,
    },
    Object(&'c Value),
}

impl<'c> Claim<'c> {
    /// The audience of a token for these resources; for none, it is the API itself.
    pub(crate) fn audience(resources: &'c [String], issuer: &'c str) -> Self {
        match resources {
            [] => Self::Text(issuer),
            [one] => Self::Text(one),
            several => Self::Texts(several),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_text<S: Serializer>(scopes: &&ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_is_written_as_itself() {
        let (texts, object) = (["a".to_owned(), "b".to_owned()], json!({"sub": "x"}));
        let scopes = ScopeSet::parse_spaced("write read").unwrap();
        for (claim, expected) in [
            (Claim::Text("a"), json!("a")),
            (Claim::Texts(&texts), json!(["a", "b"])),
            (Claim::Number(-1), json!(-1)),
            (Claim::Truth(true), json!(true)),
            (Claim::Scopes(&scopes), json!("read write")),
            (Claim::Confirmation { jkt: "k" }, json!({"jkt": "k"})),
            (Claim::Object(&object), object.clone()),
            (Claim::audience(&[], "https://api.example"), json!("https://api.example")),
            (Claim::audience(&texts[..1], "https://api.example"), json!("a")),
            (Claim::audience(&texts, "https://api.example"), json!(["a", "b"])),
        ] {
            assert_eq!(serde_json::to_value(claim).unwrap(), expected);
        }
    }
}
