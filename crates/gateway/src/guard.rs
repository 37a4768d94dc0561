//! What is refused before anyone looks at the credential.

use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Request, Version};
use http_body::Body;

use crate::error::{Error, UploadError};
use crate::hop;
use crate::options::Options;

/// Refuses what no route could allow: methods that make a tunnel or an echo of the header, headers and
/// bodies beyond their bounds, and lengths that two servers could read differently.
pub(crate) fn inspect(head: &Parts, body: &impl Body, options: &Options) -> Result<(), Error> {
    if matches!(head.method, Method::CONNECT | Method::TRACE) {
        return Err(Error::Method);
    }
    if !fits(&head.headers, options) {
        return Err(Error::HeaderTooLarge);
    }
    let length = content_length(&head.headers)?;
    if body.is_end_stream() && length.is_some_and(|length| length > 0) {
        return Err(Error::Framing);
    }
    if !body.is_end_stream() && hop::asks_for_websocket(head) {
        return Err(Error::UpgradeWithBody);
    }
    let announced = length.unwrap_or_else(|| body.size_hint().lower());
    if announced > options.request_body_bytes {
        return Err(Error::Upload(UploadError::TooLarge));
    }
    Ok(())
}

/// Whether the connection must end with this request.
///
/// hyper takes `Transfer-Encoding` and drops a `Content-Length` beside it without a word. A proxy before us
/// may have gone by the length, so what follows on the connection could be part of the body to it.
pub(crate) fn ends_connection<B>(request: &Request<B>) -> bool {
    is_http1(request.version()) && request.headers().contains_key(TRANSFER_ENCODING)
}

/// Whether the version has connections that `Connection: close` can end.
pub(crate) fn is_http1(version: Version) -> bool {
    version <= Version::HTTP_11
}

fn fits(headers: &HeaderMap, options: &Options) -> bool {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    headers.len() <= options.request_header_fields && bytes <= options.request_header_bytes
}

/// The one stated length. hyper refuses what differs in HTTP/1.1; this holds for HTTP/2 as well.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let digits = value.as_bytes();
    if values.next().is_some() || digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Error::Framing);
    }
    value.to_str().ok().and_then(|text| text.parse().ok()).map(Some).ok_or(Error::Framing)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Full;

    use super::*;

    fn judge(method: Method, fields: &[(&str, &str)], body: &'static [u8]) -> Result<(), Error> {
        let mut request = Request::builder().method(method);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let options = Options {
            request_header_bytes: 100,
            request_header_fields: 5,
            request_body_bytes: 4,
            ..Options::default()
        };
        inspect(&head, &Full::new(Bytes::from_static(body)), &options)
    }

    #[test]
    fn an_ordinary_request_passes() {
        assert!(judge(Method::POST, &[("content-length", "4")], b"abcd").is_ok());
        assert!(judge(Method::POST, &[("content-length", "0")], b"").is_ok());
    }

    #[test]
    fn connect_and_trace_are_not_served() {
        for method in [Method::CONNECT, Method::TRACE] {
            assert!(matches!(judge(method, &[], b""), Err(Error::Method)));
        }
    }

    #[test]
    fn ambiguous_lengths_are_refused() {
        let bad: [&[(&str, &str)]; 5] = [
            &[("content-length", "4"), ("content-length", "4")],
            &[("content-length", "4, 4")],
            &[("content-length", "+4")],
            &[("content-length", "")],
            &[("content-length", "99999999999999999999999")],
        ];
        for fields in bad {
            assert!(matches!(judge(Method::POST, fields, b"abcd"), Err(Error::Framing)), "{fields:?}");
        }
        assert!(matches!(judge(Method::POST, &[("content-length", "1")], b""), Err(Error::Framing)));
    }

    #[test]
    fn headers_and_bodies_have_bounds() {
        let long = "x".repeat(100);
        assert!(matches!(judge(Method::GET, &[("a", &long)], b""), Err(Error::HeaderTooLarge)));
        assert!(matches!(judge(Method::GET, &[("a", ""); 6], b""), Err(Error::HeaderTooLarge)));
        let too_large = judge(Method::POST, &[("content-length", "5")], b"abcde");
        assert!(matches!(too_large, Err(Error::Upload(UploadError::TooLarge))));
    }

    #[test]
    fn an_upgrade_carries_no_body() {
        let fields = [("connection", "upgrade"), ("upgrade", "websocket")];
        assert!(judge(Method::GET, &fields, b"").is_ok());
        assert!(matches!(judge(Method::GET, &fields, b"x"), Err(Error::UpgradeWithBody)));
    }

    #[test]
    fn a_request_with_transfer_encoding_ends_its_http_1_connection() {
        let request = |version| {
            Request::builder().version(version).header("transfer-encoding", "chunked").body(()).unwrap()
        };
        assert!(ends_connection(&request(Version::HTTP_11)));
        assert!(!ends_connection(&request(Version::HTTP_2)));
        assert!(!ends_connection(&Request::new(())));
    }
}
