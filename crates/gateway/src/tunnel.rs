//! Two upgraded connections joined into one.

use std::io;
use std::time::Duration;

use futures_util::future::{Either, select};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy, split};
use tracing::debug;

use crate::arrival::RequestTag;
use crate::error::Chain;

/// Joins the two sides once both have been upgraded, and returns when either has ended.
pub(crate) async fn join(caller: OnUpgrade, upstream: OnUpgrade, linger: Duration, request_id: RequestTag) {
    let ended = match tokio::try_join!(caller, upstream) {
        Ok((caller, upstream)) => pass_both_ways(TokioIo::new(caller), TokioIo::new(upstream), linger).await,
        Err(error) => Err(io::Error::other(error)),
    };
    match ended {
        Ok(()) => debug!(request_id = request_id.as_str(), "tunnel ended"),
        Err(error) => debug!(request_id = request_id.as_str(), error = %Chain(&error), "tunnel broke"),
    }
}

/// Copies both ways. When one side has said its last, the other has `linger` for what it still has to say.
async fn pass_both_ways<A, B>(caller: A, upstream: B, linger: Duration) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite,
    B: AsyncRead + AsyncWrite,
{
    let (mut from_caller, mut to_caller) = split(caller);
    let (mut from_upstream, mut to_upstream) = split(upstream);
    let up = async {
        copy(&mut from_caller, &mut to_upstream).await?;
        to_upstream.shutdown().await
    };
    let down = async {
        copy(&mut from_upstream, &mut to_caller).await?;
        to_caller.shutdown().await
    };
    tokio::pin!(up, down);
    let (ended, rest) = match select(up, down).await {
        Either::Left((ended, down)) => (ended, Either::Left(down)),
        Either::Right((ended, up)) => (ended, Either::Right(up)),
    };
    ended?;
    tokio::time::timeout(linger, rest).await.map_or(Ok(()), |ended| ended)
}
