//! Upkeep of keys: who nobody uses is switched off, who ends is reminded of, each once, on both databases.

use std::time::Duration;

use claviger_domain::{
    Actor, Call, Care, Facts, Key, KeyLifetimes, KeyPatch, KeyState, KeyUpkeep, Membership, PageRequest,
    Role, Timestamp, Who,
};
use claviger_engine::{AuditFilter, NewMember, NewPassword, NewWorkspace, Upkeep};
use claviger_testkit::FakeClock;
use futures_util::StreamExt as _;

use crate::house::{ACTOR, House, Sent, policy, postgres};

const DAY: Duration = Duration::from_secs(86_400);
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

async fn house(url: &str) -> House {
    let upkeep = KeyUpkeep { disable_unused_after: Some(DAY * 120), ..KeyUpkeep::default() };
    let standard = policy();
    let key_lifetimes = KeyLifetimes { upkeep, ..standard.key_lifetimes };
    let policy = claviger_domain::Policy { key_lifetimes, ..standard };
    House::with(url, 1, FakeClock::at(START), policy).await
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::house("sqlite::memory:").await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::house(&super::postgres()).await).await; })* }
    };
}

on_both! {
    a_key_that_nobody_uses_is_switched_off_once_and_recorded
    a_key_that_is_used_or_cared_for_stays
    no_more_than_a_bounded_number_is_switched_off_in_a_round
    owners_and_admins_are_reminded_thirty_seven_and_one_days_before_the_end_each_time_once
    two_nodes_remind_once
    what_is_switched_off_or_revoked_is_not_reminded_of
    keys_that_need_care_are_counted_and_found
}

impl House {
    async fn aged(&self, days: u32) {
        self.clock.advance(DAY * days);
    }

    pub(crate) async fn keep_up(&self) -> Upkeep {
        self.engine.keep_up().await.unwrap().unwrap()
    }

    async fn find(&self, key: &Key) -> Key {
        self.engine.find_key(key.id).await.unwrap()
    }

    pub(crate) async fn member_of_it(&self, email: &str, role: Role) {
        let password = NewPassword::choose("correct horse battery".to_owned()).unwrap();
        let new = NewMember { name: None, password, origin: Default::default() };
        let places = vec![(self.workspace.id, role)];
        self.engine.create_member(email.parse().unwrap(), new, places).await.unwrap();
    }

    pub(crate) async fn take_mails(&self) -> Vec<Sent> {
        self.engine.deliver_pending_mail().await;
        self.mailbox.take()
    }
}

async fn a_key_that_nobody_uses_is_switched_off_once_and_recorded(house: House) {
    let issued = house.issue(|_| {}).await.unwrap();
    house.aged(119).await;
    assert_eq!(house.keep_up().await.disabled, 0);
    house.aged(1).await;
    assert_eq!(house.keep_up().await.disabled, 1);
    assert_eq!(house.find(&issued.key).await.state, KeyState::Disabled { since: START.plus(DAY * 120) });
    assert!(house.ask(issued.text.expose(), &Facts::none()).await.denial().is_some(), "at once");
    assert_eq!(house.keep_up().await.disabled, 0, "once");
    let of_key = AuditFilter { object: Some(issued.key.id.into()), ..AuditFilter::default() };
    let rows = house.engine.list_audit(&ACTOR, of_key, (None, 10)).await.unwrap().rows;
    assert_eq!((rows[0].action.as_str(), rows[0].actor.as_str()), ("key.disabled_unused", "system"));
    assert_eq!(rows.len(), 2, "{rows:?}");
    // Whoever enables it again has as much time as at first.
    house.engine.enable_key(&ACTOR, issued.key.id).await.unwrap();
    house.aged(119).await;
    assert_eq!(house.keep_up().await.disabled, 0);
    house.aged(1).await;
    assert_eq!(house.keep_up().await.disabled, 1);
}

async fn a_key_that_is_used_or_cared_for_stays(house: House) {
    let used = house.issue(|_| {}).await.unwrap();
    let edited = house.issue(|_| {}).await.unwrap();
    let future = house.issue(|new| new.not_before = Some(START.plus(DAY * 60))).await.unwrap();
    house.aged(60).await;
    assert!(house.ask(used.text.expose(), &Facts::none()).await.denial().is_none());
    // `run` flushes what is pending when it is told to stop.
    house.engine.run(std::future::ready(())).await;
    let patch = KeyPatch { name: Some("edited".parse().unwrap()), ..KeyPatch::default() };
    house.engine.update_key(&ACTOR, edited.key.id, patch).await.unwrap();
    house.aged(119).await;
    assert_eq!(house.keep_up().await.disabled, 0);
    for issued in [&used, &edited, &future] {
        assert_eq!(house.find(&issued.key).await.state, KeyState::Active);
    }
    house.aged(1).await;
    assert_eq!(house.keep_up().await.disabled, 3);
}

async fn no_more_than_a_bounded_number_is_switched_off_in_a_round(house: House) {
    for _ in 0..520 {
        house.issue(|_| {}).await.unwrap();
    }
    house.aged(200).await;
    let rounds =
        [house.keep_up().await.disabled, house.keep_up().await.disabled, house.keep_up().await.disabled];
    assert_eq!(rounds, [500, 20, 0]);
    assert_eq!(house.engine.verify_audit(None).await.unwrap().fault, None);
}

async fn owners_and_admins_are_reminded_thirty_seven_and_one_days_before_the_end_each_time_once(
    house: House,
) {
    for (email, role) in [
        ("owner@partner.example", Role::Owner),
        ("admin@partner.example", Role::Admin),
        ("dev@partner.example", Role::Developer),
        ("viewer@partner.example", Role::Viewer),
    ] {
        house.member_of_it(email, role).await;
    }
    let end = START.plus(DAY * 40);
    let one = house.issue(|new| new.expires_at = Some(end)).await.unwrap().key;
    house.issue(|new| new.expires_at = Some(end)).await.unwrap();
    house.issue(|_| {}).await.unwrap();
    let mut days = Vec::new();
    for day in 0..=40 {
        for _ in 0..2 {
            let sent = house.keep_up().await.letters;
            let letters = house.take_mails().await;
            assert_eq!(letters.len(), sent);
            if let [first, second] = letters.as_slice() {
                days.push(40 - day);
                let mut to = [first.to.as_str(), second.to.as_str()];
                to.sort_unstable();
                assert_eq!(to, ["admin@partner.example", "owner@partner.example"]);
                assert!(first.subject.starts_with("2 keys of Acme end "), "{}", first.subject);
                let text = first.text.expose();
                let link = format!("/portal/{}/keys/{}", house.workspace.id, one.id);
                assert!(text.contains(&link) && text.contains(&end.to_string()), "{text}");
            } else {
                assert!(letters.is_empty(), "{letters:?}");
            }
        }
        house.aged(1).await;
    }
    assert_eq!(days, [30, 7, 1]);
    // Another end is another matter.
    let next = house.issue(|new| new.expires_at = Some(START.plus(DAY * 60))).await.unwrap().key;
    house.aged(18).await;
    assert_eq!(house.keep_up().await.letters, 2);
    let patch = KeyPatch { expires_at: Some(Some(START.plus(DAY * 60 + DAY / 2))), ..KeyPatch::default() };
    house.engine.update_key(&ACTOR, next.id, patch).await.unwrap();
    assert_eq!(house.keep_up().await.letters, 2);
    assert_eq!(house.keep_up().await.letters, 0);
}

async fn two_nodes_remind_once(house: House) {
    house.member_of_it("owner@partner.example", Role::Owner).await;
    house.issue(|new| new.expires_at = Some(START.plus(DAY * 40))).await.unwrap();
    house.aged(12).await;
    assert_eq!(house.keep_up().await.letters, 1);
    // Whoever takes the lease over later finds what was noted.
    house.clock.advance(Duration::from_secs(3 * 3600));
    assert_eq!(house.keep_up().await.letters, 0);
    assert_eq!(house.take_mails().await.len(), 1);
}

async fn what_is_switched_off_or_revoked_is_not_reminded_of(house: House) {
    house.member_of_it("owner@partner.example", Role::Owner).await;
    let end = Some(START.plus(DAY * 40));
    let off = house.issue(|new| new.expires_at = end).await.unwrap().key;
    let gone = house.issue(|new| new.expires_at = end).await.unwrap().key;
    house.engine.disable_key(&ACTOR, off.id).await.unwrap();
    house.engine.revoke_key(&ACTOR, gone.id, claviger_engine::Wait::No).await.unwrap();
    house.aged(35).await;
    assert_eq!(house.keep_up().await.letters, 0);
}

async fn keys_that_need_care_are_counted_and_found(house: House) {
    house.issue(|new| new.expires_at = Some(START.plus(DAY * 100))).await.unwrap();
    house.issue(|_| {}).await.unwrap();
    let other = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, other, None).await.unwrap().id;
    house.issue(|new| new.workspace = other).await.unwrap();
    house.aged(91).await;
    let counts = async |actor: &Actor| {
        let counted = house.engine.count_care(actor).await.unwrap().unwrap();
        counted.into_iter().map(|care| (care.care, care.count)).collect::<Vec<_>>()
    };
    assert_eq!(counts(&ACTOR).await, [(Care::EndsSoon, 1), (Care::Overdue, 3), (Care::Unused, 3)]);
    let account = claviger_domain::AccountId::generate(house.engine.clock(), house.engine.entropy());
    let membership = Membership { workspace: other, account, role: Role::Viewer };
    let member = Actor::new(Who::Member(membership), Call::NONE);
    assert_eq!(counts(&member).await, [(Care::Overdue, 1), (Care::Unused, 1)], "of their workspace");
    let first = PageRequest { before: None, limit: 50 };
    for (care, count) in [(Care::EndsSoon, 1), (Care::Overdue, 3), (Care::Unused, 3)] {
        let filter = house.engine.care_filter(care, Some(house.api.id)).unwrap();
        let found = house.engine.list_keys(filter, first).await.unwrap().rows;
        assert_eq!(found.len(), count, "{care:?}");
        let upkeep = house.policy.key_lifetimes.upkeep;
        assert!(found.iter().all(|key| upkeep.needs(care, key, house.engine.clock().now())), "{care:?}");
    }
}

#[tokio::test]
async fn where_keys_are_very_many_they_are_counted_in_the_background() {
    let house = house("sqlite::memory:").await;
    let soon = START.plus(DAY * 10);
    let issue = |number: u32| house.issue(move |new| new.expires_at = (number == 3_599).then_some(soon));
    let made = futures_util::stream::iter((0..3_600).map(issue));
    let made: Vec<_> = made.buffered(400).collect().await;
    assert!(made.iter().all(Result::is_ok));
    let account = claviger_domain::AccountId::generate(house.engine.clock(), house.engine.entropy());
    let membership = Membership { workspace: house.workspace.id, account, role: Role::Viewer };
    let member = Actor::new(Who::Member(membership), Call::NONE);
    let count = async || house.engine.count_care(&member).await.unwrap();
    assert_eq!(count().await, None, "nobody waits for so many");
    let counted = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            match count().await {
                Some(counted) => return counted,
                None => tokio::task::yield_now().await,
            }
        }
    });
    let counted: Vec<_> = counted.await.unwrap().into_iter().map(|care| (care.care, care.count)).collect();
    assert_eq!(counted, [(Care::EndsSoon, 1)]);
    house.issue(|new| new.expires_at = Some(soon)).await.unwrap();
    assert_eq!(count().await.unwrap()[0].count, 1, "as it was some minutes ago");
}
