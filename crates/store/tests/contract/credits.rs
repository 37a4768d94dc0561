use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    AnchorDay, ChargeState, CreditCharge, CreditDay, CreditGrant, CreditGrantId, CreditRefill, Timestamp,
    WorkspaceId,
};
use claviger_store::Store;

use crate::samples::{Samples, write};

const DAY: Duration = Duration::from_secs(86_400);

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

async fn plant_workspace(samples: &Samples, store: &Store) -> WorkspaceId {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    id
}

fn grant(samples: &Samples, workspace: WorkspaceId, expires_at: Option<Timestamp>) -> CreditGrant {
    samples.clock.advance(Duration::from_millis(1));
    CreditGrant {
        id: CreditGrantId::generate(&samples.clock, &samples.entropy),
        workspace,
        amount: n(100),
        remaining: 100,
        note: Some("Ärger 100%".parse().unwrap()),
        expires_at,
        created_at: samples.now(),
        created_by: "local".to_owned(),
    }
}

fn charge(samples: &Samples, workspace: WorkspaceId, id: &str, ends_at: Timestamp) -> CreditCharge {
    CreditCharge {
        workspace,
        id: id.parse().unwrap(),
        amount: n(7),
        parts: vec![(CreditGrantId::generate(&samples.clock, &samples.entropy), 7)],
        state: ChargeState::Reserved,
        ends_at,
        created_at: samples.now(),
    }
}

both! {
    async fn what_ends_first_is_spent_first_and_what_ended_is_not_spent(store: Store) {
        let samples = Samples::new();
        let (own, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let now = samples.now();
        let for_ever = grant(&samples, own, None);
        let late = grant(&samples, own, Some(now.plus(DAY * 9)));
        let soon = grant(&samples, own, Some(now.plus(DAY)));
        let rows = [for_ever.clone(), late.clone(), soon.clone(), grant(&samples, other, None)];
        for row in rows {
            write!(store, |tx| tx.insert_credit_grant(&row));
        }
        let mut read = store.read().await.unwrap();
        let spendable = |at| (own, at, 9_u16);
        let (workspace, at, limit) = spendable(now);
        let found = read.list_spendable_credit_grants(workspace, at, limit).await.unwrap();
        assert_eq!(found, [soon.clone(), late.clone(), for_ever.clone()]);
        assert_eq!(read.sum_credits(own, now).await.unwrap(), 300);
        let later = now.plus(DAY);
        assert_eq!(read.sum_credits(own, later).await.unwrap(), 200);
        let (workspace, at, limit) = spendable(later);
        let found = read.list_spendable_credit_grants(workspace, at, limit).await.unwrap();
        assert_eq!(found, [late.clone(), for_ever.clone()]);
        assert_eq!(read.find_credit_grant(own, late.id).await.unwrap(), Some(late.clone()));
        assert_eq!(read.find_credit_grant(other, late.id).await.unwrap(), None);
        assert_eq!(read.list_credit_grants(own, 2).await.unwrap(), [soon, late], "newest first");
    }

    async fn a_grant_is_never_overdrawn_and_never_overfilled(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let row = grant(&samples, workspace, None);
        let (id, now) = (row.id, samples.now());
        write!(store, |tx| tx.insert_credit_grant(&row));
        assert!(write!(store, |tx| tx.spend_credit_grant(id, 60)));
        assert!(!write!(store, |tx| tx.spend_credit_grant(id, 41)));
        assert!(write!(store, |tx| tx.spend_credit_grant(id, 40)));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.sum_credits(workspace, now).await.unwrap(), 0);
        assert!(read.list_spendable_credit_grants(workspace, now, 9).await.unwrap().is_empty());
        assert!(write!(store, |tx| tx.give_back_credit_grant(id, 100)));
        assert!(!write!(store, |tx| tx.give_back_credit_grant(id, 1)));
        assert_eq!(store.read().await.unwrap().sum_credits(workspace, now).await.unwrap(), 100);
    }

    async fn a_refill_is_advanced_once(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let (due, next) = (samples.now(), samples.now().plus(DAY * 30));
        let anchor_day = AnchorDay::try_from(31).unwrap();
        let refill = CreditRefill { amount: n(u32::MAX), anchor_day, next_at: due };
        for amount in [n(5), n(u32::MAX)] {
            let refill = CreditRefill { amount, ..refill };
            write!(store, |tx| tx.put_credit_refill(workspace, &refill));
        }
        assert_eq!(store.read().await.unwrap().find_credit_refill(workspace).await.unwrap(), Some(refill));
        assert!(write!(store, |tx| tx.advance_credit_refill(workspace, due, next)));
        assert!(!write!(store, |tx| tx.advance_credit_refill(workspace, due, next)));
        let found = store.read().await.unwrap().find_credit_refill(workspace).await.unwrap();
        assert_eq!(found.unwrap().next_at, next);
        assert!(write!(store, |tx| tx.delete_credit_refill(workspace)));
        assert!(!write!(store, |tx| tx.delete_credit_refill(workspace)));
    }

    async fn a_charge_is_made_and_settled_once(store: Store) {
        let samples = Samples::new();
        let (own, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let row = charge(&samples, own, "req-1", samples.now().plus(DAY));
        let (id, copy) = (row.id.clone(), row.clone());
        for is_first in [true, false] {
            let copy = copy.clone();
            assert_eq!(write!(store, |tx| tx.insert_credit_charge(&copy)), is_first);
        }
        let same_name = CreditCharge { workspace: other, ..copy };
        assert!(write!(store, |tx| tx.insert_credit_charge(&same_name)), "another workspace's is another");
        assert_eq!(store.read().await.unwrap().find_credit_charge(own, &id).await.unwrap(), Some(row));
        let (spent, back) = (ChargeState::Committed, ChargeState::Refunded);
        for (from, to, is_done) in [
            (ChargeState::Reserved, spent, true),
            (ChargeState::Reserved, back, false),
            (spent, back, true),
            (spent, back, false),
        ] {
            let id = id.clone();
            assert_eq!(write!(store, |tx| tx.settle_credit_charge(own, &id, (from, to))), is_done);
        }
        let found = store.read().await.unwrap().find_credit_charge(own, &id).await.unwrap().unwrap();
        assert_eq!(found.state, back);
    }

    async fn what_was_charged_is_summed_by_the_day_without_what_was_given_back(store: Store) {
        let samples = Samples::new();
        let (own, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let midnight = |at: Timestamp| Timestamp::from_seconds(at.micros().div_euclid(86_400_000_000) * 86_400);
        let mut days = Vec::new();
        let mut place = async |workspace, name: &str, to: Option<ChargeState>| {
            let row = charge(&samples, workspace, name, samples.now().plus(DAY));
            days.push(midnight(row.created_at));
            let id = row.id.clone();
            write!(store, |tx| tx.insert_credit_charge(&row));
            if let Some(to) = to {
                let step = (ChargeState::Reserved, to);
                assert!(write!(store, |tx| tx.settle_credit_charge(workspace, &id, step)));
            }
        };
        place(own, "too-old", Some(ChargeState::Committed)).await;
        samples.clock.advance(DAY);
        place(own, "a", Some(ChargeState::Committed)).await;
        place(own, "b", Some(ChargeState::Committed)).await;
        place(own, "back", Some(ChargeState::Refunded)).await;
        place(other, "a", Some(ChargeState::Committed)).await;
        samples.clock.advance(DAY);
        place(own, "open", None).await;
        let summed = store.read().await.unwrap().sum_credit_charges(own, days[1]).await.unwrap();
        let day = |begin, is_reserved, credits| CreditDay { begin, is_reserved, credits };
        assert_eq!(summed, [day(days[1], false, 14), day(days[5], true, 7)]);
    }

    async fn reservations_that_ended_are_found_and_what_is_old_is_deleted(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let begin = samples.now();
        for (name, days) in [("late", 2), ("soon", 1), ("open", 9)] {
            let row = charge(&samples, workspace, name, begin.plus(DAY * days));
            write!(store, |tx| tx.insert_credit_charge(&row));
        }
        let ended = store.read().await.unwrap().list_ended_credit_charges(begin.plus(DAY * 2), 9).await.unwrap();
        assert_eq!(ended.iter().map(|charge| charge.id.as_str()).collect::<Vec<_>>(), ["soon", "late"]);
        for row in ended {
            let step = (ChargeState::Reserved, ChargeState::Refunded);
            assert!(write!(store, |tx| tx.settle_credit_charge(workspace, &row.id, step)));
        }
        let cutoff = begin.plus(DAY);
        assert_eq!(write!(store, |tx| tx.delete_credit_charges(cutoff, 9)), 2, "not the reservation");
        for end in [Some(begin), None] {
            let row = grant(&samples, workspace, end);
            write!(store, |tx| tx.insert_credit_grant(&row));
        }
        assert_eq!(write!(store, |tx| tx.delete_credit_grants(cutoff, 9)), 1);
        assert_eq!(store.read().await.unwrap().list_credit_grants(workspace, 9).await.unwrap().len(), 1);
    }
}
