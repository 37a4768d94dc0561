//! Unusual activity through the engine: a day of attacks that is found once each, a calm day that is not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Country, Decision, DenialReason, Environment, Evidence, Facts, Finding, KeyKind, KindSet, LeakSource,
    Outcome, PageRequest, Policy, Presented, Response, Responses, Restriction, Rule, Signs, Subject,
    Timestamp,
};
use claviger_engine::{
    Countries, FindingError, FindingFilter, KeyError, NewKey, Options, Password, Plain, Question, SignIn,
    UnusualOptions, Use,
};
use claviger_secrets::generate_key;
use claviger_testkit::{FakeClock, SeededEntropy};

use crate::house::{ACTOR, House, facts_needing, format, policy, postgres};
use crate::scene::{Scene, VERIFIER, refresh_text};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const HOME: &str = "203.0.113.1";
const ELSEWHERE: &str = "198.51.100.7";
/// Networks that one key goes about in.
const ROUND: [&str; 4] = ["192.0.2.1", "198.18.0.1", "198.18.1.1", "198.18.2.1"];

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name("sqlite::memory:").await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(&super::postgres()).await; })* }
    };
}

both! {
    a_day_of_attacks_is_found_once_each_and_a_calm_day_not_at_all
    what_is_found_is_answered_as_the_contract_says
    an_acknowledged_finding_is_open_again_after_an_hour_of_quiet
    a_key_that_is_reported_whole_is_dealt_with_at_once
}

fn from(address: &str) -> Facts<'static> {
    Facts { address: Some(address.parse().unwrap()), ..Facts::none() }
}

impl House {
    /// Asks as a gateway does, and counts it.
    async fn request(&self, text: &Plain, facts: &Facts<'_>) -> Decision {
        let presented = Presented::Text { bytes: text.expose().as_bytes(), kinds: KindSet::ANY };
        let question = Question { api: self.api.id, policy: &self.policy, presented, facts };
        let decision = match self.engine.verify_now(&question) {
            Some(decision) => decision,
            None => self.engine.verify(&question).await.unwrap(),
        };
        let (principal, reason) = match &decision.outcome {
            Outcome::Allow(principal) => (Some(&**principal), None),
            Outcome::Deny(denial) => (denial.principal.as_deref(), Some(denial.reason)),
        };
        let api = self.api.id;
        self.engine.note_use(&Use {
            api,
            principal,
            address: None,
            route: None,
            status: None,
            reason,
            took: None,
        });
        decision
    }

    /// A minute goes by.
    async fn minute(&self) {
        self.engine.watch_activity().await.unwrap();
        self.clock.advance(MINUTE);
    }

    async fn named(&self, change: impl FnOnce(&mut NewKey)) -> (Subject, Plain) {
        let issued = self.issue(change).await.unwrap();
        (Subject::Credential(issued.key.id.to_string().into()), issued.text)
    }

    async fn findings(&self) -> Vec<Finding> {
        let all = PageRequest { before: None, limit: 200 };
        self.engine.list_findings(&ACTOR, FindingFilter::default(), all).await.unwrap().rows
    }

    async fn found(&self) -> BTreeMap<(Rule, Subject), u64> {
        self.findings()
            .await
            .into_iter()
            .map(|finding| ((finding.rule, finding.subject), finding.count))
            .collect()
    }
}

/// The keys of a day, each with what it is found by.
struct Keys {
    refused: (Subject, Plain),
    moved: (Subject, Plain),
    shared: (Subject, Plain),
    dormant: (Subject, Plain),
    busy: (Subject, Plain),
    in_a_page: (Subject, Plain),
    in_the_clear: (Subject, Plain),
    canary: (Subject, Plain),
    leaked: (Subject, Plain),
    test: (Subject, Plain),
}

impl Keys {
    async fn of(house: &House) -> Self {
        Self {
            refused: house.named(|_| {}).await,
            moved: house.named(|_| {}).await,
            shared: house.named(|_| {}).await,
            dormant: house.named(|_| {}).await,
            busy: house.named(|_| {}).await,
            in_a_page: house.named(|_| {}).await,
            in_the_clear: house.named(|_| {}).await,
            canary: house.named(|new| new.is_canary = true).await,
            leaked: house.named(|_| {}).await,
            test: house.named(|new| new.environment = Environment::Test).await,
        }
    }

    /// What goes on every day.
    async fn ordinary_day(&self, house: &House, number: usize) {
        for (_, key) in [&self.refused, &self.moved, &self.busy, &self.in_a_page, &self.in_the_clear] {
            house.request(key, &from(HOME)).await;
        }
        house.request(&self.shared.1, &from(ROUND[number % ROUND.len()])).await;
        let shown = Signs { in_browser: true, in_the_clear: true };
        house.request(&self.test.1, &Facts { signs: shown, ..from(ELSEWHERE) }).await;
        // A few mistakes.
        for _ in 0..5 {
            house
                .request(&self.refused.1, &Facts { address: from(HOME).address, ..facts_needing("write") })
                .await;
        }
        house.minute().await;
        house.minute().await;
        house.clock.advance(DAY);
    }
}

async fn fail_to_sign_in(scene: &Scene) {
    for number in 0..12 {
        let attempt = SignIn {
            pool: claviger_domain::Pool::Api(scene.house.api.id),
            email: format!("someone{}@example.com", number % 6).parse().unwrap(),
            password: Password::typed("a password that leaked".to_owned()).unwrap(),
            origin: claviger_domain::Origin::new(Some(ELSEWHERE.parse().unwrap()), None),
        };
        assert!(scene.house.engine.sign_in(attempt).await.is_err());
    }
}

impl Keys {
    /// What each key is made for happens to it.
    async fn day_of_attacks(&self, house: &House) {
        for _ in 0..40 {
            let facts = Facts { address: from(HOME).address, ..facts_needing("write") };
            house.request(&self.refused.1, &facts).await;
        }
        house.request(&self.moved.1, &from(ELSEWHERE)).await;
        for address in ROUND.into_iter().chain([HOME, ELSEWHERE]) {
            house.request(&self.shared.1, &from(address)).await;
        }
        house.request(&self.dormant.1, &from(HOME)).await;
        for _ in 0..700 {
            house.request(&self.busy.1, &from(HOME)).await;
        }
        let signs =
            |in_browser, in_the_clear| Facts { signs: Signs { in_browser, in_the_clear }, ..from(HOME) };
        house.request(&self.in_a_page.1, &signs(true, false)).await;
        house.request(&self.in_the_clear.1, &signs(false, true)).await;
        let tried = house.request(&self.canary.1, &from(ELSEWHERE)).await;
        assert_eq!(tried.denial().unwrap().reason, DenialReason::Revoked);
        for _ in 0..2 {
            house.engine.report_key(None, self.leaked.1.expose()).await.unwrap();
        }
    }
}

async fn a_day_of_attacks_is_found_once_each_and_a_calm_day_not_at_all(url: &str) {
    let unusual = UnusualOptions { countries: Some(Arc::new(TwoCountries)), ..UnusualOptions::default() };
    let scene = Scene::with(url, Options { unusual, ..Options::default() }).await;
    let house = &scene.house;
    let keys = Keys::of(house).await;
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    house.request(&keys.dormant.1, &from(HOME)).await;
    house.minute().await;
    // Writes "last used".
    house.engine.run(std::future::ready(())).await;
    house.clock.advance(DAY * 100);
    for number in 0..8 {
        keys.ordinary_day(house, number).await;
    }
    assert_eq!(house.found().await, BTreeMap::new(), "the calm days");

    keys.day_of_attacks(house).await;
    let entropy = SeededEntropy::new(77);
    for _ in 0..100 {
        let unknown = generate_key(&format("sk_live_", KeyKind::Single, Environment::Live), &entropy);
        house.request(&unknown, &from("192.0.2.200")).await;
    }
    fail_to_sign_in(&scene).await;
    let first = scene.redeem(&client, &scene.code(&client, &[], &who).await, Some(VERIFIER)).await.unwrap();
    let second = scene.refresh(&client, &refresh_text(&first)).await.unwrap();
    assert_eq!(scene.said(&second).await, "VALID");
    for _ in 0..2 {
        assert!(scene.refresh(&client, &refresh_text(&first)).await.is_err(), "used before");
    }
    house.minute().await;
    house.minute().await;

    let network = |address: &str| Subject::Network(claviger_domain::Network::of(address.parse().unwrap()));
    let expected = [
        (Rule::RefusalsBursting, keys.refused.0.clone()),
        (Rule::RefusalsBursting, network("192.0.2.200")),
        (Rule::NewNetwork, keys.moved.0.clone()),
        (Rule::NewCountry, keys.moved.0.clone()),
        (Rule::ManyPlaces, keys.shared.0.clone()),
        (Rule::DormantWoken, keys.dormant.0.clone()),
        (Rule::VolumeSurge, keys.busy.0.clone()),
        (Rule::CredentialStuffing, network(ELSEWHERE)),
        (Rule::RefreshReplayed, Subject::Credential(client.client().id.to_string().into())),
        (Rule::KeyInBrowser, keys.in_a_page.0.clone()),
        (Rule::KeyInTheClear, keys.in_the_clear.0.clone()),
        (Rule::CanaryUsed, keys.canary.0.clone()),
        (Rule::LeakedKey, keys.leaked.0.clone()),
    ];
    assert_eq!(expected.iter().map(|(rule, _)| rule).collect::<BTreeSet<_>>().len(), Rule::ALL.len());
    let times = |rule| if rule == Rule::LeakedKey { 2 } else { 1 };
    let once: BTreeMap<_, _> = expected.into_iter().map(|found| (found.clone(), times(found.0))).collect();
    assert_eq!(house.found().await, once);
    house.clock.advance(DAY);
    keys.ordinary_day(house, 8).await;
    house.minute().await;
    assert_eq!(house.found().await, once, "the day after is calm again");
}

async fn what_is_found_is_answered_as_the_contract_says(url: &str) {
    let chosen = [
        (Rule::KeyInBrowser, Response::Quarantine),
        (Rule::KeyInTheClear, Response::Throttle),
        (Rule::RefusalsBursting, Response::Revoke),
    ];
    let policy = Policy { responses: Responses::new(chosen.into()).unwrap(), ..policy() };
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let house = House::with(url, 1, clock, policy).await;
    let (in_a_page, in_the_clear, refused) =
        (house.named(|_| {}).await, house.named(|_| {}).await, house.named(|_| {}).await);
    let signs = |in_browser, in_the_clear| Facts { signs: Signs { in_browser, in_the_clear }, ..from(HOME) };
    house.request(&in_a_page.1, &signs(true, false)).await;
    house.request(&in_the_clear.1, &signs(false, true)).await;
    for _ in 0..30 {
        house.request(&refused.1, &facts_needing("write")).await;
    }
    house.minute().await;
    house.minute().await;

    let reading = Facts { only_reads: true, ..from(HOME) };
    let code = async |key: &Plain, facts: &Facts<'_>| house.ask(key.expose(), facts).await.code();
    assert_eq!(code(&in_a_page.1, &reading).await, "VALID");
    assert_eq!(code(&in_a_page.1, &from(HOME)).await, "DISABLED");
    assert_eq!(code(&refused.1, &reading).await, "REVOKED");
    for left in (0..60).rev() {
        let slow = house.ask(in_the_clear.1.expose(), &from(HOME)).await;
        assert_eq!((slow.code(), slow.limits[0].remaining), ("VALID", left));
    }
    assert_eq!(code(&in_the_clear.1, &from(HOME)).await, "RATE_LIMITED");

    let findings = house.findings().await;
    let of = |rule| findings.iter().find(|finding| finding.rule == rule).unwrap();
    assert_eq!(of(Rule::KeyInBrowser).answer.unwrap().0, Response::Quarantine);
    assert_eq!(of(Rule::RefusalsBursting).answer.unwrap().0, Response::Revoke);
    let lifted = house.engine.lift_response(&ACTOR, of(Rule::KeyInBrowser).id).await.unwrap();
    assert_eq!(lifted.restriction, None);
    assert_eq!(code(&in_a_page.1, &from(HOME)).await, "VALID");
    let ended = house.engine.lift_response(&ACTOR, of(Rule::RefusalsBursting).id).await;
    assert!(matches!(ended, Err(FindingError::Transition(_))));
    let key = of(Rule::KeyInTheClear).subject.key().unwrap();
    let read_only = house.engine.restrict_key(&ACTOR, key, Restriction::ReadOnly).await.unwrap();
    let milder = house.engine.restrict_key(&ACTOR, key, Restriction::Throttled).await.unwrap();
    assert_eq!([read_only.restriction, milder.restriction], [Some(Restriction::ReadOnly); 2]);
}

async fn an_acknowledged_finding_is_open_again_after_an_hour_of_quiet(url: &str) {
    let house = House::on(url).await;
    let (_, key) = house.named(|_| {}).await;
    let shown = Facts { signs: Signs { in_browser: true, in_the_clear: false }, ..from(HOME) };
    let seen_again = async || {
        house.request(&key, &shown).await;
        house.minute().await;
        house.minute().await;
        let found = house.findings().await;
        assert_eq!(found.len(), 1);
        found.into_iter().next().unwrap()
    };
    let finding = seen_again().await;
    assert!(finding.is_open() && finding.answer.unwrap().0 == Response::Notify);
    assert_eq!(
        finding.evidence,
        Evidence::From { networks: vec!["203.0.113.0/24".parse().unwrap()] },
        "a network, not an address"
    );
    let too_long = house.engine.acknowledge_finding(&ACTOR, finding.id, &"x".repeat(501)).await;
    assert!(matches!(too_long, Err(FindingError::NoteForm)));
    let seen = house.engine.acknowledge_finding(&ACTOR, finding.id, " ours ").await.unwrap();
    assert_eq!(seen.acknowledged.unwrap().note, "ours");
    let going_on = seen_again().await;
    assert!(!going_on.is_open() && going_on.count == 2, "it goes on");
    house.clock.advance(MINUTE * 61);
    let back = seen_again().await;
    assert!(back.is_open() && back.count == 3 && back.id == finding.id && back.answer.is_some());
}

async fn a_key_that_is_reported_whole_is_dealt_with_at_once(url: &str) {
    let chosen = [(Rule::LeakedKey, Response::Revoke)];
    let policy = Policy { responses: Responses::new(chosen.into()).unwrap(), ..policy() };
    let house = House::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), policy).await;
    let (subject, key) = house.named(|_| {}).await;
    let (_, pair) = house.named(|new| new.kind = KeyKind::Pair).await;
    let cut = &key.expose()[..key.expose().len() - 1];
    for no_key in ["", "x", cut, &"x".repeat(10_000), pair.expose()] {
        house.engine.report_key(None, no_key).await.unwrap();
    }
    assert_eq!(house.findings().await, []);
    assert_eq!(house.code(&key).await, "VALID");
    let place = format!("https://example.com/?key={}", key.expose());
    let spaced = format!(" {}\n", key.expose());
    assert!(house.engine.note_leak(&spaced, LeakSource::Github, Some(&place)).await.unwrap());
    assert_eq!(house.code(&key).await, "REVOKED", "before anybody looked at the minute");
    let found = house.findings().await;
    assert_eq!((&found[0].subject, found[0].answer.unwrap().0), (&subject, Response::Revoke));
    let evidence = Evidence::Leak { source: LeakSource::Github, place: None };
    assert_eq!(found[0].evidence, evidence, "a place with the key in it is not kept");
    assert!(
        house.engine.note_leak(key.expose(), LeakSource::Github, None).await.unwrap(),
        "it was one of ours"
    );
    assert_eq!(house.findings().await, found, "and has ended");
    let address = Some(ELSEWHERE.parse().unwrap());
    let mut taken = 0;
    while house.engine.report_key(address, "x").await.is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 10);
    assert!(house.engine.report_key(Some(HOME.parse().unwrap()), "x").await.is_ok());
}

#[tokio::test]
async fn findings_are_told_by_mail_to_whom_the_settings_name() {
    let readers = vec!["security@example.com".parse().unwrap()];
    let unusual = UnusualOptions { mail_to: readers, ..UnusualOptions::default() };
    let options = Options { unusual, ..Options::default() };
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let house = House::with_options("sqlite::memory:", (1, options), clock, policy()).await;
    let (subject, key) = house.named(|_| {}).await;
    for _ in 0..2 {
        house.engine.report_key(None, key.expose()).await.unwrap();
    }
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    assert_eq!(mails.len(), 1, "what is found again is not told again");
    assert_eq!(house.engine.raised_findings(), [("leaked_key", 1)].into(), "nor counted again");
    let text = mails[0].text.expose();
    assert!(text.contains(&subject.to_string()) && text.contains("/console/findings/fnd_"), "{text}");
    assert!(!text.contains(key.expose()));
}

#[tokio::test]
async fn two_nodes_put_together_what_each_saw() {
    let url = postgres();
    let one = House::on(&url).await;
    let other = House::with(&url, 2, one.clock.clone(), policy()).await;
    let (subject, key) = one.named(|_| {}).await;
    for _ in 0..15 {
        one.request(&key, &facts_needing("write")).await;
        other.request(&key, &facts_needing("write")).await;
    }
    other.engine.watch_activity().await.unwrap();
    one.minute().await;
    one.minute().await;
    assert_eq!(one.found().await, [((Rule::RefusalsBursting, subject), 1)].into());
    other.engine.watch_activity().await.unwrap();
    assert_eq!(one.found().await.len(), 1);
}

#[tokio::test]
async fn a_partner_makes_no_canaries_and_lifts_no_restriction() {
    use claviger_domain::{AccountId, Actor, Call, Membership, Role, Who};
    let house = House::in_memory().await;
    let account = AccountId::generate_at(house.clock_now(), &SeededEntropy::new(3));
    let membership = Membership { workspace: house.workspace.id, account, role: Role::Owner };
    let member = Actor::new(Who::Member(membership), Call::NONE);
    let canary = NewKey { is_canary: true, ..house.new_key() };
    assert!(matches!(house.engine.issue_key(&member, canary, None).await, Err(KeyError::NotAllowed(_))));
    let (key, _) = house.key().await;
    assert!(matches!(house.engine.lift_restriction(&member, key.id).await, Err(KeyError::NotAllowed(_))));
}

#[tokio::test]
async fn a_flood_of_made_up_keys_reads_no_database() {
    let house = House::in_memory().await;
    let live = format("sk_live_", KeyKind::Single, Environment::Live);
    let unknown = generate_key(&live, &SeededEntropy::new(5));
    let facts = from(ELSEWHERE);
    let answer = |text: &str| {
        let presented = Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY };
        let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
        house.engine.verify_now(&question).map(|decision| decision.code())
    };
    assert_eq!(answer(unknown.expose()), None, "the first time somebody has to look");
    assert_eq!(house.ask(unknown.expose(), &facts).await.code(), "UNKNOWN");
    house.store.close().await;
    for number in 0..20_000 {
        assert_eq!(answer(&format!("sk_live_{number:036}")), Some("MALFORMED"), "its checksum is wrong");
        assert_eq!(answer(unknown.expose()), Some("UNKNOWN"));
    }
}

/// Knows the countries of two networks.
#[derive(Debug)]
struct TwoCountries;

impl Countries for TwoCountries {
    fn country(&self, address: IpAddr) -> Option<Country> {
        let IpAddr::V4(address) = address else { return None };
        match address.octets() {
            [203, ..] => Some("DE".parse().unwrap()),
            [198, 51, ..] => Some("FR".parse().unwrap()),
            _ => None,
        }
    }
}

#[tokio::test]
async fn a_key_from_a_new_country_is_found_where_somebody_knows_countries() {
    for knows in [true, false] {
        let countries = knows.then(|| Arc::new(TwoCountries) as Arc<dyn Countries>);
        let options = Options {
            unusual: UnusualOptions { countries, ..UnusualOptions::default() },
            ..Options::default()
        };
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let house = House::with_options("sqlite::memory:", (1, options), clock, policy()).await;
        let (subject, key) = house.named(|_| {}).await;
        let (_, nomad) = house.named(|_| {}).await;
        for _ in 0..8 {
            house.request(&key, &from(HOME)).await;
            for address in [HOME, ELSEWHERE] {
                house.request(&nomad, &from(address)).await;
            }
            house.minute().await;
            house.clock.advance(DAY);
        }
        house.minute().await;
        assert_eq!(house.found().await, BTreeMap::new(), "nothing is new");
        // Another network of the same country, one of which nobody knows, and one of another country.
        for address in ["203.0.114.1", "192.0.2.1", ELSEWHERE] {
            house.request(&key, &from(address)).await;
        }
        house.request(&nomad, &from(ELSEWHERE)).await;
        house.minute().await;
        house.minute().await;
        let findings = house.findings().await;
        let found = findings.iter().find(|finding| finding.rule == Rule::NewCountry);
        assert_eq!(found.is_some(), knows);
        if let Some(found) = found {
            assert_eq!((&found.subject, found.count), (&subject, 1));
            let country = |code: &str| vec![code.parse().unwrap()];
            let evidence = Evidence::NewCountry { countries: country("FR"), known: country("DE") };
            assert_eq!(found.evidence, evidence);
        }
        let others: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.subject.clone())).collect();
        assert!(others.contains(&(Rule::NewNetwork, subject)), "{others:?}");
        assert_eq!(others.len(), 1 + usize::from(knows), "{others:?}");
    }
}
