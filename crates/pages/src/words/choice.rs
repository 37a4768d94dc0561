//! Choosing a language: the links in the foot of every page, and where they lead back to. They are no form, so that a
//! page has no form but its own.

use http::header::REFERER;
use http::{HeaderMap, Uri};

use super::current::{is_repeatable, language};
use super::language::Language;
use crate::fields::Fields;

/// The longest address that is gone back to, in bytes.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// Every language, and whether it is the page's; none where the page is the answer to a form, which would be lost.
pub(crate) fn choices() -> Vec<(Language, bool)> {
    let is_offered = is_repeatable();
    let offered = Language::ALL.iter().filter(|_| is_offered);
    offered.map(|known| (*known, *known == language())).collect()
}

/// The language that a link chooses. Nothing but the language of this very browser depends on it.
pub(crate) fn chosen(query: Option<&str>) -> Option<Language> {
    Language::of_tag(Fields::parse(query.unwrap_or_default().as_bytes()).get("language"))
}

/// The page whose link somebody followed: a path of this origin, never another site.
pub(crate) fn came_from(headers: &HeaderMap) -> Option<String> {
    let page: Uri = headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    page.path_and_query().map(|address| address.as_str().to_owned()).filter(|address| is_local(address))
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
    use http::HeaderValue;

    use super::*;

    #[test]
    fn bcp_08_a_choice_leads_back_to_a_page_of_this_origin_only() {
        let back = |page: &'static str| {
            came_from(&[(REFERER, HeaderValue::from_static(page))].into_iter().collect())
        };
        let consent = "https://auth.example/consent?flow=a%2Fb";
        assert_eq!(back(consent).as_deref(), Some("/consent?flow=a%2Fb"));
        assert_eq!(back("https://evil.example/x").as_deref(), Some("/x"), "the host of no header counts");
        for evil in
            ["", "https://a.example//evil.example", "//evil.example", "https://a.example/\\evil", "x y"]
        {
            let back = back(evil);
            assert!(back.as_deref().is_none_or(|back| back == "/"), "{evil}: {back:?}");
        }
    }
}
