//! `[apis.<name>.sign_in.<provider>]`: another OpenID provider that users may sign in with.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Breach, anchor};
use crate::origin::Upstream;
use crate::secret::Secret;

/// The longest name of a provider.
const LONGEST_NAME: usize = 40;

/// A provider, and who we are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What people call it.
    pub title: String,
    /// Its issuer, exactly as its metadata has it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; this or the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// The file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
}

impl ProviderSettings {
    pub(super) fn check(&self, name: &str, path: &[String], breaches: &mut Vec<Breach>) {
        let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let mut complain = |key: Option<&str>, message: &str| {
            let path = path.iter().map(String::as_str).chain(key).map(str::to_owned).collect();
            breaches.push(Breach { path, message: message.to_owned() });
        };
        if !(1..=LONGEST_NAME).contains(&name.len()) || !name.bytes().all(is_legal) {
            complain(None, "a provider's name has 1 to 40 characters of `a-z`, `0-9` and `-`");
        }
        if self.issuer.parse::<Upstream>().is_err() {
            complain(Some("issuer"), "must be an absolute http or https URL without query");
        }
        match (&self.client_secret, &self.client_secret_file) {
            (Some(_), None) | (None, Some(_)) => {}
            (Some(_), Some(_)) => {
                complain(Some("client_secret"), "set `client_secret` or `client_secret_file`, not both");
            }
            (None, None) => complain(Some("client_secret"), "or `client_secret_file` is needed"),
        }
    }

    pub(super) fn anchor(&mut self, base: &Path) {
        if let Some(file) = &mut self.client_secret_file {
            anchor(file, base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, change: impl FnOnce(&mut ProviderSettings)) -> Vec<String> {
        let mut settings = ProviderSettings {
            title: "Example".to_owned(),
            issuer: "https://login.example.com/tenant".to_owned(),
            client_id: "us".to_owned(),
            client_secret: Some(Secret::new("hidden".to_owned())),
            client_secret_file: None,
        };
        change(&mut settings);
        let mut breaches = Vec::new();
        settings.check(name, &["at".to_owned()], &mut breaches);
        breaches.into_iter().map(|breach| breach.path.join(".")).collect()
    }

    #[test]
    fn a_provider_has_a_name_for_addresses_an_issuer_and_one_secret() {
        assert!(complaints("google-2", |_| ()).is_empty());
        for name in ["", "Google", "a/b", &"x".repeat(41)] {
            assert_eq!(complaints(name, |_| ()), ["at"], "{name}");
        }
        assert_eq!(complaints("a", |s| s.issuer = "login.example.com".to_owned()), ["at.issuer"]);
        assert_eq!(complaints("a", |s| s.client_secret = None), ["at.client_secret"]);
        let both = |s: &mut ProviderSettings| s.client_secret_file = Some("f".into());
        assert_eq!(complaints("a", both), ["at.client_secret"]);
    }
}
