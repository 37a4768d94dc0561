//! Scopes, what they imply, and the choices that pages offer.

use claviger_domain::{Scope, ScopeCatalog, ScopeDescription, ScopeSet};
use indexmap::IndexMap;

use crate::contract::ScopePreset;
use crate::document::{Item, Section, did_you_mean};

/// The scopes of a contract.
pub(super) struct Scopes {
    pub(super) catalog: ScopeCatalog,
}

impl Scopes {
    /// A scope that the contract defines; anything else is reported.
    pub(super) fn named(&self, item: Item<'_>) -> Option<Scope> {
        let scope: Scope = item.parse()?;
        if self.catalog.defines(&scope) {
            return Some(scope);
        }
        let help = did_you_mean(scope.as_str(), self.catalog.iter().map(|(known, _)| known.as_str()));
        let help = help.or_else(|| Some("define it under `[scopes]`".to_owned()));
        item.error_with(format!("the scope `{scope}` is not defined"), help);
        None
    }
}

pub(super) fn scopes(root: &Section<'_>) -> Scopes {
    let Some(section) = root.section("scopes") else { return Scopes { catalog: ScopeCatalog::default() } };
    let mut described = IndexMap::new();
    let mut implied: Vec<(Scope, Item<'_>)> = Vec::new();
    for (name, item) in section.rest() {
        let Some(scope) = name.parse::<Scope>() else { continue };
        let mut description = String::new();
        if item.is_table() {
            let Some(entry) = item.section() else { continue };
            description = entry.need("description").and_then(Item::text).unwrap_or_default().to_owned();
            implied.extend(entry.items("implies").into_iter().map(|item| (scope.clone(), item)));
            entry.finish();
        } else if let Some(text) = item.text() {
            description = text.to_owned();
        }
        described.insert(scope, ScopeDescription { description, implies: Vec::new() });
    }
    let plain = Scopes { catalog: ScopeCatalog::new(described.clone()).unwrap_or_default() };
    for (holder, item) in implied {
        let everything: Vec<Scope> = described.keys().filter(|s| **s != holder).cloned().collect();
        let Some(entry) = described.get_mut(&holder) else { continue };
        if item.is_text() && item.text() == Some("*") {
            entry.implies = everything;
        } else {
            entry.implies.extend(plain.named(item));
        }
    }
    // Every implied scope was looked up just now, so the catalogue has nothing to refuse.
    Scopes { catalog: ScopeCatalog::new(described).unwrap_or_default() }
}

pub(super) fn presets(root: &Section<'_>, scopes: &Scopes) -> Vec<ScopePreset> {
    root.sections("preset")
        .into_iter()
        .filter_map(|section| {
            let title = section.need("title").and_then(Item::text).map(str::to_owned);
            let chosen: ScopeSet =
                section.items("scopes").into_iter().filter_map(|item| scopes.named(item)).collect();
            section.finish();
            Some(ScopePreset { title: title?, scopes: chosen })
        })
        .collect()
}
