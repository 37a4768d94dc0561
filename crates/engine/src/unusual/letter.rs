//! The letters that tell of a finding: to the provider, and to those who look after the key's workspace.

use claviger_domain::{Finding, Response, Rule};
use claviger_secrets::Plain;

use crate::engine::Engine;
use crate::error::Error;
use crate::letter::FindingLetter;
use crate::mailer::Mail;

impl Engine {
    /// Writes a letter about a finding. Runs in the background.
    pub(crate) async fn write_finding(&self, letter: &FindingLetter) -> Result<Option<Mail>, Error> {
        let found = self.store().read().await?.find_finding(letter.id, None).await?;
        let Some(finding) = found else { return Ok(None) };
        let origin = self.options().control_origin.trim_end_matches('/');
        let (done, link) = match (finding.workspace, finding.subject.key()) {
            (Some(workspace), Some(key)) if letter.is_for_caretaker => {
                (for_caretakers(&finding, letter.response), format!("{origin}/portal/{workspace}/keys/{key}"))
            }
            _ => (
                for_provider(letter.response).to_owned(),
                format!("{origin}/console/findings/{}", finding.id),
            ),
        };
        let text = format!(
            "Hello,\n\n{title}: {subject}\n\n{evidence}.\n\nWhat the rule sees: {sees}\n\nWhat else it may be: {innocent}\n\n\
             {done}\n\n{link}\n",
            title = finding.rule.title(),
            subject = finding.subject,
            evidence = finding.evidence.in_words(),
            sees = finding.rule.sees(),
            innocent = finding.rule.innocent(),
        );
        let subject = format!("Claviger: {}", finding.rule.title());
        Ok(Some(Mail { to: letter.to.clone(), subject, text: Plain::new(text) }))
    }
}

const fn for_provider(response: Response) -> &'static str {
    match response {
        Response::Notify => "Nothing was done about it.",
        Response::Throttle => "The key was slowed down to one request a second until you lift that.",
        Response::Quarantine => "The key only reads until you lift that.",
        Response::Revoke => "The key was revoked.",
    }
}

fn for_caretakers(finding: &Finding, response: Response) -> String {
    let done = match response {
        Response::Notify => "The key goes on working.",
        Response::Throttle => "The key was slowed down to one request a second until that is lifted.",
        Response::Quarantine => "The key only reads until that is lifted.",
        Response::Revoke => "The key was revoked.",
    };
    let advice = match (finding.rule, response) {
        (_, Response::Revoke) => "Make a new key and put it where the old one was.",
        (Rule::LeakedKey, _) => "Make a new key, put it where the old one was, and revoke the old one now.",
        _ => {
            "Find out whether it was you; if not, make a new key and revoke this one. Only your provider can lift it."
        }
    };
    format!(
        "{done} {advice}\n\nYou are written to because you are an owner or an admin of the workspace that the key is of."
    )
}
