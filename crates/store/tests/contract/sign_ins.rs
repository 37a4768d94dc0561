use std::time::Duration;

use claviger_domain::{ApiId, Grain, Pool, SignInOutcome, Timestamp};
use claviger_store::{SignInSum, Store};
use uuid::Uuid;

use crate::samples::write;

const HOUR: Duration = Duration::from_secs(3_600);

fn noon() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-04T12:00:00Z").unwrap()
}

fn sum(at: Timestamp, pool: Pool, outcome: SignInOutcome, times: u64) -> SignInSum {
    SignInSum { at, pool, outcome, times }
}

async fn listed(store: &Store, grain: Grain) -> Vec<SignInSum> {
    let span = (noon(), noon().plus(HOUR * 2));
    store.read().await.unwrap().list_sign_ins(grain, span).await.unwrap()
}

both! {
    async fn sign_ins_add_up_by_pool_and_outcome_within_their_hour(store: Store) {
        let users = Pool::Api(ApiId::from_uuid(Uuid::from_u128(1)));
        let (first, second) = (noon(), noon().plus(HOUR));
        let succeeded = SignInOutcome::Succeeded;
        let added = [
            sum(second, Pool::Instance, SignInOutcome::WrongCode, 1),
            sum(first, users, succeeded, 2),
            sum(first, users, succeeded, 3),
            sum(first, Pool::Members, SignInOutcome::Slowed, 4),
            sum(noon().plus(HOUR * 2), users, succeeded, 9),
            sum(noon().minus(HOUR), users, succeeded, 9),
        ];
        for sum in added {
            write!(store, |tx| tx.add_sign_ins(Grain::Hour, &sum));
        }
        let mut seen = listed(&store, Grain::Hour).await;
        seen.sort_by_key(|sum| (sum.at, sum.outcome));
        assert_eq!(
            seen,
            [
                sum(first, users, succeeded, 5),
                sum(first, Pool::Members, SignInOutcome::Slowed, 4),
                sum(second, Pool::Instance, SignInOutcome::WrongCode, 1),
            ]
        );
        assert_eq!(listed(&store, Grain::Day).await, [], "each grain is counted by itself");
    }

    async fn the_oldest_hour_goes_first_and_no_younger_one(store: Store) {
        let at = |hours: u32| noon().plus(HOUR * hours);
        for hours in [0, 1] {
            for pool in [Pool::Instance, Pool::Members] {
                let sum = sum(at(hours), pool, SignInOutcome::Wrong, 1);
                write!(store, |tx| tx.add_sign_ins(Grain::Hour, &sum));
            }
        }
        let cutoff = at(1);
        assert_eq!(write!(store, |tx| tx.delete_oldest_sign_ins(Grain::Day, cutoff)), 0);
        assert_eq!(write!(store, |tx| tx.delete_oldest_sign_ins(Grain::Hour, cutoff)), 2);
        assert_eq!(write!(store, |tx| tx.delete_oldest_sign_ins(Grain::Hour, cutoff)), 0);
        assert_eq!(listed(&store, Grain::Hour).await.len(), 2);
    }
}
