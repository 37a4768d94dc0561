//! A small HTTP client: one connection per request, and bytes as they are where a library would not send them.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

/// The longest anything here is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How often something that must become true is looked at.
const POLL: Duration = Duration::from_millis(10);

/// A request on its way.
pub(crate) struct Call {
    address: SocketAddr,
    host: String,
    builder: Builder,
    body: Bytes,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// `GET host/path`, sent to this address. The host may have a port.
    pub(crate) fn new(address: SocketAddr, line: &str) -> Self {
        let (method, rest) = line.split_once(' ').unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let builder = Request::builder().method(method).uri(format!("/{path}"));
        Self { address, host: host.to_owned(), builder, body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl TryInto<HeaderValue>) -> Self {
        let value = value.try_into().unwrap_or_else(|_| panic!("not a value for {name}"));
        self.builder = self.builder.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Sends it over HTTP/1.1.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// Sends it over HTTP/1.1, to a server that may go away meanwhile.
    pub(crate) async fn try_send(self) -> Result<Answer, hyper::Error> {
        let (address, request) = self.into_request();
        timeout(PATIENCE, async {
            // A server that is gone refuses the connection; to hyper it is one that closed it.
            let stream = TcpStream::connect(address).await;
            let Ok(stream) = stream else { return Err(closed().await) };
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            read(sender.send_request(request).await?).await
        })
        .await
        .unwrap()
    }

    /// Sends it over HTTP/2 with prior knowledge.
    pub(crate) async fn send_http2(self) -> Answer {
        let address = self.address;
        let stream = TcpStream::connect(address).await.unwrap();
        self.send_http2_over(stream, "http").await
    }

    /// Sends it over HTTP/2 on a connection that stands already.
    pub(crate) async fn send_http2_over(
        self,
        stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        scheme: &str,
    ) -> Answer {
        let authority = self.host.clone();
        let (_, mut request) = self.into_request();
        let path = request.uri().path_and_query().unwrap().to_string();
        *request.uri_mut() = format!("{scheme}://{authority}{path}").parse().unwrap();
        request.headers_mut().remove("host");
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        timeout(PATIENCE, async { read(sender.send_request(request).await?).await }).await.unwrap().unwrap()
    }

    pub(crate) fn into_request(self) -> (SocketAddr, Request<Full<Bytes>>) {
        let Self { address, host, builder, body } = self;
        (address, builder.header("host", host).body(Full::new(body)).unwrap())
    }
}

/// The error of a connection that ended before anything was sent.
async fn closed() -> hyper::Error {
    let (ours, theirs) = tokio::io::duplex(1);
    drop(theirs);
    let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(ours)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(Request::new(Full::default())).await.unwrap_err()
}

pub(crate) async fn read(response: Response<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, body) = response.into_parts();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.collect().await?.to_bytes() })
}

impl Answer {
    /// The one value of a field; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} came twice");
        value
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("x-request-id")
    }
}

/// Sends bytes as they are and reads until the server closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

/// Whatever else comes until the server closes.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is a way to close, too.
    let closed = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the server does not close: {}", String::from_utf8_lossy(&answer));
    String::from_utf8_lossy(&answer).into_owned()
}

/// An answer as `raw` reads it: status, and the value of a field.
pub(crate) fn status_of(raw: &str) -> u16 {
    raw.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{raw:?}"))
}

pub(crate) fn field_of<'r>(raw: &'r str, name: &str) -> &'r str {
    let head = raw.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or("")
}

/// Waits until `is_so` says yes.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut tick = interval(POLL);
        loop {
            tick.tick().await;
            if is_so().await {
                return;
            }
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}
