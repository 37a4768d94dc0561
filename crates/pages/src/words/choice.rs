//! Choosing a language: the form in the foot of every page, and what it sends.

use super::current::{address, language};
use super::language::Language;
use crate::fields::Fields;

/// The longest address that is gone back to, in bytes.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// What can be chosen on a page.
pub(crate) struct Choices {
    /// Where the page is, to come back to.
    pub(crate) back: String,
    /// Every language, and whether it is the page's.
    pub(crate) languages: Vec<(Language, bool)>,
}

/// The form of this page; none where the page is the answer to a form, which would be lost.
pub(crate) fn choices() -> Option<Choices> {
    let languages = Language::ALL.iter().map(|known| (*known, *known == language())).collect();
    address().map(|back| Choices { back, languages })
}

/// What somebody chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) language: Language,
    /// The page that they were on. A path of this origin, never another site.
    pub(crate) back: Option<String>,
}

impl Choice {
    /// What the form says; nothing where it names no language of ours.
    pub(crate) fn read(fields: &Fields) -> Option<Self> {
        let language = Language::of_tag(fields.get("language"))?;
        let back = Some(fields.get("back")).filter(|back| is_local(back)).map(str::to_owned);
        Some(Self { language, back })
    }
}

/// Whether browsers take it for an address below this origin: `//host` and `/\host` are others'.
fn is_local(address: &str) -> bool {
    let rest = address.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with('/'))
        && address.len() <= LONGEST_ADDRESS
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcp_08_a_choice_leads_back_to_this_origin_only() {
        let back = |address: &str| {
            let fields = [("language".to_owned(), "de".to_owned()), ("back".to_owned(), address.to_owned())];
            let mut form = Fields::default();
            fields.into_iter().for_each(|(name, value)| form.push(&name, value));
            Choice::read(&form).unwrap().back
        };
        assert_eq!(back("/consent?flow=a%2Fb").as_deref(), Some("/consent?flow=a%2Fb"));
        for evil in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x"]
        {
            assert_eq!(back(evil), None, "{evil}");
        }
    }

    #[test]
    fn only_a_language_that_is_spoken_here_can_be_chosen() {
        assert_eq!(Choice::read(&Fields::parse(b"language=xx&back=%2F")), None);
    }
}
