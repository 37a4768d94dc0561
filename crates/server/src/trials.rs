//! Trials of the portal's readers, sent through the gateway.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use claviger_domain::{Clock, Entropy};
use claviger_gateway::{Arrival, Body, Gateway, RequestTag};
use claviger_pages::{Trial, TrialFailure, Trials, Tried};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::effects::Effects;

/// How long an API has for its whole answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most of an answer's body that is kept.
const MOST_BYTES: usize = 16 * 1024;

/// Sends trials through the one gateway, to whose contracts and upstreams they are bound.
pub(crate) struct GatewayTrials {
    gateway: Gateway,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl GatewayTrials {
    /// Through this gateway.
    pub(crate) fn new(gateway: Gateway, effects: &Effects) -> Self {
        Self { gateway, clock: Arc::clone(&effects.clock), entropy: Arc::clone(&effects.entropy) }
    }

    async fn try_out(&self, trial: Trial) -> Result<Tried, TrialFailure> {
        let Trial { installed, host, environment, reader, request } = trial;
        let tag = RequestTag::generate(&*self.clock, &*self.entropy);
        let arrival = Arrival::of_trial(reader, &host, environment, tag);
        let begun_at = self.clock.now();
        let (response, principal) = self.gateway.try_out(&installed, &arrival, request).await;
        let (head, body) = response.into_parts();
        let (body, is_cut) = first_bytes(body).await?;
        Ok(Tried {
            request_id: arrival.request_id.as_str().to_owned(),
            status: head.status,
            headers: head.headers,
            body,
            is_cut,
            principal,
            took: self.clock.now().since(begun_at),
        })
    }
}

impl Trials for GatewayTrials {
    fn send(&self, trial: Trial) -> Pin<Box<dyn Future<Output = Result<Tried, TrialFailure>> + Send + '_>> {
        Box::pin(async move {
            timeout(PATIENCE, self.try_out(trial)).await.unwrap_or(Err(TrialFailure::TimedOut))
        })
    }
}

/// The beginning of a body, and whether there was more. The rest is never read.
async fn first_bytes(mut body: Body) -> Result<(Bytes, bool), TrialFailure> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| TrialFailure::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        let room = MOST_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(data.get(..room).unwrap_or(&data));
        if data.len() > room {
            return Ok((kept.freeze(), true));
        }
    }
    Ok((kept.freeze(), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn kept(length: usize) -> (usize, bool) {
        let (bytes, is_cut) = first_bytes(Body::from(Bytes::from(vec![b'x'; length]))).await.unwrap();
        (bytes.len(), is_cut)
    }

    #[tokio::test]
    async fn of_a_long_answer_the_beginning_is_kept() {
        assert_eq!(kept(0).await, (0, false));
        assert_eq!(kept(MOST_BYTES).await, (MOST_BYTES, false));
        assert_eq!(kept(MOST_BYTES + 1).await, (MOST_BYTES, true));
    }
}
