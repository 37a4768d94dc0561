//! Resource indicators (RFC 8707): where a token is to be used.

use url::Url;

use crate::code::ErrorCode;
use crate::refusal::Refusal;

/// The longest indicator, in bytes.
const LONGEST: usize = 2_000;
/// The most in one request.
const MOST: usize = 10;

/// An indicator in the one spelling in which two are compared: scheme and host in lower case, and no slash where there
/// is nothing else of a path, so that `HTTPS://Api.Example/` is `https://api.example`.
///
/// # Errors
/// `invalid_target` for what is no absolute URI, or has a fragment (RFC 8707 section 2).
pub fn canonical_resource(text: &str) -> Result<String, Refusal> {
    let refuse = |why: &'static str| Refusal::new(ErrorCode::InvalidTarget, why);
    if text.len() > LONGEST {
        return Err(refuse("a resource must have at most 2000 characters"));
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(text).ok().filter(|_| is_plain);
    let url = url.ok_or_else(|| refuse("a resource must be an absolute URI"))?;
    if url.fragment().is_some() || text.contains('#') {
        return Err(refuse("a resource must not have a fragment"));
    }
    let spelled = url.as_str();
    if url.has_host() && url.path() == "/" && url.query().is_none() {
        return Ok(spelled.trim_end_matches('/').to_owned());
    }
    Ok(spelled.to_owned())
}

/// Indicators in their one spelling, each once, in the order they came.
///
/// # Errors
/// `invalid_target` for one that is none, or when there are more than ten.
pub fn canonical_resources<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Vec<String>, Refusal> {
    let mut resources = Vec::new();
    for text in texts {
        let resource = canonical_resource(text)?;
        if !resources.contains(&resource) {
            resources.push(resource);
        }
        if resources.len() > MOST {
            return Err(Refusal::new(ErrorCode::InvalidTarget, "there are too many resources"));
        }
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mcp_09_spellings_that_mean_the_same_resource_are_one() {
        for same in ["https://api.example", "https://api.example/", "HTTPS://API.Example:443"] {
            assert_eq!(canonical_resource(same).unwrap(), "https://api.example", "{same}");
        }
        assert_eq!(canonical_resource("https://Api.example/Mcp/").unwrap(), "https://api.example/Mcp/");
        assert_eq!(canonical_resource("https://api.example/?a").unwrap(), "https://api.example/?a");
        assert_eq!(canonical_resource("urn:example:API").unwrap(), "urn:example:API");
        let twice = ["https://a.example", "https://A.example/"];
        assert_eq!(canonical_resources(twice.into_iter()).unwrap(), ["https://a.example"]);
    }

    #[test]
    fn a_resource_is_an_absolute_uri_without_fragment() {
        let long = format!("https://a.example/{}", "x".repeat(LONGEST));
        for bad in
            ["", "/mcp", "api.example", "https://a.example/#", "https://a.example#x", "https://a b", &long]
        {
            assert_eq!(canonical_resource(bad).unwrap_err().code, ErrorCode::InvalidTarget, "{bad}");
        }
        let many: Vec<String> = (0..11).map(|n| format!("https://{n}.example")).collect();
        assert!(canonical_resources(many.iter().map(String::as_str)).is_err());
    }

    proptest! {
        #[test]
        fn a_spelling_is_canonical_for_good(text in "[a-zA-Z]{1,5}:[ -~]{0,40}") {
            if let Ok(once) = canonical_resource(&text) {
                prop_assert_eq!(canonical_resource(&once).unwrap(), once);
            }
        }
    }
}
