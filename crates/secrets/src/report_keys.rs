//! The public keys by which those who find leaked keys sign their reports: ECDSA over P-256 with SHA-256.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use data_encoding::BASE64;
use serde::Deserialize;

/// What stands before the point in a `SubjectPublicKeyInfo` of P-256 (RFC 5480 section 2): the algorithm and the curve.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Why a list of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportKeysError {
    /// It is not the JSON that GitHub publishes.
    #[error(
        "expected {{\"public_keys\": [{{\"key_identifier\": \"…\", \"key\": \"-----BEGIN PUBLIC KEY-----…\"}}]}}"
    )]
    Form,
    /// A key is no public key of P-256 in PEM.
    #[error("the key `{0}` is no public key of P-256 in PEM")]
    Key(String),
}

#[derive(Deserialize)]
struct Document {
    public_keys: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key_identifier: String,
    key: String,
}

/// Keys by their names. Without any, nothing is theirs.
#[derive(Clone, Default)]
pub struct ReportKeys(BTreeMap<String, ParsedPublicKey>);

impl ReportKeys {
    /// Reads the document that GitHub publishes at `https://api.github.com/meta/public_keys/secret_scanning`.
    ///
    /// # Errors
    /// When it is another document, or a key in it is of another kind.
    pub fn parse(json: &str) -> Result<Self, ReportKeysError> {
        let document: Document = serde_json::from_str(json).map_err(|_| ReportKeysError::Form)?;
        let read = |entry: Entry| match public_key(&entry.key) {
            Some(key) => Ok((entry.key_identifier, key)),
            None => Err(ReportKeysError::Key(entry.key_identifier)),
        };
        document.public_keys.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key of this name signed exactly these bytes. The signature is DER in base64.
    pub fn verify(&self, name: &str, signature: &str, signed: &[u8]) -> bool {
        let (Some(key), Ok(signature)) = (self.0.get(name), BASE64.decode(signature.trim().as_bytes()))
        else {
            return false;
        };
        key.verify_sig(signed, &signature).is_ok()
    }
}

impl fmt::Debug for ReportKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn public_key(pem: &str) -> Option<ParsedPublicKey> {
    let body =
        pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let text: String = body.split_whitespace().collect();
    let der = BASE64.decode(text.as_bytes()).ok()?;
    let point = der.strip_prefix(P256.as_slice())?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation of its partner program.
    const NAME: &str = "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d";
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n\
        HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==\n-----END PUBLIC KEY-----\n";
    const SIGNATURE: &str =
        "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=";
    const BODY: &[u8] =
        br#"[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]"#;

    fn document(name: &str, key: &str) -> String {
        let entry = serde_json::json!({"key_identifier": name, "key": key, "is_current": true});
        serde_json::json!({"public_keys": [entry]}).to_string()
    }

    #[test]
    fn the_documented_report_is_githubs_and_no_other_is() {
        let keys = ReportKeys::parse(&document(NAME, KEY)).unwrap();
        assert!(keys.verify(NAME, SIGNATURE, BODY));
        let mut altered = BODY.to_vec();
        altered.push(b'\n');
        assert!(!keys.verify(NAME, SIGNATURE, &altered));
        assert!(!keys.verify("another", SIGNATURE, BODY));
        for signature in ["", "x", "MEUCIQ==", &SIGNATURE.replace("MEUC", "MEQC")] {
            assert!(!keys.verify(NAME, signature, BODY), "{signature}");
        }
        assert!(!ReportKeys::default().verify(NAME, SIGNATURE, BODY));
    }

    #[test]
    fn other_documents_and_keys_are_refused() {
        for bad in ["", "{}", "[]", "{\"public_keys\": 1}"] {
            assert_eq!(ReportKeys::parse(bad).unwrap_err(), ReportKeysError::Form, "{bad}");
        }
        for bad in ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            assert_eq!(
                ReportKeys::parse(&document("k", bad)).unwrap_err(),
                ReportKeysError::Key("k".to_owned())
            );
        }
    }
}
