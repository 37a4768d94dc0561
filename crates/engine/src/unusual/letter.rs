//! The letter that tells of a finding.

use claviger_domain::{Email, FindingId, Response};
use claviger_secrets::Plain;

use crate::engine::Engine;
use crate::error::Error;
use crate::mailer::Mail;

impl Engine {
    /// Writes the letter about a finding. Runs in the background.
    pub(crate) async fn write_finding(
        &self,
        id: FindingId,
        (to, response): (&Email, Response),
    ) -> Result<Option<Mail>, Error> {
        let found = self.store().read().await?.find_finding(id, None).await?;
        let Some(finding) = found else { return Ok(None) };
        let origin = self.options().control_origin.trim_end_matches('/');
        let done = match response {
            Response::Notify => "Nothing was done about it.",
            Response::Throttle => "The key was slowed down to one request a second until you lift that.",
            Response::Quarantine => "The key only reads until you lift that.",
            Response::Revoke => "The key was revoked.",
        };
        let text = format!(
            "Hello,\n\n{title}: {subject}\n\n{evidence}.\n\nWhat the rule sees: {sees}\n\nWhat else it may be: {innocent}\n\n\
             {done}\n\n{origin}/console/findings/{id}\n",
            title = finding.rule.title(),
            subject = finding.subject,
            evidence = finding.evidence.in_words(),
            sees = finding.rule.sees(),
            innocent = finding.rule.innocent(),
        );
        let subject = format!("Claviger: {}", finding.rule.title());
        Ok(Some(Mail { to: to.clone(), subject, text: Plain::new(text) }))
    }
}
