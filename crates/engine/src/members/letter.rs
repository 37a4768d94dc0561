//! The letter of an invitation, and the token in its link.

use std::time::Duration;

use claviger_domain::{Environment, InvitationId, KeyFormat, KeyKind, KeyShape};
use claviger_secrets::{Plain, Purpose, Recognized, generate_key, recognize};

use crate::engine::Engine;
use crate::error::Error;
use crate::letter::Sender;
use crate::mailer::Mail;
use crate::message::Message;

/// How long an invitation's link is good.
pub(crate) const INVITATION_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Engine {
    /// In whose name members are written to, and where the portal is.
    pub(crate) fn portal_sender(&self) -> Sender {
        let origin = self.options().control_origin.trim_end_matches('/');
        Sender { title: "Claviger".to_owned(), issuer: format!("{origin}/portal") }
    }

    /// Writes an invitation's letter with a new link, if it still waits for an answer. Runs in the background.
    pub(crate) async fn write_invitation(
        &self,
        id: InvitationId,
        sender: &Sender,
    ) -> Result<Option<Mail>, Error> {
        let (invitation, workspace) = {
            let mut read = self.store().read().await?;
            let Some(invitation) = read.find_invitation(id).await? else { return Ok(None) };
            let Some(workspace) = read.find_workspace(invitation.workspace).await? else { return Ok(None) };
            (invitation, workspace)
        };
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::Invitation, text.expose().as_bytes()).bytes();
        let now = self.now();
        let expires_at = now.plus(INVITATION_LIFE);
        let is_open = self
            .store()
            .write(move |tx| Box::pin(async move { tx.send_invitation(id, &lookup, now, expires_at).await }))
            .await?;
        // The token's form needs no encoding.
        let link = format!("{}/invitation?token={}", sender.issuer, text.expose());
        let (workspace, role) = (workspace.name.to_string(), invitation.role);
        let message = Message::Invitation { workspace, role, link: Plain::new(link) };
        Ok(is_open.then_some(Mail { to: invitation.email, language: None, message }))
    }

    /// The keyed hash of a text that has the form of an invitation's token.
    pub(super) fn invitation_lookup(&self, token: &str) -> Option<[u8; 32]> {
        let is_one = matches!(recognize(token.as_bytes(), &[token_format()]), Recognized::Key(_));
        is_one.then(|| self.vault().hash(Purpose::Invitation, token.as_bytes()).bytes())
    }
}

/// Links' tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_join_".into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
