//! A scriptable upstream: raw TCP, so that it can do what no HTTP library would.
//!
//! A script is an async function of one connection. What it reads is handed to the test as well, so that
//! the test can look at a request exactly as it came over the wire.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// An upstream on a port of its own, until it is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    received: UnboundedReceiver<Received>,
    connections: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The method.
    pub method: String,
    /// The target of the request line, e.g. `/a?b=c`.
    pub target: String,
    /// The fields in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Received {
    /// The one value of a field; none when it is absent or there is more than one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() { None } else { first }
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| found == name)
    }
}

impl Upstream {
    /// Starts an upstream that runs `script` for each connection; the connection closes when it returns.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start<S, F>(script: S) -> io::Result<Self>
    where
        S: Fn(Conversation) -> F + Send + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (seen, received) = unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let talk = Conversation { stream, buffer: Vec::new(), seen: seen.clone(), number };
                // A script that fails has lost its peer, which is often the point of the test.
                tokio::spawn(script(talk));
            }
        });
        Ok(Self { address, received, connections, listening })
    }

    /// One that gives these bytes as its answer to every request, on kept connections.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> io::Result<Self> {
        let answer: Arc<[u8]> = answer.into().into();
        Self::start(move |mut talk| {
            let answer = Arc::clone(&answer);
            async move {
                while talk.read_request().await?.is_some() {
                    talk.write(&answer).await?;
                }
                Ok(())
            }
        })
        .await
    }

    /// One that answers every request with its body.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn echoing() -> io::Result<Self> {
        Self::start(|mut talk| async move {
            while let Some(request) = talk.read_request().await? {
                talk.write(
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", request.body.len()).as_bytes(),
                )
                .await?;
                talk.write(&request.body).await?;
            }
            Ok(())
        })
        .await
    }

    /// One that reads whatever comes and never answers.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn hanging() -> io::Result<Self> {
        Self::start(|mut talk| async move { talk.wait_for_end().await }).await
    }

    /// One that echoes raw bytes after it has agreed to a WebSocket.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn websocket() -> io::Result<Self> {
        Self::start(|mut talk| async move {
            if talk.read_request().await?.is_some() {
                talk.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n",
                )
                .await?;
                talk.write(b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").await?;
                while let Some(bytes) = talk.read_some().await? {
                    talk.write(&bytes).await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request it has read, waiting for it; none when the upstream is gone.
    pub async fn next_request(&mut self) -> Option<Received> {
        self.received.recv().await
    }

    /// How many connections it has accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One connection of an upstream.
#[derive(Debug)]
pub struct Conversation {
    stream: TcpStream,
    buffer: Vec<u8>,
    seen: UnboundedSender<Received>,
    number: usize,
}

impl Conversation {
    /// How many connections were accepted before this one.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The next request with its whole body; none when the other side has closed between requests.
    ///
    /// # Errors
    /// When the connection ends within a request, or what comes is no request.
    pub async fn read_request(&mut self) -> io::Result<Option<Received>> {
        let Some(mut request) = self.read_head().await? else { return Ok(None) };
        request.body = if request.header("transfer-encoding") == Some("chunked") {
            self.read_chunks().await?
        } else {
            let length = request.header("content-length").map_or(Ok(0), str::parse).map_err(invalid)?;
            self.take(length).await?
        };
        // The test may have dropped its end and look no more.
        let _ = self.seen.send(request.clone());
        Ok(Some(request))
    }

    /// The next request up to its body, which is not read; none when the other side has closed.
    ///
    /// # Errors
    /// As for [`Conversation::read_request`].
    pub async fn read_head(&mut self) -> io::Result<Option<Received>> {
        let Some(head) = self.read_until(b"\r\n\r\n").await? else { return Ok(None) };
        let text = String::from_utf8(head).map_err(invalid)?;
        let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(invalid("no request line"));
        };
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Some(Received { method, target, headers, body: Vec::new() }))
    }

    /// Whatever comes next; none when the other side has closed.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn read_some(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.buffer.is_empty() && !self.fill().await? {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.buffer)))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Reads and discards until the other side closes.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn wait_for_end(&mut self) -> io::Result<()> {
        while self.fill().await? {
            self.buffer.clear();
        }
        Ok(())
    }

    async fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_until(b"\r\n").await?.ok_or_else(|| invalid("no chunk"))?;
            let digits = std::str::from_utf8(&line).map_err(invalid)?;
            let length = usize::from_str_radix(digits.trim(), 16).map_err(invalid)?;
            if length == 0 {
                // Trailers, if any, end with an empty line.
                while self.read_until(b"\r\n").await?.is_some_and(|line| line != b"\r\n") {}
                return Ok(body);
            }
            body.extend(self.take(length).await?);
            self.take(2).await?;
        }
    }

    /// Bytes up to and with `end`; none when the other side has closed before the first.
    async fn read_until(&mut self, end: &[u8]) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|window| window == end) {
                return Ok(Some(self.buffer.drain(..at + end.len()).collect()));
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// Whether more has come.
    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
