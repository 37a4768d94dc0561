//! Whatever is refreshed, used, lost and repeated in whatever order on two nodes: one pair works, the one before it
//! until then, and nothing that was spent ever again.

use std::time::Duration;

use claviger_domain::{Facts, Key, KeyKind, Timestamp};
use claviger_engine::{Bought, ExchangeError, KeyProof, Wait, Wish};
use claviger_testkit::FakeClock;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::house::{ACTOR, House, postgres};
use crate::tokens::{HOUR, rotated, with_tokens};

/// Longer than a node trusts its memory without hearing from the database: then it asks.
const LEASE_PASSED: Duration = Duration::from_secs(11);

#[derive(Clone, Copy, Debug)]
enum Step {
    Authenticate,
    /// With the refresh token of so many generations before the newest.
    Refresh(usize),
    /// The access token of so many generations before the newest.
    Use(usize),
    Advance(u32),
    LogOut,
    Disable,
    Enable,
    NewSecret,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        2 => Just(Step::Authenticate),
        6 => (0_usize..4).prop_map(Step::Refresh),
        5 => (0_usize..4).prop_map(Step::Use),
        2 => (1_u32..20).prop_map(Step::Advance),
        1 => Just(Step::LogOut),
        1 => Just(Step::Disable),
        2 => Just(Step::Enable),
        1 => Just(Step::NewSecret),
    ];
    (0_usize..2, step)
}

/// A pair of key and secret, and the generations of the family that was bought with it last.
struct Model {
    key: Key,
    text: String,
    secret: String,
    is_disabled: bool,
    family: Vec<Bought>,
    /// How many of the generations are spent, from the oldest.
    spent: usize,
    /// Whether the family was ended.
    is_ended: bool,
    /// Texts of families that came before and were ended.
    dead: Vec<Bought>,
}

impl Model {
    async fn new(house: &House) -> Self {
        let pair = house.issue(|new| new.kind = KeyKind::Pair).await.unwrap();
        let secret = house.engine.replace_secret(&ACTOR, pair.key.id).await.unwrap().secret;
        let (text, secret) = (pair.text.expose().to_owned(), secret.expose().to_owned());
        let (family, dead) = (Vec::new(), Vec::new());
        Self { key: pair.key, text, secret, is_disabled: false, family, spent: 0, is_ended: false, dead }
    }

    /// The place of a generation, counted from the newest.
    fn place(&self, back: usize) -> Option<usize> {
        self.family.len().checked_sub(back + 1)
    }

    fn is_usable(&self, place: usize) -> bool {
        !self.is_ended && !self.is_disabled && place >= self.spent
    }

    /// A generation is used for the first time: those before it are spent.
    fn use_first(&mut self, place: usize) {
        self.spent = self.spent.max(place);
    }

    async fn authenticate(&mut self, house: &House) {
        let proof = KeyProof { key: &self.text, secret: Some(&self.secret) };
        let bought = house.engine.log_in(&house.caller(), proof, &Wish::default(), &rotated()).await;
        if self.is_disabled {
            assert!(bought.is_err());
            return;
        }
        let bought = bought.unwrap();
        // A family that lives goes on beside the new one; here only one is followed at a time.
        if !self.is_ended && !self.family.is_empty() {
            let newest = self.family.last().unwrap().access.expose().to_owned();
            house.engine.log_out(&house.caller(), &newest).await.unwrap();
        }
        self.dead.append(&mut self.family);
        self.family.push(bought);
        (self.spent, self.is_ended) = (0, false);
    }

    async fn refresh(&mut self, house: &House, back: usize) {
        let Some(place) = self.place(back) else { return };
        let (newest, now) = (self.family.len() - 1, house.clock_now());
        let token = self.family[place].refresh_text().unwrap().to_owned();
        let refreshed = house.engine.refresh(&house.caller(), &self.text, &token, &rotated()).await;
        if !self.is_usable(place) {
            let is_refused =
                matches!(refreshed, Err(ExchangeError::RefreshRefused(_) | ExchangeError::Refused(_)));
            assert!(is_refused, "what is spent or ended buys nothing: {refreshed:?}");
            return;
        }
        let bought = refreshed.unwrap();
        let text = |bought: &Bought| bought.access.expose().to_owned();
        self.use_first(place);
        if place < newest && now < self.family[newest].expires_at {
            assert_eq!(text(&bought), text(&self.family[newest]), "a lost answer is given again");
            assert_eq!(bought.refresh_text(), self.family[newest].refresh_text());
            return;
        }
        let is_new = |old: &Bought| text(old) != text(&bought) && old.refresh_text() != bought.refresh_text();
        assert!(self.family.iter().chain(&self.dead).all(is_new), "a new generation");
        self.family.push(bought);
    }

    async fn use_one(&mut self, house: &House, back: usize) {
        let Some(place) = self.place(back) else { return };
        let bought = &self.family[place];
        let code = house.code(&bought.access).await;
        let is_over = house.clock_now() >= bought.expires_at;
        if self.is_ended || place < self.spent {
            assert_eq!(code, "REVOKED");
        } else if self.is_disabled {
            assert_eq!(code, "DISABLED");
        } else if is_over {
            assert_eq!(code, "EXPIRED");
        } else {
            assert_eq!(code, "VALID");
            self.use_first(place);
        }
    }

    async fn apply(&mut self, house: &House, step: Step) {
        match step {
            Step::Authenticate => self.authenticate(house).await,
            Step::Refresh(back) => self.refresh(house, back).await,
            Step::Use(back) => self.use_one(house, back).await,
            Step::Advance(hours) => house.clock.advance(HOUR * hours),
            Step::LogOut => {
                if let Some(newest) = self.family.last() {
                    house.engine.log_out(&house.caller(), newest.access.expose()).await.unwrap();
                    self.is_ended = true;
                }
            }
            Step::Disable => {
                house.engine.disable_key(&ACTOR, self.key.id).await.unwrap();
                self.is_disabled = true;
            }
            Step::Enable => {
                house.engine.enable_key(&ACTOR, self.key.id).await.unwrap();
                self.is_disabled = false;
            }
            Step::NewSecret => {
                let replaced = house.engine.replace_secret(&ACTOR, self.key.id).await;
                if self.is_disabled {
                    assert!(replaced.is_err(), "who is switched off gets no secret");
                    return;
                }
                let secret = replaced.unwrap().secret;
                self.secret = secret.expose().to_owned();
                self.is_ended = true;
            }
        }
    }

    /// What is spent, ended or expired works nowhere. Nothing else is touched: to look at it would be to use it.
    async fn check(&self, house: &House) {
        let spent = self.family.iter().take(if self.is_ended { usize::MAX } else { self.spent });
        for bought in spent.chain(&self.dead) {
            let code = house.ask(bought.access.expose(), &Facts::none()).await.code();
            assert!(["REVOKED", "EXPIRED", "UNKNOWN"].contains(&code), "{code}");
            let token = bought.refresh_text().unwrap();
            let refreshed = house.engine.refresh(&house.caller(), &self.text, token, &rotated()).await;
            assert!(refreshed.is_err(), "{refreshed:?}");
        }
    }
}

#[test]
fn any_interleaving_of_refreshes_and_uses_over_two_nodes_leaves_one_pair_that_works() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let nodes = runtime.block_on(async {
        let (url, clock) = (postgres(), FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        [
            House::with(&url, 1, clock.clone(), with_tokens()).await,
            House::with(&url, 2, clock, with_tokens()).await,
        ]
    });
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(32) });
    let steps = proptest::collection::vec(step(), 1..30);
    let run = |steps: Vec<(usize, Step)>| {
        runtime.block_on(async {
            let mut model = Model::new(&nodes[0]).await;
            for (node, step) in steps {
                nodes[node].clock.advance(LEASE_PASSED);
                model.apply(&nodes[node], step).await;
                nodes[node].clock.advance(LEASE_PASSED);
            }
            for house in &nodes {
                house.clock.advance(Duration::from_secs(60));
                model.check(house).await;
            }
            nodes[1].engine.revoke_key(&ACTOR, model.key.id, Wait::No).await.unwrap();
            for bought in model.family.iter().chain(&model.dead) {
                assert_ne!(nodes[1].code(&bought.access).await, "VALID");
            }
        });
        Ok(())
    };
    runner.run(&steps, run).unwrap();
}
