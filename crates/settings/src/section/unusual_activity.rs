//! `[unusual_activity]`: what is done about what is found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claviger_domain::{Email, Response, Responses, Rule};
use serde::{Deserialize, Serialize};

use super::{Breach, anchor};

/// What is done about unusual activity, and who is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnusualActivitySettings {
    /// Whom findings are told by mail.
    pub mail_to: Vec<String>,
    /// How long findings are kept after they were last found.
    #[serde(with = "crate::duration")]
    pub keep: Duration,
    /// The public keys by which GitHub signs what it tells of leaked keys, as it publishes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_keys: Option<PathBuf>,
    /// A file in MaxMind's format that tells countries by addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<PathBuf>,
    /// What is done, by rule.
    #[serde(default)]
    pub responses: BTreeMap<String, String>,
}

impl UnusualActivitySettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if let Err((path, message)) = self.parse() {
            breaches.push(Breach::new(&format!("unusual_activity.{path}"), message));
        }
    }

    pub(super) fn anchor(&mut self, base: &Path) {
        for path in [&mut self.github_keys, &mut self.countries].into_iter().flatten() {
            anchor(path, base);
        }
    }

    /// Whom findings are told.
    pub fn readers(&self) -> Vec<Email> {
        // Settings with an address that is none are refused when they are loaded.
        self.parse().map(|(readers, _)| readers).unwrap_or_default()
    }

    /// What is done, by rule.
    pub fn chosen(&self) -> Responses {
        self.parse().map(|(_, responses)| responses).unwrap_or_default()
    }

    fn parse(&self) -> Result<(Vec<Email>, Responses), (String, String)> {
        let mut readers = Vec::new();
        for text in &self.mail_to {
            let reader = text
                .parse()
                .map_err(|error| ("mail_to".to_owned(), format!("the e-mail address {text:?} {error}")))?;
            readers.push(reader);
        }
        let mut chosen = BTreeMap::new();
        for (rule, response) in &self.responses {
            let wrong = |message: String| ("responses".to_owned(), message);
            let parsed: (Rule, Response) = (
                rule.parse().map_err(|error| wrong(format!("{error}")))?,
                response.parse().map_err(|error| wrong(format!("{error}")))?,
            );
            chosen.insert(parsed.0, parsed.1);
        }
        let responses =
            Responses::new(chosen).map_err(|error| ("responses".to_owned(), error.to_string()))?;
        Ok((readers, responses))
    }
}
