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
    fn a_secret_does_not_print_and_has_its_length() {
        let secret = WebhookSecret::from_bytes(&[7; LENGTH]).unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert_eq!(WebhookSecret::from_bytes(&[7; 31]).unwrap_err(), Error::Altered);
    }
}
