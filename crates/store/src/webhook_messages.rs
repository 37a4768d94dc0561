//! What endpoints are sent, and how sending went.

use std::time::Duration;

use claviger_domain::{
    MessageState, Page, PageRequest, Timestamp, WebhookAttempt, WebhookId, WebhookMessage, WebhookMessageId,
};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, webhook, event, subject, payload, state, attempts, failures, due_at, created_at, ended_at"
    };
}

/// Nothing about the same thing waits before it.
macro_rules! is_first {
    () => {
        "NOT EXISTS (SELECT 1 FROM webhook_message e WHERE e.webhook = m.webhook AND e.subject = m.subject \
         AND e.state = 'waiting' AND e.position < m.position)"
    };
}

/// The next place among the messages about one thing.
macro_rules! last_position {
    ($of:literal) => {
        concat!("(SELECT COALESCE(MAX(o.position), 0) + 1 FROM webhook_message o ", "WHERE ", $of, ")")
    };
}

statements! {
    // It is due with those about the same thing that wait for their next attempt, since it is sent after them.
    INSERT = concat!("INSERT INTO webhook_message (", columns!(), ", position) \
        VALUES ($1, $2, $3, $4, $5, 'waiting', 0, 0, COALESCE((SELECT MAX(w.due_at) FROM webhook_message w \
        WHERE w.webhook = $2 AND w.subject = $4 AND w.state = 'waiting' AND w.due_at > $6), $6), $6, NULL, ",
        last_position!("o.webhook = $2 AND o.subject = $4"), ")");
    FIND = concat!("SELECT ", columns!(), " FROM webhook_message WHERE webhook = $1 AND id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM webhook_message WHERE webhook = $1 AND id < $2 \
        ORDER BY id DESC LIMIT $3");
    LIST_IN_STATE = concat!("SELECT ", columns!(), " FROM webhook_message WHERE webhook = $1 AND state = $2 \
        AND id < $3 ORDER BY id DESC LIMIT $4");
    LIST_ATTEMPTS = "SELECT number, started_at, took, status, fault, answer FROM webhook_attempt \
        WHERE message = $1 ORDER BY number DESC LIMIT $2";
    // Endpoints that take what they are sent come first.
    LIST_READY_WEBHOOKS = concat!("SELECT m.webhook, w.failing_since IS NOT NULL AS is_failing, MIN(m.due_at) AS due \
        FROM webhook_message m JOIN webhook w ON w.id = m.webhook \
        WHERE m.state = 'waiting' AND m.due_at <= $1 AND ", is_first!(), " \
        GROUP BY m.webhook, w.failing_since IS NOT NULL ORDER BY is_failing, due LIMIT $2");
    LIST_READY = concat!("SELECT m.id, m.subject, m.payload, m.attempts, m.failures FROM webhook_message m \
        WHERE m.webhook = $1 AND m.state = 'waiting' AND m.due_at <= $2 AND ", is_first!(), " \
        ORDER BY m.due_at, m.id LIMIT $3");
    BACKLOG = "SELECT COUNT(*), MIN(w.created_at) FROM (SELECT created_at FROM webhook_message \
        WHERE state = 'waiting' ORDER BY created_at LIMIT $1) w";
    LIST_DEAD = "SELECT id FROM webhook_message WHERE webhook = $1 AND state = 'dead' \
        ORDER BY created_at, position, id LIMIT $2";
    CLAIM = "UPDATE webhook_message SET attempts = attempts + 1, due_at = $4 \
        WHERE id = $1 AND attempts = $2 AND state = 'waiting' AND due_at <= $3";
    END = "UPDATE webhook_message SET state = $3, ended_at = $4 \
        WHERE id = $1 AND attempts = $2 AND state = 'waiting'";
    RETRY = "UPDATE webhook_message SET failures = failures + 1, due_at = $3 \
        WHERE id = $1 AND attempts = $2 AND state = 'waiting'";
    // Those that wait behind it; none of them was tried since.
    MOVE_FOLLOWERS = "UPDATE webhook_message SET due_at = $4 \
        WHERE webhook = $1 AND subject = $2 AND state = 'waiting' \
        AND position > (SELECT f.position FROM webhook_message f WHERE f.id = $3)";
    KILL_WAITING = "UPDATE webhook_message SET state = 'dead', ended_at = $2 WHERE webhook = $1 AND state = 'waiting'";
    REPLAY = concat!("UPDATE webhook_message SET state = 'waiting', failures = 0, due_at = $3, ended_at = NULL, \
        position = ", last_position!("o.webhook = webhook_message.webhook AND o.subject = webhook_message.subject"), " \
        WHERE webhook = $1 AND id = $2 AND state <> 'waiting'");
    INSERT_ATTEMPT = "INSERT INTO webhook_attempt (message, number, started_at, took, status, fault, answer) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (message, number) DO NOTHING";
    DELETE_ENDED = "DELETE FROM webhook_message WHERE id IN \
        (SELECT id FROM webhook_message WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: Uuid,
    webhook: Uuid,
    event: String,
    subject: String,
    payload: String,
    state: String,
    attempts: i64,
    failures: i64,
    due_at: i64,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<MessageRow> for WebhookMessage {
    type Error = Error;

    fn try_from(row: MessageRow) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("webhook_message", column);
        Ok(Self {
            id: WebhookMessageId::from_uuid(row.id),
            webhook: WebhookId::from_uuid(row.webhook),
            event: row.event.parse().map_err(|_| corrupt("event"))?,
            subject: row.subject,
            payload: row.payload,
            state: row.state.parse().map_err(|_| corrupt("state"))?,
            attempts: row.attempts.try_into().map_err(|_| corrupt("attempts"))?,
            failures: row.failures.try_into().map_err(|_| corrupt("failures"))?,
            due_at: Timestamp::from_micros(row.due_at),
            created_at: Timestamp::from_micros(row.created_at),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        })
    }
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    number: i64,
    started_at: i64,
    took: i64,
    status: Option<i64>,
    fault: Option<String>,
    answer: String,
}

impl TryFrom<AttemptRow> for WebhookAttempt {
    type Error = Error;

    fn try_from(row: AttemptRow) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("webhook_attempt", column);
        Ok(Self {
            number: row.number.try_into().map_err(|_| corrupt("number"))?,
            started_at: Timestamp::from_micros(row.started_at),
            took: Duration::from_micros(row.took.try_into().map_err(|_| corrupt("took"))?),
            status: row.status.map(u16::try_from).transpose().map_err(|_| corrupt("status"))?,
            fault: row.fault,
            answer: row.answer,
        })
    }
}

/// An endpoint for which a message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyWebhook {
    /// Which.
    pub id: WebhookId,
    /// Whether it did not take the last message.
    pub is_failing: bool,
}

/// A message that is due and that nothing else has to go before, as far as sending it needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyMessage {
    /// Its id.
    pub id: WebhookMessageId,
    /// The endpoint.
    pub webhook: WebhookId,
    /// What it is about.
    pub subject: String,
    /// The body.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How often in vain since it was made or sent again.
    pub failures: u32,
}

/// A message that somebody is about to try for the time of this number: nobody else, as long as the number is its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageClaim {
    /// The message.
    pub id: WebhookMessageId,
    /// The number of the attempt.
    pub attempt: u32,
}

impl Conn {
    /// How many messages wait, counted no further than `most`, and when the oldest of them was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_backlog(&mut self, most: u32) -> Result<(u64, Option<Timestamp>), Error> {
        let (count, oldest) = fetch_one!(self, (i64, Option<i64>), BACKLOG, i64::from(most))?;
        Ok((u64::try_from(count).unwrap_or_default(), oldest.map(Timestamp::from_micros)))
    }

    /// A message to this endpoint.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_webhook_message(
        &mut self,
        webhook: WebhookId,
        id: WebhookMessageId,
    ) -> Result<Option<WebhookMessage>, Error> {
        fetch_optional!(self, MessageRow, FIND, webhook.uuid(), id.uuid())?
            .map(WebhookMessage::try_from)
            .transpose()
    }

    /// The messages to an endpoint, newest first; only those in one state, if one is named.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_webhook_messages(
        &mut self,
        webhook: WebhookId,
        state: Option<MessageState>,
        page: PageRequest,
    ) -> Result<Page<WebhookMessage>, Error> {
        let (before, limit) = (page.before.unwrap_or(Uuid::max()), i64::from(page.limit) + 1);
        let rows = match state {
            Some(state) => {
                fetch_all!(self, MessageRow, LIST_IN_STATE, webhook.uuid(), state.as_str(), before, limit)?
            }
            None => fetch_all!(self, MessageRow, LIST, webhook.uuid(), before, limit)?,
        };
        let found: Result<Vec<_>, _> = rows.into_iter().map(WebhookMessage::try_from).collect();
        Ok(Page::from_overfull(found?, page.limit, |message| message.id.uuid()))
    }

    /// The last attempts to send a message, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_webhook_attempts(
        &mut self,
        message: WebhookMessageId,
        limit: u16,
    ) -> Result<Vec<WebhookAttempt>, Error> {
        fetch_all!(self, AttemptRow, LIST_ATTEMPTS, message.uuid(), i64::from(limit))?
            .into_iter()
            .map(WebhookAttempt::try_from)
            .collect()
    }

    /// The endpoints for which something is due at `now`, those that take what they are sent first; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ready_webhooks(
        &mut self,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<ReadyWebhook>, Error> {
        let rows = fetch_all!(self, (Uuid, bool, i64), LIST_READY_WEBHOOKS, now.micros(), i64::from(limit))?;
        let ready = |(id, is_failing, _)| ReadyWebhook { id: WebhookId::from_uuid(id), is_failing };
        Ok(rows.into_iter().map(ready).collect())
    }

    /// What is due for an endpoint at `now` and has nothing to wait for, the longest due first; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ready_webhook_messages(
        &mut self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<ReadyMessage>, Error> {
        let rows = fetch_all!(
            self,
            (Uuid, String, String, i64, i64),
            LIST_READY,
            webhook.uuid(),
            now.micros(),
            i64::from(limit)
        )?;
        let count = |number: i64, column| {
            u32::try_from(number).map_err(|_| Error::corrupt("webhook_message", column))
        };
        let mut ready = Vec::with_capacity(rows.len());
        for (id, subject, payload, attempts, failures) in rows {
            let (attempts, failures) = (count(attempts, "attempts")?, count(failures, "failures")?);
            let id = WebhookMessageId::from_uuid(id);
            ready.push(ReadyMessage { id, webhook, subject, payload, attempts, failures });
        }
        Ok(ready)
    }

    /// The dead messages to an endpoint, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_dead_webhook_messages(
        &mut self,
        webhook: WebhookId,
        limit: u32,
    ) -> Result<Vec<WebhookMessageId>, Error> {
        let rows = fetch_all!(self, (Uuid,), LIST_DEAD, webhook.uuid(), i64::from(limit))?;
        Ok(rows.into_iter().map(|(id,)| WebhookMessageId::from_uuid(id)).collect())
    }
}

impl Tx {
    /// Inserts a waiting message, which is sent after all that were inserted before it about the same thing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken or there is no such endpoint; when the database fails.
    pub async fn insert_webhook_message(&mut self, message: &WebhookMessage) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            message.id.uuid(),
            message.webhook.uuid(),
            message.event.as_str(),
            message.subject.as_str(),
            message.payload.as_str(),
            message.created_at.micros(),
        )?;
        Ok(())
    }

    /// Takes a message that is due, for its next attempt: until `until` nobody else does. Answers the claim, or none
    /// when somebody else was faster.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_webhook_message(
        &mut self,
        message: &ReadyMessage,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageClaim>, Error> {
        let (id, seen) = (message.id, message.attempts);
        let rows = execute!(self, CLAIM, id.uuid(), i64::from(seen), now.micros(), until.micros())?;
        Ok((rows == 1).then_some(MessageClaim { id, attempt: seen.saturating_add(1) }))
    }

    /// Ends a message that was claimed: delivered, or dead. Answers whether the claim was still good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_webhook_message(
        &mut self,
        claim: MessageClaim,
        state: MessageState,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let attempt = i64::from(claim.attempt);
        Ok(execute!(self, END, claim.id.uuid(), attempt, state.as_str(), at.micros())? == 1)
    }

    /// Lets a message that was claimed wait for its next attempt. Answers whether the claim was still good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_webhook_message(
        &mut self,
        claim: MessageClaim,
        due_at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, RETRY, claim.id.uuid(), i64::from(claim.attempt), due_at.micros())? == 1)
    }

    /// Makes what waits behind a message about the same thing due at this instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_webhook_followers(
        &mut self,
        message: &ReadyMessage,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        let (webhook, subject) = (message.webhook.uuid(), message.subject.as_str());
        execute!(self, MOVE_FOLLOWERS, webhook, subject, message.id.uuid(), due_at.micros()).map(drop)
    }

    /// Gives up whatever waits for an endpoint. Answers how much.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kill_waiting_webhook_messages(
        &mut self,
        webhook: WebhookId,
        at: Timestamp,
    ) -> Result<u64, Error> {
        execute!(self, KILL_WAITING, webhook.uuid(), at.micros())
    }

    /// Lets a message that ended wait once more, after all others about the same thing. Answers whether it had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replay_webhook_message(
        &mut self,
        webhook: WebhookId,
        id: WebhookMessageId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, REPLAY, webhook.uuid(), id.uuid(), at.micros())? == 1)
    }

    /// Keeps how an attempt went. One of the same number that is kept already stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such message; when the database fails.
    pub async fn insert_webhook_attempt(
        &mut self,
        message: WebhookMessageId,
        attempt: &WebhookAttempt,
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT_ATTEMPT,
            message.uuid(),
            i64::from(attempt.number),
            attempt.started_at.micros(),
            i64::try_from(attempt.took.as_micros()).unwrap_or(i64::MAX),
            attempt.status.map(i64::from),
            attempt.fault.as_deref(),
            attempt.answer.as_str(),
        )?;
        Ok(())
    }

    /// Deletes messages that ended before `cutoff`, with their attempts, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_ended_webhook_messages(
        &mut self,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        execute!(self, DELETE_ENDED, cutoff.micros(), i64::from(limit))
    }
}
