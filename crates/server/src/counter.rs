//! The counter that nodes share: a Valkey or Redis.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{Limit, Pace};
use claviger_engine::{CounterAway, LeaseAnswer, LeaseQuestion, SharedCounter};
use futures_util::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};
use tokio::sync::Mutex;

/// Why there is no shared counter.
#[derive(Debug, thiserror::Error)]
#[error(
    "the setting limits.shared is no URL of a Valkey or Redis, such as redis://:password@10.0.0.7:6379/0"
)]
pub struct CounterUrlError;

/// One connection that all requests share, made again when it broke.
pub(crate) struct RedisCounter {
    client: Client,
    config: AsyncConnectionConfig,
    connection: Mutex<Option<MultiplexedConnection>>,
    script: Script,
    patience: Duration,
}

// The client knows the password.
impl std::fmt::Debug for RedisCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisCounter").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl RedisCounter {
    /// A counter at this URL, which may hold a password, without any connection yet. Nothing waits for an answer longer
    /// than `patience`.
    ///
    /// # Errors
    /// When the URL is none.
    pub(crate) fn new(url: &str, patience: Duration) -> Result<Self, CounterUrlError> {
        let client = Client::open(url).map_err(|_| CounterUrlError)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        let script = Script::new(include_str!("counter.lua"));
        Ok(Self { client, config, connection: Mutex::new(None), script, patience })
    }

    async fn ask(&self, question: LeaseQuestion<'_>) -> Result<(u32, i64, i64, i64), RedisError> {
        let mut connection = self.connect().await?;
        let LeaseQuestion { name, limit, need, want } = question;
        let (pace, seconds, burst) = words(limit);
        let mut call = self.script.key(name);
        call.arg(pace).arg(limit.requests.get()).arg(need.get()).arg(want.get());
        call.arg(u8::from(limit.counts_refused)).arg(seconds).arg(burst);
        call.invoke_async(&mut connection).await
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        let made = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        Ok(kept.insert(made).clone())
    }
}

impl SharedCounter for RedisCounter {
    fn lease<'c>(&'c self, question: LeaseQuestion<'c>) -> BoxFuture<'c, Result<LeaseAnswer, CounterAway>> {
        Box::pin(async move {
            let outcome = match tokio::time::timeout(self.patience, self.ask(question)).await {
                Ok(Ok(answer)) => return Ok(answer_of(answer)),
                // Its text may name the address, never the password.
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            // Whatever it was: the next one begins with a new connection.
            self.connection.lock().await.take();
            Err(CounterAway(outcome))
        })
    }
}

/// A limit in the words of the script.
fn words(limit: &Limit) -> (&'static str, u32, u32) {
    let per = NonZeroU32::get;
    match limit.pace {
        Pace::Even { per_seconds, burst } => ("even", per(per_seconds), per(burst)),
        Pace::Rolling { per_seconds } => ("rolling", per(per_seconds), 0),
        Pace::Day => ("day", 0, 0),
        Pace::Month => ("month", 0, 0),
    }
}

fn answer_of((granted, remaining, reset, retry): (u32, i64, i64, i64)) -> LeaseAnswer {
    let micros = |micros: i64| u64::try_from(micros).ok().map(Duration::from_micros);
    LeaseAnswer {
        granted,
        remaining: u32::try_from(remaining).unwrap_or(0),
        reset_after: micros(reset).unwrap_or_default(),
        retry_after: if granted > 0 { None } else { Some(micros(retry).unwrap_or_default()) },
    }
}

#[cfg(test)]
#[path = "counter_tests.rs"]
mod tests;
