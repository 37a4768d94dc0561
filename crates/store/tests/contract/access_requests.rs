use std::time::Duration;

use claviger_domain::{
    AccessRequest, AccessRequestId, Environment, KeyId, PageRequest, ReviewCheck, ReviewStep, Ruled, Ruling,
    ScopeSet, WorkspaceId,
};
use claviger_store::{Error, Store};

use crate::samples::{Samples, after, write};

async fn plant(samples: &Samples, store: &Store, email: &str) -> AccessRequest {
    let api = samples.api(&format!("a{}", email.len()));
    let request = AccessRequest {
        id: AccessRequestId::generate(&samples.clock, &samples.entropy),
        api: api.id,
        company: "Acme".parse().unwrap(),
        contact: "Ada".parse().unwrap(),
        email: email.parse().unwrap(),
        use_case: "Fees\nand more".parse().unwrap(),
        environments: Environment::ALL.to_vec(),
        ruled: None,
        revealed: Vec::new(),
        created_at: samples.now(),
    };
    let row = request.clone();
    store
        .write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                tx.register_api(&api).await?;
                tx.insert_access_request(&row).await
            })
        })
        .await
        .unwrap();
    samples.clock.advance(Duration::from_millis(1));
    request
}

async fn plant_workspace(samples: &Samples, store: &Store) -> WorkspaceId {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    id
}

fn check(samples: &Samples, step: ReviewStep) -> ReviewCheck {
    ReviewCheck {
        step,
        note: Some("Called them.".parse().unwrap()),
        checked_at: samples.now(),
        checked_by: "local".to_owned(),
    }
}

fn declined(samples: &Samples) -> Ruled {
    let ruling = Ruling::Declined { reason: "Not yet.".parse().unwrap() };
    Ruled { ruling, at: samples.now(), by: "local".to_owned() }
}

both! {
    async fn a_request_is_found_by_id_and_by_its_newest_link(store: Store) {
        let samples = Samples::new();
        let request = plant(&samples, &store, "Ada@example.com").await;
        let (id, first, second) = (request.id, samples.hash(), samples.hash());
        assert!(write!(store, |tx| tx.link_access_request(id, &first)));
        assert!(write!(store, |tx| tx.link_access_request(id, &second)));
        let nobodys = AccessRequestId::generate(&samples.clock, &samples.entropy);
        assert!(!write!(store, |tx| tx.link_access_request(nobodys, &first)));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_access_request(id).await.unwrap(), Some(request.clone()));
        assert_eq!(read.find_access_request_by_lookup(&first).await.unwrap(), None);
        assert_eq!(read.find_access_request_by_lookup(&second).await.unwrap(), Some(request.clone()));
        let (now, before) = (samples.now(), request.created_at.minus(Duration::from_secs(1)));
        assert_eq!(read.count_access_requests("ada@example.com", before).await.unwrap(), 1);
        assert_eq!(read.count_access_requests("ada@example.com", now).await.unwrap(), 0);
        assert_eq!(read.count_access_requests("eve@example.com", before).await.unwrap(), 0);
    }

    async fn waiting_requests_are_listed_and_counted_apart(store: Store) {
        let samples = Samples::new();
        let one = plant(&samples, &store, "a@example.com").await;
        let two = plant(&samples, &store, "bb@example.com").await;
        let (id, ruled) = (one.id, declined(&samples));
        let decision = ruled.clone();
        assert!(write!(store, |tx| tx.rule_access_request(id, &decision)));
        assert!(!write!(store, |tx| tx.rule_access_request(id, &ruled)), "a decision stays as it is");
        let mut read = store.read().await.unwrap();
        let first = PageRequest { before: None, limit: 1 };
        let all = read.list_access_requests(false, first).await.unwrap();
        assert_eq!(all.rows, std::slice::from_ref(&two));
        let rest = read.list_access_requests(false, after(&all, 1)).await.unwrap();
        assert_eq!((rest.rows[0].id, rest.rows[0].state()), (one.id, "declined"));
        assert_eq!(read.list_access_requests(true, first).await.unwrap().rows, [two]);
        assert_eq!(read.count_waiting_access_requests(9).await.unwrap(), 1);
        assert_eq!(read.count_waiting_access_requests(0).await.unwrap(), 0, "counted no further");
    }

    async fn a_step_is_checked_once_and_only_while_the_request_waits(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store, "a@example.com").await.id;
        let (first, again) = (check(&samples, ReviewStep::Identity), check(&samples, ReviewStep::Identity));
        let kept = first.clone();
        assert!(write!(store, |tx| tx.check_access_request(id, &first)));
        assert!(!write!(store, |tx| tx.check_access_request(id, &again)));
        assert_eq!(store.read().await.unwrap().list_access_checks(id).await.unwrap(), [kept]);
        let ruled = declined(&samples);
        assert!(write!(store, |tx| tx.rule_access_request(id, &ruled)));
        let late = check(&samples, ReviewStep::UseCase);
        assert!(!write!(store, |tx| tx.check_access_request(id, &late)));
    }

    async fn a_first_key_is_revealed_once_in_each_environment_of_an_approved_request(store: Store) {
        let samples = Samples::new();
        let id = plant(&samples, &store, "a@example.com").await.id;
        let key = KeyId::generate(&samples.clock, &samples.entropy);
        assert!(!write!(store, |tx| tx.reveal_access_key(id, Environment::Live, key)), "it waits");
        let workspace = plant_workspace(&samples, &store).await;
        let ruling = Ruling::Approved { workspace, scopes: ScopeSet::parse_spaced("read").unwrap() };
        let ruled = Ruled { ruling, at: samples.now(), by: "local".to_owned() };
        let kept = ruled.clone();
        assert!(write!(store, |tx| tx.rule_access_request(id, &ruled)));
        assert!(write!(store, |tx| tx.reveal_access_key(id, Environment::Live, key)));
        assert!(!write!(store, |tx| tx.reveal_access_key(id, Environment::Live, key)));
        let mut read = store.read().await.unwrap();
        let found = read.list_access_requests_of(workspace).await.unwrap();
        assert_eq!((found[0].ruled.as_ref(), found[0].unrevealed()), (Some(&kept), vec![Environment::Test]));
        assert_eq!(found[0].revealed, [(Environment::Live, key)]);
        assert!(write!(store, |tx| tx.reveal_access_key(id, Environment::Test, key)));
    }

    async fn declined_requests_are_deleted_after_a_while_with_what_was_checked(store: Store) {
        let samples = Samples::new();
        let gone = plant(&samples, &store, "a@example.com").await.id;
        let waiting = plant(&samples, &store, "bb@example.com").await.id;
        let checked = check(&samples, ReviewStep::Identity);
        assert!(write!(store, |tx| tx.check_access_request(gone, &checked)));
        let ruled = declined(&samples);
        assert!(write!(store, |tx| tx.rule_access_request(gone, &ruled)));
        let now = samples.now();
        assert_eq!(write!(store, |tx| tx.delete_access_requests(now, 9)), 0);
        let later = now.plus(Duration::from_secs(1));
        assert_eq!(write!(store, |tx| tx.delete_access_requests(later, 9)), 1);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_access_request(gone).await.unwrap(), None);
        assert!(read.list_access_checks(gone).await.unwrap().is_empty());
        assert!(read.find_access_request(waiting).await.unwrap().is_some());
    }
}
