//! The language of the request that is being answered.

use std::cell::{Cell, RefCell};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::Response;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Method};

use super::language::Language;
use crate::cookie::Cookie;

thread_local! {
    /// Set while a request's future is polled: rendering waits for nothing, so it finds its own request's here.
    static CURRENT: RefCell<Option<Talk>> = const { RefCell::new(None) };
}

/// In which language a request is answered, and whether that can be changed on the page.
#[derive(Debug)]
pub(crate) struct Talk {
    language: Cell<Language>,
    /// Whether the reader chose it here: then nobody else's wish counts.
    is_chosen: bool,
    /// Whether the page may be looked at once more.
    is_repeatable: bool,
}

impl Talk {
    /// What the request itself says: the choice in its cookie, else the wishes of its browser.
    pub(crate) fn of(method: &Method, headers: &HeaderMap, is_secure: bool) -> Self {
        let chosen = Cookie::Language.read(headers, is_secure).and_then(|tag| Language::of_tag(&tag));
        let accepted =
            || headers.get(ACCEPT_LANGUAGE).and_then(|wishes| Language::accepted(wishes.to_str().ok()?));
        Self {
            language: Cell::new(chosen.or_else(accepted).unwrap_or_default()),
            is_chosen: chosen.is_some(),
            is_repeatable: method == Method::GET,
        }
    }
}

/// Answers in this language whatever is rendered by the future.
pub(crate) fn speaking<F: Future>(talk: Talk, future: F) -> impl Future<Output = F::Output> {
    Speaking { talk: Some(talk), future: Box::pin(future) }
}

struct Speaking<F> {
    talk: Option<Talk>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Speaking<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { talk, future } = self.get_mut();
        let _turn = Turn::begin(talk);
        future.as_mut().poll(context)
    }
}

/// While it lives, a request's language is the thread's. Also when a handler panics, it is given back.
struct Turn<'t>(&'t mut Option<Talk>);

impl<'t> Turn<'t> {
    fn begin(talk: &'t mut Option<Talk>) -> Self {
        CURRENT.with_borrow_mut(|current| mem::swap(current, talk));
        Self(talk)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.0));
    }
}

/// What is said in this language, whoever asks.
pub(crate) fn in_language<T>(language: Language, say: impl FnOnce() -> T) -> T {
    let mut talk = Some(Talk { language: Cell::new(language), is_chosen: true, is_repeatable: false });
    let _turn = Turn::begin(&mut talk);
    say()
}

/// The language of the request; English where there is none.
pub(super) fn language() -> Language {
    CURRENT.with_borrow(|talk| talk.as_ref().map_or_else(Language::default, |talk| talk.language.get()))
}

/// Its tag, for the page's root.
pub(crate) fn tag() -> &'static str {
    language().tag()
}

/// Whether the page that is being rendered may be looked at once more: no form was sent for it.
pub(super) fn is_repeatable() -> bool {
    CURRENT.with_borrow(|talk| talk.as_ref().is_some_and(|talk| talk.is_repeatable))
}

/// Takes another's wish, unless the reader chose for themselves.
pub(crate) fn prefer(language: Language) {
    CURRENT.with_borrow(|talk| {
        if let Some(talk) = talk.as_ref().filter(|talk| !talk.is_chosen) {
            talk.language.set(language);
        }
    });
}

/// Says of a page which language it is in, and what that depends on.
pub(crate) fn mark(response: &mut Response) {
    let headers = response.headers_mut();
    let is_page = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/html");
    if headers.get(CONTENT_TYPE).is_some_and(is_page) {
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(tag()));
        headers.append(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::super::say;
    use super::*;

    fn talk(pairs: &[(http::HeaderName, &'static str)]) -> Talk {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        Talk::of(&Method::GET, &headers.collect(), false)
    }

    #[tokio::test]
    async fn what_is_rendered_is_in_the_language_of_its_request() {
        let text = || say("language-label").to_string();
        let german = || talk(&[(ACCEPT_LANGUAGE, "de")]);
        let (a, b) = tokio::join!(
            speaking(german(), async {
                let before = text();
                tokio::task::yield_now().await;
                (before, text())
            }),
            speaking(talk(&[]), async {
                tokio::task::yield_now().await;
                text()
            }),
        );
        assert_eq!((a.0.as_str(), a.1.as_str(), b.as_str()), ("Sprache", "Sprache", "Language"));
        assert_eq!(text(), "Language", "outside of a request");
    }

    #[tokio::test]
    async fn a_choice_counts_more_than_a_clients_wish_and_that_more_than_the_browsers() {
        let wished = |talk| {
            speaking(talk, async {
                prefer(Language::German);
                tag()
            })
        };
        assert_eq!(wished(talk(&[(ACCEPT_LANGUAGE, "en")])).await, "de");
        assert_eq!(wished(talk(&[(COOKIE, "claviger-language=en")])).await, "en");
        assert_eq!(wished(talk(&[(COOKIE, "claviger-language=xx")])).await, "de");
    }
}
