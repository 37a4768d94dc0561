//! The Content-Security-Policy of a page: nothing but what it names.

use axum::response::Response;
use http::HeaderValue;

/// What a page needs beyond a style sheet. Travels with the response to the frame around it, which writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Origins to which its forms may lead, by redirect or at once.
    pub(crate) form_actions: Vec<String>,
    /// Whether one of our own script files makes it more comfortable.
    pub(crate) has_script: bool,
    /// Whether it is no page at all, and may do nothing.
    pub(crate) is_sealed: bool,
}

impl Needs {
    /// What a page needs that offers passkeys, if it can.
    pub(crate) fn script(has_script: bool) -> Self {
        Self { has_script, ..Self::default() }
    }

    /// What a file needs that is only ever looked at.
    pub(crate) fn nothing() -> Self {
        Self { is_sealed: true, ..Self::default() }
    }

    /// The response of a page that needs this.
    pub(crate) fn mark(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }

    /// The header's value.
    pub(crate) fn header(&self) -> HeaderValue {
        if self.is_sealed {
            return HeaderValue::from_static("default-src 'none'; sandbox");
        }
        let script = if self.has_script { "script-src 'self'; " } else { "" };
        // A directive ends at `;` or `,` and a source at white space: whatever holds one is no origin.
        let is_origin = |text: &&String| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'\''))
        };
        let actions: String =
            self.form_actions.iter().filter(is_origin).map(|origin| format!(" {origin}")).collect();
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; {script}form-action 'self'{actions}; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcp_16_the_origin_of_the_client_is_allowed_and_nothing_can_be_smuggled_in() {
        let needs = |origin: &str| Needs {
            form_actions: vec![origin.to_owned()],
            has_script: false,
            ..Needs::default()
        };
        let header = |needs: Needs| needs.header().to_str().unwrap().to_owned();
        assert!(header(needs("https://app.example")).contains("form-action 'self' https://app.example; "));
        assert!(header(needs("com.example.app:")).contains("form-action 'self' com.example.app:; "));
        for evil in ["x; script-src *", "x, default-src *", "'unsafe-inline'", "a b", "", "ü"] {
            assert_eq!(header(needs(evil)), header(Needs::default()), "{evil}");
        }
    }
}
