//! Bare servers that `cargo xtask bench` measures beside ours: what the same stack costs when it decides nothing.
//!
//! `floor hello PORT` answers a constant, `floor echo PORT` answers a JSON body with itself, and
//! `floor proxy PORT UPSTREAM` forwards every request to `UPSTREAM`, a host and port.
//! `floor form PORT` reads a form and answers a constant; `floor sign-hs256 PORT`, `sign-eddsa`, `sign-es256` and
//! `sign-rs256` do so, too, and sign a token's worth of bytes each time, with a key that is made once.

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256};
use axum::routing::post;
use axum::{Form, Json};
use data_encoding::BASE64URL_NOPAD;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Map, Value};
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str =
    "usage: floor hello|echo|proxy|form|sign-hs256|sign-eddsa|sign-es256|sign-rs256 PORT [UPSTREAM]";

/// As many bytes as header and claims of a client's token have in base64.
const SIGNED: &str = match str::from_utf8(&[b'A'; 300]) {
    Ok(text) => text,
    Err(_) => "",
};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(mode), Some(port)) = (arguments.next(), arguments.next()) else { return Err(USAGE.into()) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?)).await?;
    match (mode.as_str(), arguments.next()) {
        ("hello", None) => hello(listener).await,
        ("echo", None) => echo(listener).await,
        ("proxy", Some(upstream)) => proxy(listener, &upstream).await,
        (mode, None) => form(listener, Signer::of(mode)?).await,
        _ => Err(USAGE.into()),
    }
}

/// A key that signs, or none.
enum Signer {
    None,
    Hs256(Box<hmac::Key>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl Signer {
    /// A new key for the mode that was asked for.
    fn of(mode: &str) -> Result<Self, Failure> {
        Ok(match mode {
            "form" => Self::None,
            "sign-hs256" => Self::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]))),
            "sign-eddsa" => Self::EdDsa(Ed25519KeyPair::generate()?),
            "sign-es256" => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            "sign-rs256" => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048)?),
            _ => return Err(USAGE.into()),
        })
    }

    /// The signature of [`SIGNED`].
    fn sign(&self) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::None => Vec::new(),
            Self::Hs256(key) => hmac::sign(key, SIGNED.as_bytes()).as_ref().to_vec(),
            Self::EdDsa(pair) => pair.try_sign(SIGNED.as_bytes())?.as_ref().to_vec(),
            Self::Es256(pair) => pair.sign(&random, SIGNED.as_bytes())?.as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, SIGNED.as_bytes(), &mut signature)?;
                signature
            }
        })
    }
}

/// Answers every form with JSON that is constant but for the signature.
async fn form(listener: TcpListener, signer: Signer) -> Result<(), Failure> {
    let signer = Arc::new(signer);
    let answer = async move |Form(_): Form<Map<String, Value>>| {
        let signature = signer.sign().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let token = BASE64URL_NOPAD.encode(&signature);
        let body =
            format!(r#"{{"access_token":"{SIGNED}.{token}","token_type":"Bearer","expires_in":3600}}"#);
        Ok::<_, StatusCode>(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body))
    };
    let router = axum::Router::new().route("/{*path}", post(answer));
    Ok(axum::serve(listener, router).await?)
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
