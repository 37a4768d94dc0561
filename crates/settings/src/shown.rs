//! The settings in force for people: key by key, with where each came from and what it means.

use toml::Value;

use crate::load::Loaded;

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSetting {
    /// Its dotted key.
    pub key: String,
    /// Its value as TOML; a secret says only that it is set.
    pub value: String,
    /// Where it was set; none for a built-in default.
    pub source: Option<String>,
    /// Its key as the manual has it, which shows by one example what can be set of each API and each rule.
    pub about: String,
    /// What the manual says about it; empty where a deployment names its own keys, such as hosts.
    pub meaning: String,
}

impl Loaded {
    /// Every setting in force, in the order of the manual.
    ///
    /// # Errors
    /// When the settings cannot be written as TOML.
    pub fn shown(&self) -> Result<Vec<ShownSetting>, toml::ser::Error> {
        let meanings = meanings(crate::MANUAL);
        let mut shown = Vec::new();
        walk(&Value::try_from(&self.settings)?, &mut Vec::new(), &mut |path, value| {
            let (key, manual_key) = (path.join("."), manual_key(path));
            let place = meanings.iter().position(|(known, _)| *known == manual_key);
            let section = meanings
                .iter()
                .position(|(known, _)| known.split('.').next() == path.first().map(String::as_str));
            let meaning = place.and_then(|place| meanings.get(place)).map(|(_, meaning)| meaning.clone());
            let setting = ShownSetting {
                value: value.to_string(),
                source: self.origins.get(&key).cloned(),
                meaning: meaning.unwrap_or_default(),
                about: manual_key,
                key,
            };
            shown.push(((section.unwrap_or(usize::MAX), place.unwrap_or(usize::MAX)), setting));
        });
        shown.sort_by_key(|(place, _)| *place);
        Ok(shown.into_iter().map(|(_, setting)| setting).collect())
    }
}

/// Calls `note` with each value that is no table, and the way to it.
fn walk(value: &Value, path: &mut Vec<String>, note: &mut impl FnMut(&[String], &Value)) {
    let Value::Table(table) = value else { return note(path, value) };
    for (key, value) in table {
        path.push(key.clone());
        walk(value, path, note);
        path.pop();
    }
}

/// The key as the manual has it, which shows by one example what can be set of each API and each rule.
fn manual_key(path: &[String]) -> String {
    let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_mut_slice() {
        ["apis", api, rest @ ..] => {
            *api = "example";
            match rest {
                ["sign_in", provider, rest @ ..] => {
                    *provider = "company";
                    if let [name @ "client_secret"] = rest {
                        *name = "client_secret_file";
                    }
                }
                ["hosts", host] => *host = "\"example.localhost\"",
                _ => {}
            }
        }
        ["unusual_activity", "responses", rule] => *rule = "leaked_key",
        _ => {}
    }
    path.join(".")
}

/// What the manual says of each key, in its order: the comment above it, or above the ones that follow each other without
/// one. A key that is itself a comment has no default and is explained as well.
fn meanings(manual: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let (mut section, mut comment) = (String::new(), String::new());
    for line in manual.lines().map(str::trim) {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            // A comment above a section is about the section, unless its keys have none.
            continue;
        }
        match key_of(bare) {
            Some(name) => {
                let key = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
                found.push((key, comment.trim().to_owned()));
            }
            None if line.is_empty() => comment.clear(),
            None => {
                if found.last().is_some_and(|(_, last)| last == comment.trim()) {
                    comment.clear();
                }
                comment.push_str(bare.trim_start_matches('#').trim());
                comment.push(' ');
            }
        }
    }
    found
}

/// The key of a line of TOML without the `#` that comments it out; sentences have none.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" = ")?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    Some(key).filter(|key| key.starts_with('"') || !key.is_empty() && key.chars().all(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Sources;

    fn shown(options: &[(&str, &str)]) -> Vec<ShownSetting> {
        let mut sources = Sources::default();
        sources.environment.push(("CLAVIGER__MASTER_KEY__FILE".to_owned(), "master.key".to_owned()));
        for (key, value) in options {
            sources.options.push(((*key).to_owned(), (*value).to_owned()));
        }
        sources.load().unwrap().shown().unwrap()
    }

    fn find<'s>(shown: &'s [ShownSetting], key: &str) -> &'s ShownSetting {
        shown.iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("no {key}: {shown:?}"))
    }

    #[test]
    fn every_setting_has_a_meaning() {
        for setting in
            shown(&[("limits.shared", "redis://127.0.0.1/0"), ("unusual_activity.github_keys", "k")])
        {
            assert!(setting.meaning.len() > 10, "{setting:?}");
            assert!(!setting.meaning.contains(" = "), "{setting:?}");
        }
    }

    #[test]
    fn a_setting_says_what_it_is_and_where_it_was_set() {
        let shown = shown(&[("server.listen", "0.0.0.0:8443")]);
        let listen = find(&shown, "server.listen");
        assert_eq!(listen.value, "\"0.0.0.0:8443\"");
        assert_eq!(listen.source.as_deref(), Some("the command line"));
        assert_eq!(listen.meaning, "Where connections are accepted.");
        let key = find(&shown, "master_key.file");
        assert_eq!(key.source.as_deref(), Some("$CLAVIGER__MASTER_KEY__FILE"));
        assert_eq!(find(&shown, "verify.lease").source, None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = shown(&[
            ("limits.shared", "redis://:hunter2@10.0.0.7/0"),
            ("database.url", "postgres://u:hunter2@h/d"),
        ]);
        assert_eq!(find(&shown, "limits.shared").value, "\"(hidden)\"");
        assert!(!format!("{shown:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_set_of_an_api_is_explained_by_the_manuals_example() {
        let shown = shown(&[("apis.shop.upstreams.live", "http://10.0.0.5:3000")]);
        let upstream = find(&shown, "apis.shop.upstreams.live");
        assert_eq!(upstream.source.as_deref(), Some("the command line"));
        assert_eq!(upstream.meaning, "Where its requests go, by environment.");
    }

    #[test]
    fn settings_stand_in_the_order_of_the_manual() {
        let shown = shown(&[]);
        let at = |key: &str| shown.iter().position(|setting| setting.key == key).unwrap();
        assert!(
            at("server.listen") < at("server.timeouts.header")
                && at("server.timeouts.header") < at("verify.lease")
        );
        assert!(at("verify.lease") < at("log.filter"));
    }
}
