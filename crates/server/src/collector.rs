//! The way to a collector of OpenTelemetry's: OTLP by HTTP, in protobuf.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use claviger_settings::TelemetrySettings;
use claviger_telemetry::{Deliver, DeliveryError, Signal};
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

/// The most of an answer that is read: it says at most what was not taken.
const ANSWER_BYTES: usize = 64 * 1024;
/// A connection that is used every second or every minute is worth keeping.
const KEPT: Duration = Duration::from_secs(90);

/// Who sends.
const SENDER: HeaderValue = HeaderValue::from_static(concat!("Claviger/", env!("CARGO_PKG_VERSION")));
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// A collector, asked over a connection that is kept. Its address is the operator's, so any may be asked.
pub(crate) struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    traces: Uri,
    metrics: Uri,
    headers: HeaderMap,
    timeout: Duration,
}

/// Why a collector cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// The TLS library cannot be set up.
    #[error("TLS to the collector cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The address is none.
    #[error("the collector's address cannot be used")]
    Address(#[from] http::Error),
    /// The fields for it are none.
    #[error("the fields for the collector cannot be read")]
    Headers(#[from] claviger_settings::PairsError),
}

impl Collector {
    /// The collector that the settings name; none where they name none.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub(crate) fn new(settings: &TelemetrySettings) -> Result<Option<Self>, CollectorError> {
        let Some(base) = &settings.otlp else { return Ok(None) };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(settings.timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::aws_lc_rs::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .build(connector);
        let mut headers: HeaderMap = settings.header_fields()?.into_iter().collect();
        headers.insert(CONTENT_TYPE, PROTOBUF);
        headers.entry(USER_AGENT).or_insert(SENDER);
        Ok(Some(Self {
            client,
            traces: below(base.uri(), Signal::Traces)?,
            metrics: below(base.uri(), Signal::Metrics)?,
            headers,
            timeout: settings.timeout,
        }))
    }

    async fn post(&self, signal: Signal, body: Bytes) -> Result<Bytes, DeliveryError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = match signal {
            Signal::Traces => self.traces.clone(),
            Signal::Metrics => self.metrics.clone(),
        };
        *request.headers_mut() = self.headers.clone();
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| DeliveryError::Unreachable(error.into()))?;
        check(&answer)?;
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        Ok(body.map_err(DeliveryError::Unreachable)?.to_bytes())
    }
}

impl Deliver for Collector {
    fn deliver(&self, signal: Signal, body: Bytes) -> BoxFuture<'_, Result<Bytes, DeliveryError>> {
        Box::pin(async move {
            let posted = timeout(self.timeout, self.post(signal, body)).await;
            posted.unwrap_or_else(|_| {
                let late = io::Error::new(io::ErrorKind::TimedOut, "it did not answer in time");
                Err(DeliveryError::Unreachable(late.into()))
            })
        })
    }
}

/// The path of a signal below the collector's address (OTLP, "Endpoint URLs for OTLP/HTTP").
fn below(base: &Uri, signal: Signal) -> Result<Uri, http::Error> {
    let path = format!("{}/v1/{}", base.path().trim_end_matches('/'), signal.as_str());
    let scheme = base.scheme_str().unwrap_or("http");
    let authority = base.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build()
}

fn check(answer: &Response<Incoming>) -> Result<(), DeliveryError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let asks_for_patience = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    if !asks_for_patience {
        return Err(DeliveryError::Refused(status.as_u16()));
    }
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(DeliveryError::Later { status: status.as_u16(), pause: seconds.map(Duration::from_secs) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_paths_below_the_collectors_address() {
        for (base, traces) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("https://otlp.example.com/otlp/", "https://otlp.example.com/otlp/v1/traces"),
        ] {
            assert_eq!(below(&base.parse().unwrap(), Signal::Traces).unwrap().to_string(), traces);
        }
    }
}
