//! The settings as the console shows them.

use std::sync::Arc;

use claviger_pages::SettingRow;
use claviger_settings::{Loaded, ShownSetting};

/// Every setting in force.
///
/// # Errors
/// When they cannot be written as TOML.
pub(crate) fn shown_settings(loaded: &Loaded) -> Result<Arc<[SettingRow]>, toml::ser::Error> {
    let row = |ShownSetting { key, value, source, about, meaning }| SettingRow {
        key,
        value,
        source,
        about,
        meaning,
    };
    Ok(loaded.shown()?.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use claviger_settings::Sources;

    use super::*;

    #[test]
    fn pages_say_in_english_what_the_manual_says_of_each_setting() {
        let mut sources = Sources::default();
        sources.environment.push(("CLAVIGER__MASTER_KEY__FILE".to_owned(), "master.key".to_owned()));
        let shown = shown_settings(&sources.load().unwrap()).unwrap();
        assert!(shown.len() > 50, "{}", shown.len());
        for row in shown.iter() {
            assert_eq!(row.in_words().as_ref(), Some(&row.meaning), "{}", row.key);
        }
    }
}
