//! The languages that there are, and which of them somebody wants.

use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

/// The files of each language, by what they are about.
macro_rules! areas {
    ($tag:literal: $($area:literal)*) => {
        &[$(include_str!(concat!("../../locales/", $tag, "/", $area, ".ftl"))),*]
    };
}

/// Declares the languages.
macro_rules! languages {
    ($($(#[$doc:meta])* $name:ident = $tag:literal, $own:literal;)*) => {
        /// A language that pages are written in.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Language {
            $($(#[$doc])* $name,)*
        }

        impl Language {
            /// Every language.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its tag (RFC 5646).
            pub(crate) const fn tag(self) -> &'static str {
                match self {
                    $(Self::$name => $tag,)*
                }
            }

            /// What it calls itself.
            pub(crate) const fn own_name(self) -> &'static str {
                match self {
                    $(Self::$name => $own,)*
                }
            }

            /// Its part of the catalogue.
            pub(super) const fn texts(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => areas!($tag: "shared" "explain" "public" "account" "portal" "entrance" "console" "keys" "clients" "users" "webhooks" "workspaces" "apis" "files" "audit" "many" "installation" "mail" "settings"),)*
                }
            }
        }
    };
}

languages! {
    /// Complete, and what others fall back to.
    #[default]
    English = "en", "English";
    German = "de", "Deutsch";
}

/// As many wishes as anybody has; more are not read.
const MOST_WISHES: usize = 32;

impl Language {
    /// The language of this tag.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.tag() == tag)
    }

    /// As the catalogue and the negotiation call it.
    pub(super) fn id(self) -> LanguageIdentifier {
        self.tag().parse().unwrap_or_default()
    }

    /// What an `Accept-Language` asks for (RFC 9110 section 12.5.4), if there is any of it.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let mut wishes: Vec<(f32, &str)> = header.split(',').take(MOST_WISHES).map(weigh).collect();
        wishes.retain(|(weight, _)| *weight > 0.0);
        // The sort is stable: of equals the first stays first.
        wishes.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Self::best(wishes.into_iter().map(|(_, tag)| tag))
    }

    /// What `ui_locales` asks for (OpenID Connect Core section 3.1.2.1), if there is any of it.
    pub(crate) fn preferred(locales: &str) -> Option<Self> {
        Self::best(locales.split_ascii_whitespace().take(MOST_WISHES))
    }

    /// The first of these tags that is spoken here, in any of its regions.
    fn best<'t>(tags: impl Iterator<Item = &'t str>) -> Option<Self> {
        let wishes: Vec<LanguageIdentifier> = tags.filter_map(|tag| tag.parse().ok()).collect();
        let available: Vec<LanguageIdentifier> = Self::ALL.iter().map(|language| language.id()).collect();
        let found = negotiate_languages(&wishes, &available, None, NegotiationStrategy::Lookup);
        found.first().and_then(|id| Self::ALL.iter().copied().find(|language| language.id() == **id))
    }
}

/// One wish of the header, and how much it counts: 1 if it does not say.
fn weigh(wish: &str) -> (f32, &str) {
    let (tag, parameters) = wish.split_once(';').unwrap_or((wish, ""));
    let weight = parameters.trim().strip_prefix("q=").map(|weight| weight.trim().parse().unwrap_or(0.0));
    (weight.unwrap_or(1.0), tag.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_wish_that_is_spoken_here_wins() {
        let accepted = Language::accepted;
        assert_eq!(accepted("de"), Some(Language::German));
        assert_eq!(accepted("de-AT, en;q=0.9"), Some(Language::German));
        assert_eq!(accepted("en;q=0.5, de-CH;q=0.8"), Some(Language::German));
        assert_eq!(accepted("fr, en;q=0.8, de;q=0.7"), Some(Language::English));
        assert_eq!(accepted("en-GB,en-US;q=0.9,en;q=0.8"), Some(Language::English));
        assert_eq!(accepted("de;q=0, en;q=0.1"), Some(Language::English));
        for nothing in ["", "*", "fr", ";;;", "de;q=x", "\u{7f}", "de;q=NaN"] {
            assert_eq!(accepted(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn the_first_wish_of_a_client_that_is_spoken_here_wins() {
        assert_eq!(Language::preferred("fr-CA de-CH en"), Some(Language::German));
        assert_eq!(Language::preferred("en de"), Some(Language::English));
        assert_eq!(Language::preferred("<script> x\u{0}"), None);
    }

    #[test]
    fn every_language_has_a_tag_that_can_be_read() {
        for language in Language::ALL {
            assert_eq!(language.id().to_string(), language.tag());
            assert_eq!(Language::of_tag(language.tag()), Some(*language));
        }
    }
}
