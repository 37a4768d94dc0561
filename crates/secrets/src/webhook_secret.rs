//! What signs the messages to one endpoint (Standard Webhooks 1.0: HMAC-SHA-256 over id, time and body).

use std::fmt;

use aws_lc_rs::hmac;
use claviger_domain::{Entropy, Timestamp, WebhookMessageId};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plain::Plain;

/// Bytes of a secret; the specification takes 24 to 64.
const LENGTH: usize = 32;

/// The secret that an endpoint and this server share.
pub struct WebhookSecret(Zeroizing<[u8; LENGTH]>);

impl WebhookSecret {
    /// A new secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// The secret that was kept as these bytes.
    ///
    /// # Errors
    /// [`Error::Altered`] when they are not as many as a secret has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = <[u8; LENGTH]>::try_from(bytes).map_err(|_| Error::Altered)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The secret that its owner was shown as this text.
    ///
    /// # Errors
    /// [`Error::Altered`] when the text is none of a secret.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix("whsec_").ok_or(Error::Altered)?;
        let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).map_err(|_| Error::Altered)?);
        Self::from_bytes(&bytes)
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The text that the endpoint's owner is shown once: `whsec_` and base64.
    pub fn to_text(&self) -> Plain {
        Plain::new(format!("whsec_{}", BASE64.encode(self.expose())))
    }

    /// The signature of a message that is sent at this instant, as it stands in `webhook-signature`.
    pub fn sign(&self, id: WebhookMessageId, at: Timestamp, body: &str) -> String {
        let signed = format!("{id}.{}.{body}", at.seconds());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.expose()), signed.as_bytes());
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }

    /// Whether one of these signatures, with spaces between them, is this secret's for the message. Compared in constant
    /// time.
    pub fn is_among(&self, id: WebhookMessageId, at: Timestamp, body: &str, signatures: &str) -> bool {
        let signed = format!("{id}.{}.{body}", at.seconds());
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expose());
        let tags = signatures.split(' ').filter_map(|text| text.strip_prefix("v1,"));
        let mut tags = tags.filter_map(|text| BASE64.decode(text.as_bytes()).ok());
        tags.any(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_signature_is_the_one_that_other_implementations_make() {
        let secret = WebhookSecret::from_bytes(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(secret.to_text().expose(), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        let id = WebhookMessageId::from_uuid(Uuid::nil());
        let signature = secret.sign(id, Timestamp::from_seconds(1_614_265_330), r#"{"test": 2432232314}"#);
        // Made by Python's `hmac` and `base64` over
        // `msg_00000000000000000000000000.1614265330.{"test": 2432232314}`.
        assert_eq!(signature, "v1,D5DtpuEwW4V50Csq+82ffbc+PXx19DMFuHpzwwjcei0=");
    }

    #[test]
    fn a_receiver_knows_the_signature_of_its_own_secret_among_others() {
        let [own, other] = [[7; LENGTH], [8; LENGTH]].map(|bytes| WebhookSecret::from_bytes(&bytes).unwrap());
        let (id, at) = (WebhookMessageId::from_uuid(Uuid::nil()), Timestamp::from_seconds(5));
        let both = format!("{} {}", other.sign(id, at, "{}"), own.sign(id, at, "{}"));
        assert!(own.is_among(id, at, "{}", &both));
        assert!(!own.is_among(id, at, "{}", &other.sign(id, at, "{}")));
        assert!(!own.is_among(id, at, "{ }", &both));
        assert!(!own.is_among(id, Timestamp::from_seconds(6), "{}", &both));
        for nonsense in ["", "v1,", "v1,!", "v2,AAAA", &own.sign(id, at, "{}")[3..]] {
            assert!(!own.is_among(id, at, "{}", nonsense), "{nonsense}");
        }
    }

    #[test]
    fn a_secret_does_not_print_and_has_its_length() {
        let secret = WebhookSecret::from_bytes(&[7; LENGTH]).unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert_eq!(WebhookSecret::from_bytes(&[7; 31]).unwrap_err(), Error::Altered);
        let read = WebhookSecret::from_text(secret.to_text().expose()).unwrap();
        assert_eq!(read.expose(), secret.expose());
        for wrong in ["", "whsec_", "whsec_!", "BwcHBwc="] {
            assert_eq!(WebhookSecret::from_text(wrong).unwrap_err(), Error::Altered);
        }
    }
}
