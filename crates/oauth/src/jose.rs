//! Signed texts of others (RFC 7515 in compact form), taken apart. Their signatures are not looked at here.

use claviger_domain::{Algorithm, Timestamp};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

/// The longest text that is taken apart, in bytes.
const LONGEST: usize = 16 * 1024;
/// The last second that a date may name: the year 9999. Later ones are no dates.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// A JWT, taken apart.
#[derive(Clone)]
pub struct Jwt<'t> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'t [u8],
    signature: Vec<u8>,
}

impl<'t> Jwt<'t> {
    /// Takes a text apart. None for what is no JWT of three parts, and for one with extensions that must be understood
    /// (`crit`, RFC 7515 section 4.1.11): there are none here.
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header)?;
        let is_plain = !header.contains_key("crit") && !header.contains_key("zip");
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let claims = object(claims)?;
        is_plain.then_some(Self { header, claims, signed: signed.as_bytes(), signature })
    }

    /// How it says it is signed; none for `none` and what is unknown.
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(self.header_text("alg")?)
    }

    /// A text of the header.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// Any member of the header.
    pub fn header(&self, name: &str) -> Option<&Value> {
        self.header.get(name)
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// A claim that is a date (RFC 7519 section 2), rounded down to its second.
    pub fn date(&self, name: &str) -> Option<Timestamp> {
        let value = self.claims.get(name)?;
        if let Some(seconds) = value.as_i64() {
            return Some(Timestamp::from_seconds(seconds));
        }
        let seconds = value.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds))?;
        Some(Timestamp::from_seconds(seconds.floor() as i64))
    }

    /// What the signature is over.
    pub const fn signed(&self) -> &'t [u8] {
        self.signed
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

/// Only what it says of its signature.
impl std::fmt::Debug for Jwt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwt").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn jwt(header: &str, claims: &str) -> String {
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        format!("{}.{}.AQID", encode(header), encode(claims))
    }

    #[test]
    fn a_jwt_comes_apart() {
        let text = jwt(r#"{"alg":"ES256","kid":"k"}"#, r#"{"sub":"a","iat":7,"exp":1.9e9,"nbf":-1.5}"#);
        let parsed = Jwt::parse(&text).unwrap();
        assert_eq!((parsed.algorithm(), parsed.header_text("kid")), (Some(Algorithm::Es256), Some("k")));
        assert_eq!(parsed.date("exp"), Some(Timestamp::from_seconds(1_900_000_000)));
        assert_eq!((parsed.date("iat"), parsed.date("nbf")), (Some(Timestamp::from_seconds(7)), None));
        assert_eq!((parsed.text("sub"), parsed.signature()), (Some("a"), [1, 2, 3].as_slice()));
        assert_eq!(parsed.signed(), text.rsplit_once('.').unwrap().0.as_bytes());
    }

    #[test]
    fn what_is_none_or_asks_for_extensions_is_refused() {
        let good = r#"{"sub":"a"}"#;
        assert!(Jwt::parse(&jwt(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, good)).is_none());
        assert!(Jwt::parse(&jwt("[]", good)).is_none());
        assert!(Jwt::parse(&jwt(r#"{"alg":"ES256"}"#, "7")).is_none());
        assert!(Jwt::parse("a.b").is_none() && Jwt::parse("..").is_none() && Jwt::parse("").is_none());
        assert!(Jwt::parse(&format!("{}.x", jwt("{}", good))).is_none(), "four parts");
        assert!(Jwt::parse(&jwt("{}", &format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST)))).is_none());
        let none = jwt(r#"{"alg":"none"}"#, good);
        assert_eq!(Jwt::parse(&none).unwrap().algorithm(), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", header in ".*", claims in ".*") {
            let _ = Jwt::parse(&text);
            if let Some(parsed) = Jwt::parse(&jwt(&header, &claims)) {
                let _ = (parsed.date("exp"), parsed.algorithm());
            }
        }
    }
}
