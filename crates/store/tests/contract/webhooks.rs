use std::time::Duration;

use claviger_domain::{
    DisabledFor, EventType, MessageState, PageRequest, Subscription, Timestamp, Webhook, WebhookAttempt,
    WebhookId, WebhookMessage, WebhookMessageId, WorkspaceId,
};
use claviger_store::{Error, MessageClaim, ReadyMessage, Store};

use crate::samples::{Samples, page, write};

const MINUTE: Duration = Duration::from_secs(60);

fn webhook(samples: &Samples, workspace: Option<WorkspaceId>, events: &str) -> Webhook {
    samples.clock.advance(Duration::from_millis(1));
    Webhook {
        id: WebhookId::generate(&samples.clock, &samples.entropy),
        workspace,
        name: "Łódź".parse().unwrap(),
        address: "https://hooks.example/in?x=1".parse().unwrap(),
        events: events.parse().unwrap(),
        failing_since: None,
        disabled: None,
        previous_secret_until: None,
        created_at: samples.now(),
        created_by: "local".to_owned(),
        updated_at: samples.now(),
        updated_by: "local".to_owned(),
    }
}

fn message(samples: &Samples, webhook: WebhookId, subject: &str) -> WebhookMessage {
    samples.clock.advance(Duration::from_millis(1));
    WebhookMessage {
        id: WebhookMessageId::generate(&samples.clock, &samples.entropy),
        webhook,
        event: EventType::KeyChanged,
        subject: subject.to_owned(),
        payload: r#"{"ü":1}"#.to_owned(),
        state: MessageState::Waiting,
        attempts: 0,
        failures: 0,
        due_at: samples.now(),
        created_at: samples.now(),
        ended_at: None,
    }
}

async fn plant_workspace(samples: &Samples, store: &Store) -> WorkspaceId {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    id
}

async fn plant(samples: &Samples, store: &Store) -> WebhookId {
    let row = webhook(samples, None, "*");
    let id = row.id;
    write!(store, |tx| tx.insert_webhook(&row, b"sealed"));
    id
}

async fn send(samples: &Samples, store: &Store, webhook: WebhookId, subject: &str) -> WebhookMessageId {
    let row = message(samples, webhook, subject);
    let id = row.id;
    write!(store, |tx| tx.insert_webhook_message(&row));
    id
}

async fn ready(store: &Store, webhook: WebhookId, now: Timestamp) -> Vec<ReadyMessage> {
    store.read().await.unwrap().list_ready_webhook_messages(webhook, now, 9).await.unwrap()
}

async fn ready_ids(store: &Store, webhook: WebhookId, now: Timestamp) -> Vec<WebhookMessageId> {
    ready(store, webhook, now).await.into_iter().map(|message| message.id).collect()
}

async fn found(store: &Store, webhook: WebhookId, id: WebhookMessageId) -> WebhookMessage {
    store.read().await.unwrap().find_webhook_message(webhook, id).await.unwrap().unwrap()
}

/// Takes the first message that is due, until a minute from now.
async fn claim(samples: &Samples, store: &Store, webhook: WebhookId) -> (ReadyMessage, MessageClaim) {
    let now = samples.now();
    let first = ready(store, webhook, now).await.remove(0);
    let copy = first.clone();
    let claim = write!(store, |tx| tx.claim_webhook_message(&copy, now, now.plus(MINUTE)));
    (first, claim.unwrap())
}

both! {
    async fn an_endpoint_is_found_listed_changed_and_deleted(store: Store) {
        let samples = Samples::new();
        let own = plant_workspace(&samples, &store).await;
        let rows = [webhook(&samples, Some(own), "key.created key.revoked"), webhook(&samples, None, "*")];
        for row in rows.clone() {
            write!(store, |tx| tx.insert_webhook(&row, b"sealed"));
        }
        let [first, second] = rows;
        let mut read = store.read().await.unwrap();
        let record = read.find_webhook(first.id).await.unwrap().unwrap();
        assert_eq!((&record.webhook, record.secret.as_slice(), record.previous_secret), (&first, &b"sealed"[..], None));
        assert_eq!(read.list_webhooks(None, page(9)).await.unwrap().rows, [second.clone(), first.clone()]);
        assert_eq!(read.list_webhooks(Some(own), page(9)).await.unwrap().rows, std::slice::from_ref(&first));
        let one = read.list_webhooks(None, page(1)).await.unwrap();
        let rest = PageRequest { before: one.next, limit: 1 };
        assert_eq!(read.list_webhooks(None, rest).await.unwrap().rows, std::slice::from_ref(&first));
        assert_eq!((read.count_webhooks(Some(own)).await.unwrap(), read.count_webhooks(None).await.unwrap()), (1, 1));
        drop(read);
        let (id, now) = (first.id, samples.now().plus(MINUTE));
        let after = Webhook {
            name: "Other".parse().unwrap(),
            address: "https://other.example/".parse().unwrap(),
            events: Subscription::All,
            updated_at: now,
            updated_by: "system".to_owned(),
            ..first
        };
        let copy = after.clone();
        assert!(write!(store, |tx| tx.update_webhook(id, (&copy.name, &copy.address, &copy.events), now, "system")));
        assert_eq!(store.read().await.unwrap().find_webhook(id).await.unwrap().unwrap().webhook, after);
        assert!(write!(store, |tx| tx.delete_webhook(id)));
        assert!(!write!(store, |tx| tx.delete_webhook(id)));
        assert_eq!(store.read().await.unwrap().find_webhook(id).await.unwrap(), None);
    }

    async fn a_workspace_that_is_not_there_has_no_endpoint(store: Store) {
        let samples = Samples::new();
        let row = webhook(&samples, Some(samples.workspace().id), "*");
        let inserted = store
            .write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_webhook(&row, b"x").await }))
            .await;
        assert!(matches!(inserted, Err(Error::Conflict { .. })));
    }

    async fn those_are_told_who_want_it_are_of_the_workspace_or_the_instance_and_enabled(store: Store) {
        let samples = Samples::new();
        let (own, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let rows = [
            webhook(&samples, Some(own), "key.created"),
            webhook(&samples, Some(own), "key.revoked"),
            webhook(&samples, Some(other), "*"),
            webhook(&samples, None, "*"),
            webhook(&samples, Some(own), "*"),
        ];
        for row in rows.clone() {
            write!(store, |tx| tx.insert_webhook(&row, b"x"));
        }
        let (off, now) = (rows[4].id, samples.now());
        write!(store, |tx| tx.disable_webhook(off, DisabledFor::Hand, now, "local"));
        let mut read = store.read().await.unwrap();
        let mut told = read.list_webhook_targets(Some(own), EventType::KeyCreated).await.unwrap();
        told.sort_unstable();
        assert_eq!(told, [rows[0].id, rows[3].id]);
        assert_eq!(read.list_webhook_targets(None, EventType::KeyCreated).await.unwrap(), [rows[3].id]);
    }

    async fn a_secret_is_replaced_once_and_the_one_before_is_kept(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let (seen, now) = (samples.now(), samples.now().plus(MINUTE));
        let until = now.plus(MINUTE);
        assert!(write!(store, |tx| tx.replace_webhook_secret((id, seen), (b"new", until), now, "local")));
        assert!(!write!(store, |tx| tx.replace_webhook_secret((id, seen), (b"newer", until), now, "local")));
        let record = store.read().await.unwrap().find_webhook(id).await.unwrap().unwrap();
        assert_eq!((record.secret.as_slice(), record.previous_secret.as_deref()), (&b"new"[..], Some(&b"sealed"[..])));
        assert_eq!(record.webhook.previous_secret_until, Some(until));
    }

    async fn an_endpoint_is_switched_off_once_and_on_again(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let now = samples.now();
        write!(store, |tx| tx.note_webhook_failure(id, now));
        write!(store, |tx| tx.note_webhook_failure(id, now.plus(MINUTE)));
        assert!(write!(store, |tx| tx.disable_webhook(id, DisabledFor::Failures, now, "system")));
        assert!(!write!(store, |tx| tx.disable_webhook(id, DisabledFor::Hand, now, "local")));
        let off = store.read().await.unwrap().find_webhook(id).await.unwrap().unwrap().webhook;
        assert_eq!((off.failing_since, off.disabled), (Some(now), Some((now, DisabledFor::Failures))));
        assert!(write!(store, |tx| tx.enable_webhook(id, now, "local")));
        assert!(!write!(store, |tx| tx.enable_webhook(id, now, "local")));
        let on = store.read().await.unwrap().find_webhook(id).await.unwrap().unwrap().webhook;
        assert_eq!((on.failing_since, on.is_enabled()), (None, true));
        write!(store, |tx| tx.note_webhook_failure(id, now));
        write!(store, |tx| tx.note_webhook_success(id));
        let well = store.read().await.unwrap().find_webhook(id).await.unwrap().unwrap().webhook;
        assert_eq!(well.failing_since, None);
    }

    async fn a_message_is_due_alone_until_the_one_before_it_about_the_same_thing_is_done(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let first = send(&samples, &store, id, "key_1").await;
        let second = send(&samples, &store, id, "key_1").await;
        let other = send(&samples, &store, id, "key_2").await;
        let now = samples.now();
        assert_eq!(ready_ids(&store, id, now).await, [first, other]);
        let (ready, claimed) = claim(&samples, &store, id).await;
        assert_eq!((ready.id, claimed), (first, MessageClaim { id: first, attempt: 1 }));
        assert_eq!(ready_ids(&store, id, now).await, [other], "what is being sent is not sent again");
        let later = now.plus(MINUTE * 5);
        assert!(write!(store, |tx| tx.retry_webhook_message(claimed, later)));
        let copy = ready.clone();
        write!(store, |tx| tx.move_webhook_followers(&copy, later));
        assert_eq!(ready_ids(&store, id, now.plus(MINUTE)).await, [other]);
        let third = send(&samples, &store, id, "key_1").await;
        assert_eq!(found(&store, id, third).await.due_at, later, "it need not be looked at sooner");
        assert_eq!(ready_ids(&store, id, later).await, [other, first]);
        let again = store.read().await.unwrap().list_ready_webhook_messages(id, later, 9).await.unwrap();
        let (again, failed) = (again[1].clone(), again[1].failures);
        assert_eq!((again.attempts, failed), (1, 1));
        let copy = again.clone();
        let claimed = write!(store, |tx| tx.claim_webhook_message(&copy, later, later.plus(MINUTE))).unwrap();
        assert!(write!(store, |tx| tx.end_webhook_message(claimed, MessageState::Delivered, later)));
        write!(store, |tx| tx.move_webhook_followers(&again, now));
        assert_eq!(ready_ids(&store, id, now).await, [second, other]);
    }

    async fn a_claim_is_had_once_and_lost_with_its_time(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let sent = send(&samples, &store, id, "key_1").await;
        let now = samples.now();
        let seen = ready(&store, id, now).await.remove(0);
        let (one, two, three) = (seen.clone(), seen.clone(), seen);
        let until = now.plus(MINUTE);
        let first = write!(store, |tx| tx.claim_webhook_message(&one, now, until)).unwrap();
        assert_eq!(write!(store, |tx| tx.claim_webhook_message(&two, now, until)), None);
        assert_eq!(write!(store, |tx| tx.claim_webhook_message(&three, until, until)), None, "it was seen before");
        let anew = ready(&store, id, until).await.remove(0);
        let second = write!(store, |tx| tx.claim_webhook_message(&anew, until, until.plus(MINUTE))).unwrap();
        assert_eq!(second.attempt, 2);
        assert!(!write!(store, |tx| tx.end_webhook_message(first, MessageState::Delivered, until)));
        assert!(!write!(store, |tx| tx.retry_webhook_message(first, until)));
        assert!(write!(store, |tx| tx.end_webhook_message(second, MessageState::Dead, until)));
        let ended = found(&store, id, sent).await;
        assert_eq!((ended.state, ended.attempts, ended.ended_at), (MessageState::Dead, 2, Some(until)));
    }

    async fn what_is_sent_again_comes_after_all_that_waits(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let first = send(&samples, &store, id, "key_1").await;
        let now = samples.now();
        assert_eq!(write!(store, |tx| tx.kill_waiting_webhook_messages(id, now)), 1);
        assert!(ready(&store, id, now).await.is_empty());
        let second = send(&samples, &store, id, "key_1").await;
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_dead_webhook_messages(id, 9).await.unwrap(), [first]);
        drop(read);
        let now = samples.now();
        assert!(!write!(store, |tx| tx.replay_webhook_message(id, second, now)), "it waits");
        assert!(write!(store, |tx| tx.replay_webhook_message(id, first, now)));
        assert_eq!(ready_ids(&store, id, now).await, [second]);
        let again = found(&store, id, first).await;
        assert_eq!((again.state, again.failures, again.ended_at), (MessageState::Waiting, 0, None));
    }

    async fn endpoints_that_fail_come_after_those_that_do_not(store: Store) {
        let samples = Samples::new();
        let (bad, good, idle) =
            (plant(&samples, &store).await, plant(&samples, &store).await, plant(&samples, &store).await);
        send(&samples, &store, bad, "key_1").await;
        let early = samples.now();
        samples.clock.advance(MINUTE);
        send(&samples, &store, good, "key_1").await;
        send(&samples, &store, good, "key_2").await;
        write!(store, |tx| tx.note_webhook_failure(bad, early));
        let now = samples.now();
        let mut read = store.read().await.unwrap();
        let ready = read.list_ready_webhooks(now, 9).await.unwrap();
        let ready: Vec<_> = ready.iter().map(|ready| (ready.id, ready.is_failing)).collect();
        assert_eq!(ready, [(good, false), (bad, true)]);
        assert_eq!(read.list_ready_webhooks(early, 9).await.unwrap().len(), 1);
        assert!(!ready.iter().any(|(id, _)| *id == idle));
    }

    async fn messages_are_listed_by_state_with_their_attempts_and_deleted_when_old(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store).await;
        let first = send(&samples, &store, id, "key_1").await;
        let second = send(&samples, &store, id, "key_2").await;
        let now = samples.now();
        let (_, claimed) = claim(&samples, &store, id).await;
        let attempt = WebhookAttempt {
            number: 1,
            started_at: now,
            took: Duration::from_micros(1_500),
            status: Some(503),
            fault: Some("it answered 503".to_owned()),
            answer: "ü".to_owned(),
        };
        let (copy, twice) = (attempt.clone(), WebhookAttempt { status: None, ..attempt.clone() });
        write!(store, |tx| tx.insert_webhook_attempt(first, &copy));
        write!(store, |tx| tx.insert_webhook_attempt(first, &twice));
        write!(store, |tx| tx.end_webhook_message(claimed, MessageState::Dead, now));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_webhook_attempts(first, 9).await.unwrap(), [attempt]);
        let all = read.list_webhook_messages(id, None, page(9)).await.unwrap().rows;
        assert_eq!(all.iter().map(|message| message.id).collect::<Vec<_>>(), [second, first]);
        let dead = read.list_webhook_messages(id, Some(MessageState::Dead), page(9)).await.unwrap().rows;
        assert_eq!(dead.iter().map(|message| message.id).collect::<Vec<_>>(), [first]);
        drop(read);
        assert_eq!(write!(store, |tx| tx.delete_ended_webhook_messages(now, 9)), 0);
        assert_eq!(write!(store, |tx| tx.delete_ended_webhook_messages(now.plus(MINUTE), 9)), 1);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_webhook_message(id, first).await.unwrap(), None);
        assert!(read.list_webhook_attempts(first, 9).await.unwrap().is_empty());
        assert!(read.find_webhook_message(id, second).await.unwrap().is_some(), "what waits is kept");
    }
}
