//! What a key may do: scopes chosen one by one, or a preset that its API's contract offers.

use claviger_contract::ScopePreset;
use claviger_domain::{Scope, ScopeSet};
use claviger_engine::RegisteredApi;

use crate::explain::Explain;
use crate::fields::Fields;
use crate::state::PagesState;
use crate::words::say;

/// The field of presets; empty for scopes chosen one by one.
pub(super) const PRESET: &str = "preset";

/// A scope with what its contract says about it.
pub(crate) struct ScopeChoice {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) implies: Vec<String>,
    pub(crate) is_chosen: bool,
}

/// Scopes that the contract offers together.
pub(super) struct PresetChoice {
    pub(super) title: String,
    pub(super) scopes: Vec<String>,
    pub(super) is_chosen: bool,
}

/// What the API's contract offers together.
pub(super) fn presets(state: &PagesState, entry: &RegisteredApi) -> Vec<ScopePreset> {
    let directory = state.directory.load();
    let installed = directory.by_name_or_id(entry.api.name.as_str());
    installed.map(|installed| installed.contract.scope_presets().to_vec()).unwrap_or_default()
}

/// The presets as a form shows them.
pub(super) fn preset_choices(presets: &[ScopePreset], chosen: &str) -> Vec<PresetChoice> {
    let choice = |preset: &ScopePreset| PresetChoice {
        title: preset.title.clone(),
        scopes: preset.scopes.iter().map(ToString::to_string).collect(),
        is_chosen: preset.title == chosen,
    };
    presets.iter().map(choice).collect()
}

/// The scopes of the chosen preset; without one, those that are checked.
pub(super) fn read_scopes(presets: &[ScopePreset], fields: &Fields) -> Result<ScopeSet, String> {
    match fields.given(PRESET) {
        None => {
            let scopes: Result<ScopeSet, _> = fields.all("scope").map(str::parse::<Scope>).collect();
            scopes.map_err(|error| error.explain().to_string())
        }
        Some(title) => {
            let preset = presets.iter().find(|preset| preset.title == title);
            let preset = preset.ok_or_else(|| say("key-api-does-not-offer-these").to_string())?;
            Ok(preset.scopes.clone())
        }
    }
}

/// Each scope with what its contract says, and whether it is among the chosen.
pub(crate) fn scope_choices(entry: &RegisteredApi, chosen: &[String]) -> Vec<ScopeChoice> {
    let described = entry.policy.scopes.iter();
    described
        .map(|(scope, about)| ScopeChoice {
            name: scope.to_string(),
            description: about.description.clone(),
            implies: about.implies.iter().map(ToString::to_string).collect(),
            is_chosen: chosen.iter().any(|chosen| chosen == scope.as_str()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Vec<ScopePreset> {
        vec![ScopePreset { title: "Read only".to_owned(), scopes: ScopeSet::parse_spaced("read").unwrap() }]
    }

    fn read(text: &str) -> Result<String, String> {
        read_scopes(&offered(), &Fields::parse(text.as_bytes())).map(|scopes| scopes.to_string())
    }

    #[test]
    fn a_preset_is_exactly_its_scopes_and_without_one_the_boxes_count() {
        assert_eq!(read("preset=Read+only&scope=write").unwrap(), "read");
        assert_eq!(read("preset=&scope=write").unwrap(), "write");
        assert_eq!(read("scope=write&scope=read").unwrap(), "read write");
        assert!(read("preset=Everything").unwrap_err().starts_with("The API does not offer"));
    }
}
