//! A server that forwards everything to one upstream, and a caller that writes raw bytes.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_contract::Fault;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::arrival::tests::Still;
use crate::arrival::{Socket, arrival};
use crate::body::Body;
use crate::call::seal;
use crate::error::Error;
use crate::forward::Forwarder;
use crate::guard;
use crate::options::Options;
use crate::outbound::Outbound;
use crate::passage::Destination;
use crate::upload::Upload;

/// Whatever a test waits for comes within this time, or the test fails.
pub(super) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it comes in time")
}

/// A server in front of one upstream, until it is dropped.
pub(super) struct Front {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

struct Room {
    forwarder: Forwarder,
    options: Arc<Options>,
    upstream: Uri,
}

impl Front {
    /// Forwards to this address with the default options.
    pub(super) async fn to(upstream: SocketAddr) -> Self {
        Self::with(upstream, Options::default()).await
    }

    pub(super) async fn with(upstream: SocketAddr, options: Options) -> Self {
        let options = Arc::new(options);
        let room = Arc::new(Room {
            forwarder: Forwarder::new(Arc::clone(&options)).unwrap(),
            options,
            upstream: format!("http://{upstream}").parse().unwrap(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let listening = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let room = Arc::clone(&room);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let room = Arc::clone(&room);
                        async move { Ok::<_, Infallible>(room.serve(peer, request).await) }
                    });
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // A connection that breaks is often the point of the test.
                    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, listening }
    }

    pub(super) async fn connect(&self) -> Caller {
        Caller { stream: TcpStream::connect(self.address).await.unwrap(), seen: Vec::new() }
    }

    /// Sends one request on a connection of its own, which must ask for its end, and reads all there is.
    pub(super) async fn ask(&self, request: &str) -> String {
        let mut caller = self.connect().await;
        caller.send(request).await;
        caller.rest().await
    }

    pub(super) async fn connect_h2(&self) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

impl Room {
    async fn serve(&self, peer: SocketAddr, request: Request<Incoming>) -> Response<Body> {
        let arrival = arrival(Socket { peer, is_secure: false }, &request, &[], &Still, &Still);
        let is_http1 = guard::is_http1(request.version());
        let mut closes = guard::ends_connection(&request);
        let (head, body) = request.into_parts();
        let answer = async {
            guard::inspect(&head, &body, &self.options)?;
            let destination = Destination::at(&self.upstream, &head.uri)?;
            let outbound = Outbound::new(head, destination, &arrival, self.options.keep_host);
            let upload =
                Upload::of_caller(body, self.options.request_body_bytes, self.options.idle_body_timeout);
            self.forwarder.forward(outbound, upload).await
        };
        let mut response = answer.await.unwrap_or_else(|error: Error| {
            closes |= error.closes();
            let status = status(error.fault());
            Response::builder().status(status).body(Body::from(Bytes::from(error.to_string()))).unwrap()
        });
        seal(&mut response, &arrival, closes && is_http1);
        response
    }
}

fn status(fault: Fault) -> u16 {
    match fault {
        Fault::BadRequest | Fault::UpgradeRefused => 400,
        Fault::BodyTooLarge => 413,
        Fault::HeaderTooLarge => 431,
        Fault::RequestTimeout => 408,
        Fault::UpstreamUnreachable => 502,
        Fault::UpstreamTimeout => 504,
        Fault::Unavailable => 503,
        Fault::Internal => 500,
    }
}

/// A caller that writes raw bytes.
pub(super) struct Caller {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl Caller {
    pub(super) async fn send(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Reads until what was seen since the last call ends with `end`, and returns that.
    pub(super) async fn read_until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.seen.windows(end.len()).position(|window| window == end.as_bytes()) {
                let taken = self.seen.drain(..at + end.len()).collect();
                return String::from_utf8(taken).unwrap();
            }
            let read = soon(self.stream.read_buf(&mut self.seen)).await.unwrap();
            assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&self.seen));
        }
    }

    /// Everything until the connection ends, which it must.
    pub(super) async fn rest(mut self) -> String {
        // A reset is an end too: the other side had not read everything.
        let _ = soon(self.stream.read_to_end(&mut self.seen)).await;
        String::from_utf8(self.seen).unwrap()
    }
}
