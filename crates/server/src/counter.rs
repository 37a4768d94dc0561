//! The counter that nodes share: a Valkey or Redis.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{Limit, Pace};
use claviger_engine::{CounterAway, LeaseAnswer, LeaseQuestion, SharedCounter};
use futures_util::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};

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
    kept: Mutex<Kept>,
    /// Whose turn it is to make one.
    connecting: tokio::sync::Mutex<()>,
    script: Script,
    patience: Duration,
}

/// The connection that is kept, and how many were made: which one it is.
#[derive(Default)]
struct Kept {
    made: u64,
    connection: Option<MultiplexedConnection>,
}

/// A connection to ask on.
struct Line {
    connection: MultiplexedConnection,
    number: u64,
    /// Whether it was made just now, for this question.
    is_fresh: bool,
}

type Numbers = (u32, i64, i64, i64);

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
        Ok(Self {
            client,
            config,
            kept: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            script,
            patience,
        })
    }

    /// Asks on the connection that is kept. One that turns out to be broken says nothing about the counter, which may
    /// have begun again since: another is made, and the question asked once more on that. Where its first answer was lost
    /// on the way, what it was given is lost with it, so that less is let through, never more. A script that the server
    /// does not know is sent to it.
    async fn ask(&self, question: LeaseQuestion<'_>, asked_on: &AtomicU64) -> Result<Numbers, RedisError> {
        let LeaseQuestion { name, limit, need, want } = question;
        let (pace, seconds, burst) = words(limit);
        let mut call = self.script.key(name);
        call.arg(pace).arg(limit.requests.get()).arg(need.get()).arg(want.get());
        call.arg(u8::from(limit.counts_refused)).arg(seconds).arg(burst);
        loop {
            let Line { mut connection, number, is_fresh } = self.connect().await?;
            asked_on.store(number, Ordering::Relaxed);
            match call.invoke_async(&mut connection).await {
                Err(error) if !is_fresh => {
                    tracing::debug!(%error, "the connection to the shared counter is made again");
                    self.forget(number);
                }
                outcome => return outcome,
            }
        }
    }

    async fn connect(&self) -> Result<Line, RedisError> {
        if let Some(line) = self.kept().line() {
            return Ok(line);
        }
        let _turn = self.connecting.lock().await;
        // Whoever had the turn before may have made one.
        if let Some(line) = self.kept().line() {
            return Ok(line);
        }
        let connection = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        let mut kept = self.kept();
        kept.made += 1;
        kept.connection = Some(connection.clone());
        Ok(Line { connection, number: kept.made, is_fresh: true })
    }

    /// Keeps this connection no longer, unless another took its place already.
    fn forget(&self, number: u64) {
        let mut kept = self.kept();
        if kept.made == number {
            kept.connection = None;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn line(&self) -> Option<Line> {
        let connection = self.connection.clone()?;
        Some(Line { connection, number: self.made, is_fresh: false })
    }
}

impl SharedCounter for RedisCounter {
    fn lease<'c>(&'c self, question: LeaseQuestion<'c>) -> BoxFuture<'c, Result<LeaseAnswer, CounterAway>> {
        Box::pin(async move {
            let asked_on = AtomicU64::new(0);
            let asking = self.ask(question, &asked_on);
            let outcome = match tokio::time::timeout(self.patience, asking).await {
                Ok(Ok(answer)) => return Ok(answer_of(answer)),
                // Its text may name the address, never the password.
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            // Whatever it was: the next one begins with a new connection.
            self.forget(asked_on.load(Ordering::Relaxed));
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

fn answer_of((granted, remaining, reset, retry): Numbers) -> LeaseAnswer {
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
