//! The letters that tell of a finding: to the provider, and to those who look after the key's workspace.

use crate::engine::Engine;
use crate::error::Error;
use crate::letter::FindingLetter;
use crate::mailer::Mail;
use crate::message::Message;

impl Engine {
    /// Writes a letter about a finding. Runs in the background.
    pub(crate) async fn write_finding(&self, letter: &FindingLetter) -> Result<Option<Mail>, Error> {
        let found = self.store().read().await?.find_finding(letter.id, None).await?;
        let Some(finding) = found else { return Ok(None) };
        let origin = self.options().control_origin.trim_end_matches('/');
        let (is_for_caretaker, link) = match (finding.workspace, finding.subject.key()) {
            (Some(workspace), Some(key)) if letter.is_for_caretaker => {
                (true, format!("{origin}/portal/{workspace}/keys/{key}"))
            }
            _ => (false, format!("{origin}/console/findings/{}", finding.id)),
        };
        let (finding, response) = (Box::new(finding), letter.response);
        let message = Message::Finding { finding, response, is_for_caretaker, link };
        Ok(Some(Mail { to: letter.to.clone(), language: None, message }))
    }
}
