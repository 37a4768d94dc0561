//! Bare servers that `cargo xtask bench` measures beside ours: what the same stack costs when it decides nothing.
//!
//! `floor hello PORT` answers a constant, `floor echo PORT` answers a JSON body with itself, and
//! `floor proxy PORT UPSTREAM` forwards every request to `UPSTREAM`, a host and port.

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;

use axum::Json;
use axum::routing::post;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: floor hello|echo|proxy PORT [UPSTREAM]";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(mode), Some(port)) = (arguments.next(), arguments.next()) else { return Err(USAGE.into()) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?)).await?;
    match (mode.as_str(), arguments.next()) {
        ("hello", None) => hello(listener).await,
        ("echo", None) => echo(listener).await,
        ("proxy", Some(upstream)) => proxy(listener, &upstream).await,
        _ => Err(USAGE.into()),
    }
}

async fn accept(listener: &TcpListener) -> Result<TokioIo<TcpStream>, Failure> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(TokioIo::new(stream))
}

async fn hello(listener: TcpListener) -> Result<(), Failure> {
    loop {
        let stream = accept(&listener).await?;
        let service = service_fn(async |_: Request<Incoming>| {
            let mut answer = Response::new(Full::new(Bytes::from_static(b"{\"hello\":\"world\"}")));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(answer)
        });
        tokio::spawn(http1::Builder::new().serve_connection(stream, service));
    }
}

async fn echo(listener: TcpListener) -> Result<(), Failure> {
    let router = axum::Router::new().route("/v1/verify", post(async |Json(body): Json<Value>| Json(body)));
    Ok(axum::serve(listener, router).await?)
}

async fn proxy(listener: TcpListener, upstream: &str) -> Result<(), Failure> {
    let client: Client<HttpConnector, Incoming> = Client::builder(TokioExecutor::new()).build_http();
    let host = HeaderValue::try_from(upstream)?;
    loop {
        let stream = accept(&listener).await?;
        let (client, host) = (client.clone(), host.clone());
        let service = service_fn(move |request| forward(client.clone(), host.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(stream, service));
    }
}

async fn forward(
    client: Client<HttpConnector, Incoming>,
    host: HeaderValue,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Failure> {
    let mut target = request.uri().clone().into_parts();
    target.scheme = Some(http::uri::Scheme::HTTP);
    target.authority = Some(host.to_str()?.parse()?);
    *request.uri_mut() = Uri::from_parts(target)?;
    request.headers_mut().insert(HOST, host);
    Ok(client.request(request).await?)
}
