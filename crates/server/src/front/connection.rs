//! One connection: TLS if asked for, then HTTP/1.1 or HTTP/2, within bounds.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claviger_gateway::Socket;
use claviger_settings::{ServerLimits, ServerSettings, ServerTimeouts};
use futures_util::FutureExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::body::FrontBody;
use super::doors::Doors;
use super::tls::Tls;

/// Doors refuse a header beyond the limits in their own words. What is larger by this factor, hyper refuses bare.
const BACKSTOP: usize = 2;
/// hyper's own limit of header fields, for which it has room without asking for memory.
const READY_FIELDS: usize = 100;

/// How connections are served; the same for all.
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    tls: Option<Arc<Tls>>,
    timeouts: ServerTimeouts,
    doors: Arc<Doors>,
}

impl Connections {
    pub(super) fn new(settings: &ServerSettings, tls: Option<Arc<Tls>>, doors: Arc<Doors>) -> Self {
        Self { builder: builder(settings), tls, timeouts: settings.timeouts, doors }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %peer, "TCP_NODELAY");
        }
        let Some(tls) = &self.tls else {
            // Boxed here and below, so that a plain connection does not carry the state of TLS.
            return Box::pin(self.speak(stream, Socket { peer, is_secure: false }, watcher)).await;
        };
        match timeout(self.timeouts.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                Box::pin(self.speak(stream, Socket { peer, is_secure: true }, watcher)).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, %peer, "the TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        socket: Socket,
        watcher: Watcher,
    ) {
        let spoken = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request: Request<Incoming>| {
            spoken.store(true, Ordering::Relaxed);
            let doors = Arc::clone(&self.doors);
            doors.answer(socket, request).map(Ok::<Response<FrontBody>, Infallible>)
        });
        let connection = self.builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let served = watcher.watch(connection);
        let silence = async {
            // hyper's own timer starts only once it knows the version; a peer that never says must end too.
            sleep(self.timeouts.header).await;
            if spoken.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            result = served => if let Err(error) = result {
                report(&*error, socket.peer);
            },
            () = silence => tracing::debug!(peer = %socket.peer, "nothing was asked in time"),
        }
    }
}

/// What hyper refuses by itself never becomes a request, so this is the one line about it. Everything else that ends
/// a connection, such as a caller that leaves or stays idle, is everyday.
fn report(error: &(dyn Error + Send + Sync + 'static), peer: SocketAddr) {
    if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
        tracing::info!(%error, %peer, reason = "bad_http", "a request could not be understood");
    } else {
        tracing::debug!(%error, %peer, "the connection ended early");
    }
}

fn builder(settings: &ServerSettings) -> Builder<TokioExecutor> {
    let ServerLimits { headers, header_bytes, streams, .. } = settings.limits;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.timeouts.header)
        .max_buf_size(header_bytes.saturating_mul(BACKSTOP));
    // Told any number, hyper would clear room for so many with each request.
    if headers.get() >= READY_FIELDS {
        builder.http1().max_headers(headers.get().saturating_mul(BACKSTOP));
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(header_bytes.saturating_mul(BACKSTOP)).unwrap_or(u32::MAX))
        .max_concurrent_streams(streams.get())
        // Finds out about peers that are gone; an idle one that answers may stay.
        .keep_alive_interval(settings.timeouts.header)
        .keep_alive_timeout(settings.timeouts.handshake);
    if settings.http2 { builder } else { builder.http1_only() }
}
