//! The letters about a request for access, and the token in their link.

use claviger_domain::{AccessRequest, AccessRequestId, Environment, KeyFormat, KeyKind, KeyShape, Ruling};
use claviger_secrets::{Plain, Purpose, Recognized, generate_key, recognize};

use crate::engine::Engine;
use crate::error::Error;
use crate::letter::{AccessLetter, Sender};
use crate::mailer::Mail;
use crate::message::Message;

impl Engine {
    /// Writes a letter with a new link to the request's page. Runs in the background.
    pub(crate) async fn write_access_letter(
        &self,
        id: AccessRequestId,
        letter: AccessLetter,
        sender: &Sender,
    ) -> Result<Option<Mail>, Error> {
        let Some(request) = self.store().read().await?.find_access_request(id).await? else {
            return Ok(None);
        };
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::AccessRequest, text.expose().as_bytes()).bytes();
        let is_there = self
            .store()
            .write(move |tx| Box::pin(async move { tx.link_access_request(id, &lookup).await }))
            .await?;
        // The token's form needs no encoding.
        let link = format!("{}/request-access/status?token={}", sender.issuer, text.expose());
        let link = Plain::new(link);
        let message = match letter {
            AccessLetter::Received => Message::AccessReceived { link },
            AccessLetter::Declined => Message::AccessDeclined { reason: reason_of(&request), link },
        };
        Ok(is_there.then_some(Mail { to: request.email, language: None, message }))
    }

    /// The keyed hash of a text that has the form of a link's token.
    pub(super) fn access_lookup(&self, token: &str) -> Option<[u8; 32]> {
        let is_one = matches!(recognize(token.as_bytes(), &[token_format()]), Recognized::Key(_));
        is_one.then(|| self.vault().hash(Purpose::AccessRequest, token.as_bytes()).bytes())
    }
}

/// Why it was turned down.
fn reason_of(request: &AccessRequest) -> String {
    match request.ruled.as_ref().map(|ruled| &ruled.ruling) {
        Some(Ruling::Declined { reason }) => reason.as_str().to_owned(),
        Some(Ruling::Approved { .. }) | None => String::new(),
    }
}

/// Links' tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_ask_".into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
