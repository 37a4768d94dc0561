use claviger_domain::{Belongings, CredentialKind, Environment, Pace, ScopeSet, WorkspaceId};
use claviger_testkit::{FakeClock, SeededEntropy};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

fn limit(name: &str, requests: u32) -> Limit {
    let (requests, minute) = (NonZeroU32::new(requests).unwrap(), NonZeroU32::new(60).unwrap());
    Limit::even(name.parse().unwrap(), requests, minute)
}

fn principal(client: Option<&str>, subject: Option<&str>) -> Principal {
    let (clock, entropy) = (FakeClock::at(NOW), SeededEntropy::new(7));
    Principal {
        api: ApiId::generate(&clock, &entropy),
        workspace: WorkspaceId::generate(&clock, &entropy),
        kind: CredentialKind::Token,
        credential: "key".into(),
        version: None,
        subject: subject.map(Into::into),
        client: client.map(Into::into),
        scopes: ScopeSet::default(),
        environment: Environment::Live,
        expires_at: None,
        belongings: Belongings::new(),
    }
}

struct Node(Limits);

impl Node {
    fn ask(&self, principal: &Principal, owner: &str, limits: &[Arc<Limit>], cost: u32) -> Count {
        let allowance = self.0.resolve(limits.iter(), principal, (owner.into(), NOW));
        let facts = Facts { cost: NonZeroU32::new(cost).unwrap(), ..Facts::none() };
        self.0.count_now(&allowance, principal, (&facts, NOW)).unwrap()
    }
}

fn remaining(count: &Count, name: &str) -> u32 {
    count.states.iter().find(|state| state.limit.name.as_str() == name).unwrap().remaining
}

#[test]
fn a_request_that_one_limit_refuses_takes_nothing_from_the_others() {
    let (node, principal) = (Node(Limits::new(None)), principal(None, None));
    let limits = [Arc::new(limit("wide", 10)), Arc::new(limit("narrow", 2))];
    assert!(node.ask(&principal, "a", &limits, 2).is_within);
    for _ in 0..5 {
        let refused = node.ask(&principal, "a", &limits, 1);
        assert!(!refused.is_within);
        assert_eq!((remaining(&refused, "wide"), remaining(&refused, "narrow")), (8, 0));
        assert_eq!(refused.states[0].limit.name.as_str(), "narrow", "the one that refused stands first");
    }
}

#[test]
fn a_limit_may_count_what_is_refused() {
    let (node, principal) = (Node(Limits::new(None)), principal(None, None));
    let strict = Limit { counts_refused: true, ..limit("strict", 10) };
    let limits = [Arc::new(strict), Arc::new(limit("narrow", 1))];
    assert!(node.ask(&principal, "a", &limits, 1).is_within);
    assert_eq!(remaining(&node.ask(&principal, "a", &limits, 1), "strict"), 8);
    assert_eq!(remaining(&node.ask(&principal, "a", &limits, 3), "strict"), 5);
}

#[test]
fn a_quota_can_be_shared_by_client_user_and_everyone() {
    let node = Node(Limits::new(None));
    let (one, other) = (principal(Some("c1"), Some("u")), principal(Some("c2"), Some("u")));
    let by = |name, partition| [Arc::new(Limit { partition, ..limit(name, 1) })];
    let is_within = |principal, owner, limits: &[_]| node.ask(principal, owner, limits, 1).is_within;
    let client = by("client", Partition::Client);
    assert!(is_within(&one, "a", &client) && is_within(&other, "b", &client));
    assert!(!is_within(&one, "c", &client));
    let user = by("user", Partition::User);
    assert!(is_within(&one, "a", &user) && !is_within(&other, "b", &user));
    let everyone = by("all", Partition::Everyone);
    assert!(is_within(&one, "a", &everyone) && !is_within(&other, "b", &everyone));
    let nobody = principal(None, None);
    assert!(is_within(&nobody, "a", &client) && is_within(&nobody, "b", &user), "each has its own");
}

#[test]
fn threads_together_are_let_through_exactly_as_often_as_one_would_be() {
    let (node, principal) = (Node(Limits::new(None)), principal(None, None));
    let rolling = Limit {
        pace: Pace::Rolling { per_seconds: NonZeroU32::new(60).unwrap() },
        ..limit("rolling", 1_000)
    };
    let limits = [
        Arc::new(limit("even", 900)),
        Arc::new(rolling),
        Arc::new(Limit { pace: Pace::Day, ..limit("day", 950) }),
    ];
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let asked = (0..500).map(|_| node.ask(&principal, "a", &limits, 1));
                    asked.filter(|count| count.is_within).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 900);
    let after = node.ask(&principal, "a", &limits, 1);
    assert_eq!((remaining(&after, "rolling"), remaining(&after, "day")), (100, 50));
}

proptest! {
    /// All limits or none, whatever they are: as one plain count for each.
    #[test]
    fn several_limits_at_once_are_as_strict_as_the_strictest(
        quotas in prop::collection::vec((1_u32..12, 0_u8..3), 1..5),
        costs in prop::collection::vec(1_u32..4, 1..30),
    ) {
        let (node, principal) = (Node(Limits::new(None)), principal(None, None));
        let minute = NonZeroU32::new(60).unwrap();
        let limits: Vec<Arc<Limit>> = quotas.iter().enumerate().map(|(i, (quota, kind))| {
            let even = limit(&format!("l{i}"), *quota);
            let pace = match kind {
                0 => even.pace,
                1 => Pace::Rolling { per_seconds: minute },
                _ => Pace::Month,
            };
            Arc::new(Limit { pace, ..even })
        }).collect();
        let mut used = vec![0; quotas.len()];
        for cost in costs {
            let fits = used.iter().zip(&quotas).all(|(used, (quota, _))| used + cost <= *quota);
            let count = node.ask(&principal, "a", &limits, cost);
            prop_assert_eq!(count.is_within, fits);
            if fits {
                used.iter_mut().for_each(|used| *used += cost);
            }
            prop_assert_eq!(count.states.iter().any(|state| state.retry_at.is_some()), !fits);
            for (i, (quota, _)) in quotas.iter().enumerate() {
                prop_assert_eq!(remaining(&count, &format!("l{i}")), quota - used[i]);
            }
        }
    }
}
