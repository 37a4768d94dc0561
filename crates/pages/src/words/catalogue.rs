//! The messages of every language, compiled in.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::language::Language;

/// Made of constants: what the compiler took in, parsed once.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::load);

struct Catalogue {
    bundles: Vec<(Language, FluentBundle<FluentResource>)>,
    /// What was missed already: each is told to the log once.
    missed: Mutex<BTreeSet<(Language, &'static str)>>,
}

impl Catalogue {
    fn load() -> Self {
        let bundles = Language::ALL.iter().map(|language| (*language, bundle_of(*language))).collect();
        Self { bundles, missed: Mutex::default() }
    }

    fn bundle(&self, language: Language) -> Option<&FluentBundle<FluentResource>> {
        self.bundles.iter().find(|(found, _)| *found == language).map(|(_, bundle)| bundle)
    }

    fn miss(&self, language: Language, id: &'static str) {
        if self.missed.lock().unwrap_or_else(PoisonError::into_inner).insert((language, id)) {
            tracing::warn!(language = language.tag(), id, "a text is missing");
        }
    }
}

/// Writes a message: in this language, else in English, else its id.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    language: Language,
    id: &'static str,
    args: &[(&'static str, FluentValue<'static>)],
) -> fmt::Result {
    let args = (!args.is_empty()).then(|| FluentArgs::from_iter(args.iter().cloned()));
    for language in [language, Language::default()] {
        let Some(bundle) = CATALOGUE.bundle(language) else { continue };
        if let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) {
            // What cannot be put in stays as its name in braces; a test finds arguments that are not given.
            return f.write_str(&bundle.format_pattern(pattern, args.as_ref(), &mut Vec::new()));
        }
        CATALOGUE.miss(language, id);
    }
    f.write_str(id)
}

fn bundle_of(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.id()]);
    // The marks around arguments would be read aloud, copied along, and found by nobody who searches.
    bundle.set_use_isolating(false);
    for text in language.texts() {
        // Of a file with mistakes the rest counts; a test refuses both mistakes and ids that stand twice.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}
