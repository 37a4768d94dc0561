//! Findings, habits and sightings.

use std::time::Duration;

use claviger_domain::{
    Acknowledgement, Evidence, Finding, FindingId, Habits, Occurrence, PageRequest, Raised, Response,
    Restriction, Rule, Seen, Sighting, Subject,
};
use claviger_store::{FindingFilter, Store};
use uuid::Uuid;

use crate::samples::{Samples, write};

const ALL: PageRequest = PageRequest { before: None, limit: 50 };

fn occurrence(samples: &Samples, subject: &str) -> (FindingId, Occurrence) {
    samples.clock.advance(Duration::from_millis(1));
    let Ok(subject) = subject.parse::<Subject>();
    let found = Occurrence {
        rule: Rule::KeyInBrowser,
        subject,
        api: None,
        workspace: None,
        evidence: Evidence::From { networks: vec!["203.0.113.0/24".parse().unwrap()] },
        at: samples.now(),
    };
    (FindingId::generate(&samples.clock, &samples.entropy), found)
}

async fn raise(store: &Store, id: FindingId, found: &Occurrence) -> Raised {
    let found = found.clone();
    write!(store, |tx| tx.raise_finding(id, &found))
}

fn seen_by(samples: &Samples) -> Acknowledgement {
    Acknowledgement { at: samples.now(), by: "local".to_owned(), note: "ours".to_owned() }
}

both! {
    async fn what_is_found_again_is_counted_and_opens_again_after_a_quiet_hour(store: Store) {
        let samples = Samples::new();
        let (id, mut found) = occurrence(&samples, "key_1");
        assert_eq!(raise(&store, id, &found).await, Raised::New);
        let first_seen_at = found.at;
        let other = FindingId::generate(&samples.clock, &samples.entropy);
        found.at = found.at.plus(Finding::QUIET * 3);
        found.evidence = Evidence::From { networks: Vec::new() };
        assert_eq!(raise(&store, other, &found).await, Raised::Again, "open ones are never new");
        let now = samples.now();
        assert!(write!(store, |tx| tx.answer_finding(id, Response::Throttle, now)));
        assert!(!write!(store, |tx| tx.answer_finding(id, Response::Revoke, now)));
        let acknowledged = seen_by(&samples);
        for is_open in [true, false] {
            let acknowledged = acknowledged.clone();
            assert_eq!(write!(store, |tx| tx.acknowledge_finding(id, &acknowledged)), is_open);
        }
        found.at = found.at.plus(Finding::QUIET - Duration::from_micros(1));
        assert_eq!(raise(&store, other, &found).await, Raised::Again);
        let kept = store.read().await.unwrap().find_finding(id, None).await.unwrap().unwrap();
        let expected = Finding {
            id,
            rule: found.rule,
            subject: found.subject.clone(),
            api: None,
            workspace: None,
            evidence: found.evidence.clone(),
            count: 3,
            first_seen_at,
            last_seen_at: found.at,
            answer: Some((Response::Throttle, now)),
            acknowledged: Some(acknowledged),
        };
        assert_eq!(kept, expected);
        found.at = found.at.plus(Finding::QUIET);
        assert_eq!(raise(&store, other, &found).await, Raised::Reopened);
        let kept = store.read().await.unwrap().find_finding(id, None).await.unwrap().unwrap();
        assert!(kept.is_open() && kept.count == 4 && kept.answer.is_none());
        assert_eq!(store.read().await.unwrap().find_finding(other, None).await.unwrap(), None);
    }

    async fn findings_are_listed_by_what_they_are_about(store: Store) {
        let samples = Samples::new();
        let (api, workspace) = (samples.api("sample"), samples.workspace());
        let (api_row, workspace_row) = (api.clone(), workspace.clone());
        write!(store, |tx| tx.register_api(&api_row));
        write!(store, |tx| tx.insert_workspace(&workspace_row));
        let (key, mut of_key) = occurrence(&samples, "key_1");
        (of_key.api, of_key.workspace) = (Some(api.id), Some(workspace.id));
        raise(&store, key, &of_key).await;
        let (network, mut of_network) = occurrence(&samples, "203.0.113.0/24");
        of_network.rule = Rule::CredentialStuffing;
        raise(&store, network, &of_network).await;
        let acknowledged = seen_by(&samples);
        write!(store, |tx| tx.acknowledge_finding(network, &acknowledged));
        let listed = async |filter: FindingFilter| {
            let page = store.read().await.unwrap().list_findings(&filter, ALL).await.unwrap();
            page.rows.into_iter().map(|finding| finding.id).collect::<Vec<_>>()
        };
        let any = FindingFilter::default;
        assert_eq!(listed(any()).await, [network, key]);
        assert_eq!(listed(FindingFilter { api: Some(api.id), ..any() }).await, [key]);
        assert_eq!(listed(FindingFilter { workspace: Some(workspace.id), ..any() }).await, [key]);
        assert_eq!(listed(FindingFilter { subject: Some(of_network.subject), ..any() }).await, [network]);
        assert_eq!(listed(FindingFilter { rule: Some(Rule::KeyInBrowser), ..any() }).await, [key]);
        assert_eq!(listed(FindingFilter { is_open: Some(true), ..any() }).await, [key]);
        assert_eq!(listed(FindingFilter { is_open: Some(false), ..any() }).await, [network]);
        let both = FindingFilter { workspace: Some(workspace.id), is_open: Some(false), ..any() };
        assert!(listed(both).await.is_empty());
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_finding(network, Some(workspace.id)).await.unwrap(), None, "not of this workspace");
        let first = read.list_findings(&any(), PageRequest { before: None, limit: 1 }).await.unwrap();
        let next = PageRequest { before: first.next, limit: 1 };
        assert_eq!(read.list_findings(&any(), next).await.unwrap().rows[0].id, key);
        let waiting = read.list_unanswered_findings(9).await.unwrap();
        assert_eq!(waiting.iter().map(|finding| finding.id).collect::<Vec<_>>(), [key, network], "oldest first");
    }

    async fn findings_and_habits_are_deleted_when_they_are_old(store: Store) {
        let samples = Samples::new();
        for subject in ["key_1", "key_2"] {
            let (id, found) = occurrence(&samples, subject);
            raise(&store, id, &found).await;
            let (habits, now) = (Habits::new(samples.now()), samples.now());
            write!(store, |tx| tx.put_habits(subject, &habits, now));
            samples.clock.advance(Duration::from_secs(60));
        }
        let cutoff = samples.now().minus(Duration::from_secs(90));
        assert_eq!(write!(store, |tx| tx.delete_findings(cutoff, 9)), 1);
        assert_eq!(write!(store, |tx| tx.delete_habits(cutoff, 9)), 1);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_findings(&FindingFilter::default(), ALL).await.unwrap().rows.len(), 1);
        assert!(read.find_habits("key_1").await.unwrap().is_none());
        assert!(read.find_habits("key_2").await.unwrap().is_some());
    }

    async fn habits_are_written_over(store: Store) {
        let samples = Samples::new();
        let (first, now) = (Habits::new(samples.now()), samples.now());
        let mut later = first.clone();
        assert!(later.learn(now, &Sighting { requests: 9, is_used: true, ..Sighting::default() }));
        for habits in [first, later.clone()] {
            write!(store, |tx| tx.put_habits("key_1", &habits, now));
        }
        assert_eq!(store.read().await.unwrap().find_habits("key_1").await.unwrap(), Some(later));
    }

    async fn sightings_wait_minute_by_minute_until_somebody_looked(store: Store) {
        let samples = Samples::new();
        let minute = |number: i64| claviger_domain::Timestamp::from_seconds(60 * number);
        let mut seen = Seen::default();
        seen.networks.entry("203.0.113.0/24".parse().unwrap()).or_default().failed_at(7);
        let names: Vec<Uuid> =
            (0..3).map(|_| FindingId::generate(&samples.clock, &samples.entropy).uuid()).collect();
        for (name, at) in names.iter().copied().zip([2, 1, 1]) {
            let seen = seen.clone();
            write!(store, |tx| tx.insert_sighting(name, minute(at), &seen));
        }
        let mut read = store.read().await.unwrap();
        assert_eq!(read.oldest_sighting(minute(1)).await.unwrap(), None);
        assert_eq!(read.oldest_sighting(minute(9)).await.unwrap(), Some(minute(1)));
        let listed = read.list_sightings(minute(1), 9).await.unwrap();
        assert!(listed.len() == 2 && listed.iter().all(|(_, found)| *found == seen));
        assert_eq!(read.list_sightings(minute(1), 1).await.unwrap().len(), 1);
        let name = names[1];
        for is_there in [true, false] {
            assert_eq!(write!(store, |tx| tx.delete_sighting(name)), is_there);
        }
        assert_eq!(write!(store, |tx| tx.delete_sightings(minute(2), 9)), 1);
        assert_eq!(store.read().await.unwrap().oldest_sighting(minute(9)).await.unwrap(), Some(minute(2)));
    }

    async fn a_restriction_grows_and_is_lifted_and_a_canary_stays_one(store: Store) {
        let samples = Samples::new();
        let (api, workspace) = (samples.api("sample"), samples.workspace());
        let mut key = samples.key(&api, &workspace);
        key.is_canary = true;
        let (id, row, now) = (key.id, key.clone(), samples.now());
        write!(store, |tx| tx.register_api(&api));
        write!(store, |tx| tx.insert_workspace(&workspace));
        write!(store, |tx| tx.insert_key(&row));
        let read = async || store.read().await.unwrap().find_key(id, None).await.unwrap().unwrap();
        assert_eq!(read().await, key);
        let steps = [
            (Restriction::Throttled, true),
            (Restriction::Throttled, false),
            (Restriction::ReadOnly, true),
            (Restriction::Throttled, false),
        ];
        for (restriction, is_changed) in steps {
            assert_eq!(write!(store, |tx| tx.restrict_key(id, restriction, now, "system")), is_changed);
        }
        assert_eq!(read().await.restriction, Some(Restriction::ReadOnly));
        for is_changed in [true, false] {
            assert_eq!(write!(store, |tx| tx.lift_restriction(id, now, "local")), is_changed);
        }
        assert_eq!(read().await.restriction, None);
        write!(store, |tx| tx.revoke_key(id, now, "local"));
        assert!(!write!(store, |tx| tx.restrict_key(id, Restriction::ReadOnly, now, "system")));
    }
}
