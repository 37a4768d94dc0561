//! An authenticator in software (WebAuthn level 2): ES256 keys, no attestation, a counter.

use claviger_engine::PasskeyCeremony;
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

/// Flags of what an authenticator says (section 6.1): a user was there and verified, and a credential comes along.
const PRESENT_AND_VERIFIED: u8 = 0x05;
const WITH_CREDENTIAL: u8 = 0x40;

/// What it keeps of one passkey.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    user: String,
    uses: u32,
}

impl Authenticator {
    /// Makes a passkey; answers it with what the page sends on.
    pub(crate) fn create(number: u8, begun: &PasskeyCeremony, origin: &str) -> (Self, String) {
        let options = public_key(begun);
        let user = options["user"]["id"].as_str().unwrap().to_owned();
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        let made = Self { key, id: [number; 16], user, uses: 0 };
        let mut said = made.says(&options["rp"]["id"], PRESENT_AND_VERIFIED | WITH_CREDENTIAL);
        said.extend([0; 16]);
        said.extend([0, 16]);
        said.extend(made.id);
        said.extend(made.cose());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(said.len()).unwrap());
        attestation.extend(said);
        let response = json!({
            "attestationObject": BASE64URL_NOPAD.encode(&attestation),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data("webauthn.create", &options, origin)),
        });
        let answer = made.answer(&response);
        (made, answer)
    }

    /// Shows the passkey; what the page sends on.
    pub(crate) fn show(&mut self, begun: &PasskeyCeremony, origin: &str) -> String {
        let options = public_key(begun);
        self.uses += 1;
        let said = self.says(&options["rpId"], PRESENT_AND_VERIFIED);
        let client = client_data("webauthn.get", &options, origin);
        let signed = [said.as_slice(), &claviger_secrets::sha256(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": BASE64URL_NOPAD.encode(&said),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client),
            "signature": BASE64URL_NOPAD.encode(signature.to_der().as_bytes()),
            "userHandle": self.user,
        });
        self.answer(&response)
    }

    /// The head of what it signs.
    fn says(&self, party: &Value, flags: u8) -> Vec<u8> {
        let party = claviger_secrets::sha256(party.as_str().unwrap().as_bytes());
        [party.as_slice(), &[flags], &self.uses.to_be_bytes()].concat()
    }

    /// The public key (RFC 9053 section 7.1.1).
    fn cose(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64URL_NOPAD.encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}

fn public_key(begun: &PasskeyCeremony) -> Value {
    let mut options: Value = serde_json::from_str(&begun.options).unwrap();
    options["publicKey"].take()
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
    json!({"type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false})
        .to_string()
        .into_bytes()
}
