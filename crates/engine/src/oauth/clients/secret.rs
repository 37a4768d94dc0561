//! Secrets of clients: URL-safe, so that clients that forget to form-encode them in HTTP Basic work.

use std::time::Duration;

use claviger_domain::{
    Action, Actor, ChangeKind, ClientId, ClientSecret, ClientSecretId, Environment, Event, KeyFormat,
    KeyKind, KeyShape, Timestamp,
};
use claviger_secrets::{Plain, Purpose, generate_key, hint};

use super::{ClientError, IssuedClientSecret};
use crate::engine::Engine;

/// The longest time for which earlier secrets go on.
const MAX_OVERLAP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Engine {
    /// Gives a client a new secret; earlier ones work for as long as `overlap` says.
    ///
    /// # Errors
    /// When it has no secret, the overlap is too long, or the database fails.
    pub async fn rotate_client_secret(
        &self,
        actor: &Actor,
        id: ClientId,
        overlap: Duration,
    ) -> Result<IssuedClientSecret, ClientError> {
        self.admit_client_change(actor, id).await?;
        if overlap > MAX_OVERLAP {
            return Err(ClientError::OverlapTooLong { max: MAX_OVERLAP });
        }
        let now = self.now();
        let (text, kept) = self.draft_client_secret(now);
        let audit = self.auditor(actor, now);
        let (secret, earlier_end_at, by) = (kept.id, now.plus(overlap), actor.to_string());
        let client = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let client = tx.find_client(id).await?.ok_or(ClientError::UnknownClient)?;
                    if !client.metadata.authentication.has_secret() {
                        return Err(ClientError::NoSecret);
                    }
                    tx.retire_client_secrets(id, earlier_end_at).await?;
                    tx.insert_client_secret(id, &kept).await?;
                    tx.update_client(id, &client.metadata, now, &by).await?;
                    audit.record(tx, Event::touched(Action::ClientSecretRotated, &client)).await?;
                    tx.append_change(&ChangeKind::Client(id), now).await?;
                    tx.find_client(id).await?.ok_or(ClientError::UnknownClient)
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
        Ok(IssuedClientSecret { client, id: secret, secret: text, earlier_end_at })
    }

    /// A new secret, in clear and as it is kept.
    pub(in crate::oauth) fn draft_client_secret(&self, now: Timestamp) -> (Plain, ClientSecret) {
        let format = secret_format();
        let text = generate_key(&format, self.entropy());
        let kept = ClientSecret {
            id: ClientSecretId::generate_at(now, self.entropy()),
            lookup: self.vault().hash(Purpose::ClientSecret, text.expose().as_bytes()).bytes(),
            last_four: hint(&format, &text).last_four.to_string(),
            created_at: now,
            retires_at: None,
        };
        (text, kept)
    }
}

/// Client secrets have a prefix of their own, so that scanners find leaked ones.
fn secret_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_cs_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
