//! An outbound request, sent; the upstream's answer, streaming.

use std::sync::Arc;

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, sleep_until};

use crate::arrival::RequestTag;
use crate::body::Body;
use crate::error::Error;
use crate::hop;
use crate::options::Options;
use crate::outbound::Outbound;
use crate::tunnel;
use crate::upload::{Progress, Upload};

/// hyper's own limit of header fields.
const READY_FIELDS: usize = 100;

/// Sends requests to upstreams over kept connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Forwarder {
    client: Client<HttpsConnector<HttpConnector>, Upload>,
    options: Arc<Options>,
}

impl Forwarder {
    /// A forwarder without any connection yet.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub(crate) fn new(options: Arc<Options>) -> Result<Self, rustls::Error> {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_max_idle_per_host(options.pool_idle_connections)
            .pool_idle_timeout(options.pool_idle_timeout)
            // Sends a request again only when no byte of it was written, so that it is safe for every method.
            .retry_canceled_requests(true)
            .http1_max_buf_size(options.response_header_bytes.max(8192))
            .http2_max_header_list_size(u32::try_from(options.response_header_bytes).unwrap_or(u32::MAX));
        // Told the number that it has room for, hyper would clear the room for each answer.
        if options.response_header_fields != READY_FIELDS {
            builder.http1_max_headers(options.response_header_fields);
        }
        let client = builder.build(connector(&options)?);
        Ok(Self { client, options })
    }

    /// Sends the request and hands back the answer as soon as its header is there.
    ///
    /// # Errors
    /// Whatever kept the answer from coming. Nothing of an answer has been seen by the caller then.
    pub(crate) async fn forward(&self, outbound: Outbound, upload: Upload) -> Result<Response<Body>, Error> {
        let progress = upload.progress();
        let (request, upgrade, request_id) = outbound.with_body(upload);
        let response = self.send(request, progress.as_deref()).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(response, upgrade, request_id);
        }
        let (mut head, incoming) = response.into_parts();
        hop::strip(&mut head.headers);
        head.version = Version::HTTP_11;
        Ok(Response::from_parts(head, Body::of_upstream(incoming, &self.options, request_id)))
    }

    /// Waits for the header as long as the upstream may take, which begins anew with each chunk that it is
    /// given. One timer, set once and moved only when it fires.
    async fn send(
        &self,
        request: Request<Upload>,
        progress: Option<&Progress>,
    ) -> Result<Response<Incoming>, Error> {
        let limit = self.options.response_header_timeout;
        let response = self.client.request(request);
        let deadline = sleep_until(Instant::now() + limit);
        tokio::pin!(response, deadline);
        loop {
            tokio::select! {
                biased;
                answer = &mut response => {
                    return answer.map_err(|error| match progress.and_then(Progress::failure) {
                        Some(failure) => Error::Upload(failure),
                        None => Error::of_client(error),
                    });
                }
                () = &mut deadline => match progress.map(|progress| progress.upstream_due(limit)) {
                    Some(due) if due > Instant::now() => deadline.as_mut().reset(due),
                    _ => return Err(Error::ResponseTimeout),
                }
            }
        }
    }

    /// Passes a switch to WebSocket on and joins the two connections.
    fn switch(
        &self,
        mut response: Response<Incoming>,
        caller: Option<OnUpgrade>,
        request_id: RequestTag,
    ) -> Result<Response<Body>, Error> {
        let upstream = hyper::upgrade::on(&mut response);
        let Some(caller) = caller.filter(|_| hop::has_token(response.headers(), &UPGRADE, "websocket"))
        else {
            return Err(Error::UnaskedUpgrade);
        };
        let (mut head, _) = response.into_parts();
        hop::strip(&mut head.headers);
        head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        // Both upgrades complete only after the answer is written, so this cannot be waited for here.
        tokio::spawn(tunnel::join(caller, upstream, self.options.tunnel_linger, request_id));
        Ok(Response::from_parts(head, Body::default()))
    }
}

fn connector(options: &Options) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(options.connect_timeout));
    let builder = HttpsConnectorBuilder::new();
    let builder = match &options.upstream_tls {
        Some(config) => builder.with_tls_config(config.clone()),
        None => builder.with_provider_and_webpki_roots(rustls::crypto::aws_lc_rs::default_provider())?,
    }
    .https_or_http();
    Ok(if options.keep_host {
        builder.enable_http1().wrap_connector(tcp)
    } else {
        builder.enable_all_versions().wrap_connector(tcp)
    })
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
