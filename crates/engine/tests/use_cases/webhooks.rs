//! Webhooks: what happens is told once, in order, signed; and whoever does not listen holds nobody up.

use std::time::Duration;

use claviger_domain::{
    ATTEMPTS, Actor, DisabledFor, Email, EventType, MessageState, PageRequest, Role, Subscription, Timestamp,
    Webhook, WebhookId, WorkspaceId, pause_after,
};
use claviger_engine::{
    IssuedWebhook, NewWebhook, NewWorkspace, Wait, WebhookBacklog, WebhookError, WebhookPatch, WebhookTotals,
};
use claviger_secrets::WebhookSecret;
use data_encoding::BASE64;

use crate::house::{ACTOR, House, policy, postgres};
use crate::receivers::Got;

const HOOK: &str = "https://hooks.example/in";
const OTHER: &str = "https://other.example/in";
const DAY: Duration = Duration::from_secs(86_400);
const FIRST: PageRequest = PageRequest { before: None, limit: 50 };

/// Each promise on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::House::in_memory().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::House::on(&super::postgres()).await).await;
            })*
        }
    };
}

on_both! {
    what_happens_to_a_key_is_told_in_order_and_signed
    what_did_not_happen_is_not_told
    a_webhook_is_told_of_its_workspace_and_one_of_the_instance_of_all
    a_webhook_is_told_of_what_it_asked_for
    a_message_that_is_not_taken_holds_up_those_about_the_same_thing_only
    a_message_is_dead_after_ten_attempts_and_can_be_sent_again
    an_endpoint_is_left_alone_for_as_long_as_it_asks_but_a_day_at_most
    what_became_of_messages_is_counted_and_what_waits_is_known
    an_endpoint_that_hangs_does_not_hold_up_others
    an_endpoint_that_takes_nothing_for_days_is_disabled_and_its_owners_are_written_to
    an_endpoint_that_is_gone_is_disabled_at_once
    a_disabled_webhook_is_told_of_nothing_and_tried_by_nobody
    messages_are_signed_by_both_secrets_for_a_while
    a_message_whose_sender_died_is_sent_again_under_the_same_id
    of_two_nodes_one_sends
    a_webhook_is_made_once_however_often_it_is_asked_for
    an_address_inside_is_refused_and_so_is_one_too_many
    a_members_webhooks_are_those_of_the_workspace_and_a_viewer_changes_none
    old_messages_are_cleaned_up
}

impl House {
    fn hook(&self, url: &str, workspace: Option<WorkspaceId>) -> NewWebhook {
        let (name, address) = ("Inventory".parse().unwrap(), url.parse().unwrap());
        NewWebhook { workspace, name, address, events: Subscription::All }
    }

    async fn make(&self, url: &str) -> IssuedWebhook {
        let new = self.hook(url, Some(self.workspace.id));
        self.engine.create_webhook(&ACTOR, new, None).await.unwrap()
    }

    async fn send(&self) -> Vec<Got> {
        self.engine.send_due_webhooks().await.unwrap();
        self.receivers.take()
    }

    async fn webhook(&self, id: WebhookId) -> Webhook {
        self.engine.find_webhook(&ACTOR, id).await.unwrap()
    }

    async fn messages(&self, id: WebhookId, state: MessageState) -> usize {
        self.engine.list_webhook_messages(&ACTOR, (id, Some(state)), FIRST).await.unwrap().rows.len()
    }

    /// A member who joined, as an actor.
    async fn member(&self, address: &str, role: Role) -> Actor {
        self.actor(&self.joined(address, role).await).await
    }
}

fn events(got: &[Got]) -> Vec<String> {
    got.iter().map(Got::event).collect()
}

fn secret_of(issued: &IssuedWebhook) -> WebhookSecret {
    let text = issued.secret.expose().strip_prefix("whsec_").unwrap();
    WebhookSecret::from_bytes(&BASE64.decode(text.as_bytes()).unwrap()).unwrap()
}

/// Whether this secret made one of the signatures.
fn is_signed_by(got: &Got, secret: &WebhookSecret) -> bool {
    let at = Timestamp::from_seconds(got.header("webhook-timestamp").parse().unwrap());
    let expected = secret.sign(got.id().parse().unwrap(), at, &got.message.body);
    got.header("webhook-signature").split(' ').any(|signature| signature == expected)
}

async fn what_happens_to_a_key_is_told_in_order_and_signed(house: House) {
    let issued = house.make(HOOK).await;
    let (key, text) = house.key().await;
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    house.engine.enable_key(&ACTOR, key.id).await.unwrap();
    house.engine.rotate_key(&ACTOR, key.id, Duration::ZERO).await.unwrap();
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    let got = house.send().await;
    assert_eq!(events(&got), ["key.created", "key.disabled", "key.enabled", "key.rotated", "key.revoked"]);
    let secret = secret_of(&issued);
    for message in &got {
        assert!(is_signed_by(message, &secret), "{message:?}");
        assert_eq!(message.header("webhook-timestamp"), house.clock_now().seconds().to_string());
        assert!(!message.message.body.contains(text.expose()), "no message has a secret");
    }
    let made = got[0].json();
    assert_eq!(made["timestamp"], key.created_at.to_string());
    assert_eq!(made["data"]["id"], key.id.to_string());
    assert_eq!(made["data"]["workspace"], house.workspace.id.to_string());
    assert_eq!((&made["data"]["by"], &made["data"]["key"]["name"]), (&"local".into(), &"server".into()));
    assert!(house.send().await.is_empty(), "what was taken is not sent again");
    assert_eq!(house.messages(issued.webhook.id, MessageState::Delivered).await, 5);
}

async fn what_did_not_happen_is_not_told(house: House) {
    house.make(HOOK).await;
    let (key, _) = house.key().await;
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert!(house.engine.disable_key(&ACTOR, key.id).await.is_err());
    assert!(house.engine.rotate_key(&ACTOR, key.id, Duration::ZERO).await.is_err());
    assert_eq!(events(&house.send().await), ["key.created", "key.revoked"]);
}

async fn a_webhook_is_told_of_its_workspace_and_one_of_the_instance_of_all(house: House) {
    house.make(HOOK).await;
    house.engine.create_webhook(&ACTOR, house.hook(OTHER, None), None).await.unwrap();
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let bolt = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    house.issue(|new| new.workspace = bolt).await.unwrap();
    let got = house.send().await;
    assert_eq!(got.iter().map(|got| got.url.as_str()).collect::<Vec<_>>(), [OTHER]);
    house.key().await;
    let mut told: Vec<_> = house.send().await.into_iter().map(|got| got.url).collect();
    told.sort_unstable();
    assert_eq!(told, [HOOK, OTHER]);
}

async fn a_webhook_is_told_of_what_it_asked_for(house: House) {
    let id = house.make(HOOK).await.webhook.id;
    let events_of = |types: &[EventType]| Subscription::only(types.iter().copied()).unwrap();
    let patch = WebhookPatch { events: Some(events_of(&[EventType::KeyRevoked])), ..WebhookPatch::default() };
    house.engine.update_webhook(&ACTOR, id, patch).await.unwrap();
    let (key, _) = house.key().await;
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    house.engine.test_webhook(&ACTOR, id).await.unwrap();
    let mut got = events(&house.send().await);
    got.sort_unstable();
    assert_eq!(got, ["key.revoked", "webhook.test"]);
}

async fn a_message_that_is_not_taken_holds_up_those_about_the_same_thing_only(house: House) {
    let id = house.make(HOOK).await.webhook.id;
    house.receivers.answer(HOOK, 503);
    let (first, _) = house.key().await;
    house.engine.disable_key(&ACTOR, first.id).await.unwrap();
    let failed = house.send().await;
    assert_eq!(events(&failed), ["key.created"]);
    assert_eq!(house.webhook(id).await.failing_since, Some(house.clock_now()));
    house.receivers.answer(HOOK, 200);
    let (second, _) = house.key().await;
    let got = house.send().await;
    assert_eq!(got[0].json()["data"]["id"], second.id.to_string());
    assert_eq!((got.len(), house.webhook(id).await.failing_since), (1, None));
    house.clock.advance(Duration::from_secs(6));
    let got = house.send().await;
    assert_eq!(events(&got), ["key.created", "key.disabled"]);
    assert_eq!(got[0].id(), failed[0].id(), "it is the same message");
    let (_, attempts) =
        house.engine.find_webhook_message(&ACTOR, id, got[0].id().parse().unwrap()).await.unwrap();
    let told: Vec<_> = attempts.iter().map(|one| (one.number, one.status, one.fault.as_deref())).collect();
    assert_eq!(told, [(2, Some(200), None), (1, Some(503), Some("it answered 503"))]);
    assert_eq!(attempts[0].answer, "what it said\u{fffd}");
}

async fn a_message_is_dead_after_ten_attempts_and_can_be_sent_again(house: House) {
    let id = house.make(HOOK).await.webhook.id;
    house.receivers.answer(HOOK, 0);
    let (key, _) = house.key().await;
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    let mut tried = Vec::new();
    for failures in 1..=ATTEMPTS {
        tried.extend(house.send().await);
        house.clock.advance(pause_after(failures, u16::MAX).unwrap_or_default());
    }
    let (last, before) = tried.split_last().unwrap();
    assert_eq!(before.len(), ATTEMPTS as usize);
    assert!(before.iter().all(|got| got.id() == before[0].id() && got.event() == "key.created"));
    assert_eq!(last.event(), "key.revoked", "what waited behind it goes on");
    assert_eq!(house.messages(id, MessageState::Dead).await, 1);
    let (dead, attempts) =
        house.engine.find_webhook_message(&ACTOR, id, before[0].id().parse().unwrap()).await.unwrap();
    assert_eq!((dead.attempts, attempts.len()), (ATTEMPTS, ATTEMPTS as usize));
    assert_eq!(attempts[0].fault.as_deref(), Some("its server cannot be reached"));

    house.receivers.answer(HOOK, 200);
    house.clock.advance(Duration::from_secs(6));
    assert_eq!(events(&house.send().await), ["key.revoked"]);
    assert_eq!(house.engine.replay_dead_webhook_messages(&ACTOR, id).await.unwrap(), 1);
    let again = house.send().await;
    assert_eq!((again[0].id(), again.len()), (before[0].id(), 1));
    let once_more = house.engine.replay_webhook_message(&ACTOR, id, dead.id).await.unwrap();
    assert_eq!(once_more.state, MessageState::Waiting);
    let twice = house.engine.replay_webhook_message(&ACTOR, id, dead.id).await;
    assert!(matches!(twice, Err(WebhookError::Waits)));
    assert_eq!(events(&house.send().await), ["key.created"]);
}

async fn an_endpoint_is_left_alone_for_as_long_as_it_asks_but_a_day_at_most(house: House) {
    house.make(HOOK).await;
    house.receivers.answer(HOOK, 503);
    house.receivers.ask_for(HOOK, Duration::from_secs(3_600));
    house.key().await;
    assert_eq!(house.send().await.len(), 1);
    house.clock.advance(Duration::from_secs(3_599));
    assert!(house.send().await.is_empty(), "its turn after five seconds is over, but it asked");
    house.receivers.ask_for(HOOK, DAY * 365);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.send().await.len(), 1);
    house.clock.advance(DAY - Duration::from_secs(1));
    assert!(house.send().await.is_empty());
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.send().await.len(), 1, "nobody is left alone for longer than a day");
}

async fn what_became_of_messages_is_counted_and_what_waits_is_known(house: House) {
    let totals = |delivered, failed, given_up| WebhookTotals { delivered, failed, given_up };
    house.make(HOOK).await;
    assert_eq!(house.engine.webhook_totals(), totals(0, 0, 0));
    house.key().await;
    house.key().await;
    house.clock.advance(Duration::from_secs(2));
    let backlog = house.engine.webhook_backlog().await.unwrap();
    assert_eq!(backlog, WebhookBacklog { waiting: 2, oldest: Duration::from_secs(2) });
    house.send().await;
    assert_eq!(house.engine.webhook_totals(), totals(2, 0, 0));
    let backlog = house.engine.webhook_backlog().await.unwrap();
    assert_eq!(backlog, WebhookBacklog { waiting: 0, oldest: Duration::ZERO });
    house.receivers.answer(HOOK, 500);
    house.key().await;
    for _ in 0..ATTEMPTS {
        house.send().await;
        house.clock.advance(DAY * 2);
    }
    let last = u64::from(ATTEMPTS) - 1;
    let counted = house.engine.webhook_totals();
    assert_eq!(
        (counted.delivered, counted.failed + counted.given_up),
        (2, counted.failed + 1),
        "{counted:?}"
    );
    assert!(counted.failed <= last && counted.failed > 0, "{counted:?}");
}

async fn an_endpoint_that_hangs_does_not_hold_up_others(house: House) {
    house.make(HOOK).await;
    house.make(OTHER).await;
    house.receivers.hang(HOOK);
    for _ in 0..20 {
        house.key().await;
    }
    let engine = house.engine.clone();
    let sending = tokio::spawn(async move { engine.send_due_webhooks().await });
    house.receivers.wait_for(OTHER, 20).await;
    let stuck = house.receivers.take().iter().filter(|got| got.url == HOOK).count();
    assert_eq!(stuck, 4, "it has its share of what is on the way, and no more");
    sending.abort();
}

async fn an_endpoint_that_takes_nothing_for_days_is_disabled_and_its_owners_are_written_to(house: House) {
    house.member("owner@example.com", Role::Owner).await;
    house.member("viewer@example.com", Role::Viewer).await;
    let id = house.make(HOOK).await.webhook.id;
    house.receivers.answer(HOOK, 500);
    house.key().await;
    house.send().await;
    house.clock.advance(DAY * 5 - Duration::from_secs(1));
    house.send().await;
    assert!(house.webhook(id).await.is_enabled());
    house.clock.advance(DAY);
    house.key().await;
    house.send().await;
    let webhook = house.webhook(id).await;
    assert_eq!(webhook.disabled, Some((house.clock_now(), DisabledFor::Failures)));
    assert_eq!(house.messages(id, MessageState::Waiting).await, 0);
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["owner@example.com"]);
    let text = mails[0].text.expose();
    assert!(text.contains(&format!("/portal/{}/webhooks/{id}", house.workspace.id)), "{text}");
    assert!(!text.contains("/in"), "a letter does not have the whole address: {text}");
}

async fn an_endpoint_that_is_gone_is_disabled_at_once(house: House) {
    let operator: Email = "root@example.com".parse().unwrap();
    let password = claviger_engine::NewPassword::choose("correct horse battery".to_owned()).unwrap();
    house.engine.create_operator(&ACTOR, operator, password).await.unwrap();
    let id = house.engine.create_webhook(&ACTOR, house.hook(HOOK, None), None).await.unwrap().webhook.id;
    house.receivers.answer(HOOK, 410);
    house.key().await;
    house.send().await;
    assert_eq!(house.webhook(id).await.disabled.map(|(_, cause)| cause), Some(DisabledFor::Gone));
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "root@example.com"));
}

async fn a_disabled_webhook_is_told_of_nothing_and_tried_by_nobody(house: House) {
    let id = house.make(HOOK).await.webhook.id;
    house.key().await;
    house.engine.switch_webhook(&ACTOR, id, false).await.unwrap();
    house.key().await;
    assert!(house.send().await.is_empty());
    assert_eq!(house.messages(id, MessageState::Dead).await, 1, "what waited can be sent again");
    let tried = house.engine.test_webhook(&ACTOR, id).await;
    assert!(matches!(tried, Err(WebhookError::Disabled)));
    house.engine.delete_webhook(&ACTOR, id).await.unwrap();
    let found = house.engine.find_webhook(&ACTOR, id).await;
    assert!(matches!(found, Err(WebhookError::UnknownWebhook)));
}

async fn messages_are_signed_by_both_secrets_for_a_while(house: House) {
    let first = house.make(HOOK).await;
    let id = first.webhook.id;
    let second = house.engine.rotate_webhook_secret(&ACTOR, id, DAY).await.unwrap();
    house.engine.test_webhook(&ACTOR, id).await.unwrap();
    let got = house.send().await;
    assert!(is_signed_by(&got[0], &secret_of(&first)) && is_signed_by(&got[0], &secret_of(&second)));
    house.clock.advance(DAY + Duration::from_secs(1));
    house.engine.test_webhook(&ACTOR, id).await.unwrap();
    let got = house.send().await;
    assert!(!is_signed_by(&got[0], &secret_of(&first)) && is_signed_by(&got[0], &secret_of(&second)));
    let long = house.engine.rotate_webhook_secret(&ACTOR, id, DAY * 31).await;
    assert!(matches!(long, Err(WebhookError::OverlapTooLong { .. })));
}

async fn a_message_whose_sender_died_is_sent_again_under_the_same_id(house: House) {
    house.make(HOOK).await;
    house.receivers.hang(HOOK);
    house.key().await;
    let engine = house.engine.clone();
    let sending = tokio::spawn(async move { engine.send_due_webhooks().await });
    house.receivers.wait_for(HOOK, 1).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    let lost = house.receivers.take().remove(0);
    assert!(house.send().await.is_empty(), "it may still be on its way");
    house.clock.advance(Duration::from_secs(30));
    let engine = house.engine.clone();
    let sending = tokio::spawn(async move { engine.send_due_webhooks().await });
    house.receivers.wait_for(HOOK, 1).await;
    sending.abort();
    let again = house.receivers.take().remove(0);
    assert_eq!((again.id(), &again.message.body), (lost.id(), &lost.message.body));
}

async fn of_two_nodes_one_sends(house: House) {
    // A database in memory has one node.
    if !house.url.starts_with("postgres") {
        return;
    }
    let other = House::with(&house.url, 2, house.clock.clone(), policy()).await;
    house.make(HOOK).await;
    house.key().await;
    assert_eq!(house.send().await.len(), 1);
    house.key().await;
    assert_eq!(other.engine.send_due_webhooks().await.unwrap(), 0, "it is the first one's work");
    assert_eq!(house.send().await.len(), 1);
    house.key().await;
    house.clock.advance(Duration::from_secs(31));
    assert_eq!(other.engine.send_due_webhooks().await.unwrap(), 1, "its lease is over");
}

async fn a_webhook_is_made_once_however_often_it_is_asked_for(house: House) {
    let once = |request: &[u8]| house.engine.idempotency_key("one", request);
    let new = || house.hook(HOOK, Some(house.workspace.id));
    let first = house.engine.create_webhook(&ACTOR, new(), once(b"a")).await.unwrap();
    let again = house.engine.create_webhook(&ACTOR, new(), once(b"a")).await.unwrap();
    assert_eq!((again.webhook.id, again.is_repeat), (first.webhook.id, true));
    assert_eq!(again.secret.expose(), first.secret.expose());
    let other = house.engine.create_webhook(&ACTOR, new(), once(b"b")).await;
    assert!(matches!(other, Err(WebhookError::IdempotencyMismatch)));
}

async fn an_address_inside_is_refused_and_so_is_one_too_many(house: House) {
    let inside = house.hook("https://10.0.0.1/", None);
    let refused = house.engine.create_webhook(&ACTOR, inside, None).await;
    assert!(matches!(refused, Err(WebhookError::AddressInside)));
    let id = house.make(HOOK).await.webhook.id;
    let patch =
        WebhookPatch { address: Some("https://10.0.0.1/".parse().unwrap()), ..WebhookPatch::default() };
    assert!(matches!(house.engine.update_webhook(&ACTOR, id, patch).await, Err(WebhookError::AddressInside)));
    for _ in 1..20 {
        house.make(HOOK).await;
    }
    let new = house.hook(HOOK, Some(house.workspace.id));
    let refused = house.engine.create_webhook(&ACTOR, new, None).await;
    assert!(matches!(refused, Err(WebhookError::TooMany { max: 20 })));
}

async fn a_members_webhooks_are_those_of_the_workspace_and_a_viewer_changes_none(house: House) {
    let developer = house.member("dev@example.com", Role::Developer).await;
    let viewer = house.member("view@example.com", Role::Viewer).await;
    let own = house.hook(HOOK, Some(house.workspace.id));
    let id = house.engine.create_webhook(&developer, own.clone(), None).await.unwrap().webhook.id;
    let instance =
        house.engine.create_webhook(&ACTOR, house.hook(OTHER, None), None).await.unwrap().webhook.id;
    for forbidden in
        [house.hook(HOOK, None), house.hook(HOOK, Some(WorkspaceId::from_uuid(uuid::Uuid::nil())))]
    {
        let made = house.engine.create_webhook(&developer, forbidden, None).await;
        assert!(matches!(made, Err(WebhookError::UnknownWorkspace)));
    }
    let listed = house.engine.list_webhooks(&viewer, None, FIRST).await.unwrap().rows;
    assert_eq!(listed.iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [id]);
    assert!(house.engine.list_webhook_messages(&viewer, (id, None), FIRST).await.is_ok());
    for (actor, id) in [(&developer, instance), (&viewer, instance)] {
        assert!(matches!(house.engine.find_webhook(actor, id).await, Err(WebhookError::UnknownWebhook)));
    }
    let engine = &house.engine;
    for refused in [
        engine.create_webhook(&viewer, own, None).await.map(drop),
        engine.update_webhook(&viewer, id, WebhookPatch::default()).await.map(drop),
        engine.switch_webhook(&viewer, id, false).await.map(drop),
        engine.rotate_webhook_secret(&viewer, id, DAY).await.map(drop),
        engine.test_webhook(&viewer, id).await.map(drop),
        engine.replay_dead_webhook_messages(&viewer, id).await.map(drop),
        engine.delete_webhook(&viewer, id).await,
    ] {
        assert!(matches!(refused, Err(WebhookError::NotAllowed(_))), "{refused:?}");
    }
    for refused in [
        engine.update_webhook(&developer, instance, WebhookPatch::default()).await.map(drop),
        engine.switch_webhook(&developer, instance, false).await.map(drop),
        engine.rotate_webhook_secret(&developer, instance, DAY).await.map(drop),
        engine.test_webhook(&developer, instance).await.map(drop),
        engine.replay_dead_webhook_messages(&developer, instance).await.map(drop),
        engine.delete_webhook(&developer, instance).await,
    ] {
        assert!(matches!(refused, Err(WebhookError::UnknownWebhook)), "{refused:?}");
    }
}

async fn old_messages_are_cleaned_up(house: House) {
    let id = house.make(HOOK).await.webhook.id;
    house.key().await;
    house.send().await;
    house.clock.advance(DAY * 31);
    house.key().await;
    let done = house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!(done.deleted().get("webhook_message"), Some(&1));
    assert_eq!(house.messages(id, MessageState::Waiting).await, 1);
}
