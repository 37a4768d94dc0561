use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Api, ChangeKind, Environment, FamilyId, Generation, Grant, GrantId, Key, KeysAtReset,
    Parent, Pool, ResetCause, ResetCounts, ResetId, SandboxReset, ScopeSet, Timestamp, TokenFamily,
    TokenPart,
};
use claviger_store::{NewFamily, PushedRequest, Store, StoredToken};

use crate::samples::{Planted, Samples, insert_key, write};

fn reset(samples: &Samples, api: &Api, cause: ResetCause, due_at: Timestamp) -> SandboxReset {
    samples.clock.advance(Duration::from_millis(1));
    SandboxReset {
        id: ResetId::generate(&samples.clock, &samples.entropy),
        api: api.id,
        cause,
        due_at,
        keys: KeysAtReset::Revoke,
        begun_at: samples.now(),
        begun_by: "system".to_owned(),
        ended_at: None,
        counts: ResetCounts::default(),
    }
}

async fn insert(store: &Store, reset: &SandboxReset) -> bool {
    let reset = reset.clone();
    write!(store, |tx| tx.insert_sandbox_reset(&reset))
}

async fn test_key(samples: &Samples, store: &Store, planted: &Planted) -> Key {
    let key = Key { environment: Environment::Test, ..samples.key(&planted.api, &planted.workspace) };
    insert_key(store, &key).await;
    key
}

fn family(samples: &Samples, parent: Parent) -> NewFamily {
    samples.clock.advance(Duration::from_millis(1));
    NewFamily {
        family: TokenFamily {
            id: FamilyId::generate(&samples.clock, &samples.entropy),
            parent,
            source: None,
            scopes: ScopeSet::default(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: samples.now(),
            ends_at: None,
            ended_at: None,
        },
        reuse: None,
        session: None,
        details: "{}".to_owned(),
        tokens: vec![StoredToken {
            lookup: samples.hash(),
            generation: Generation::FIRST,
            part: TokenPart::Access,
            issued_at: samples.now(),
            expires_at: None,
            sealed: None,
            scopes: None,
        }],
    }
}

async fn bought_with(samples: &Samples, store: &Store, key: &Key) -> FamilyId {
    let new = family(samples, Parent::Key { key: key.id, secret: key.generations[0].id });
    let id = new.family.id;
    write!(store, |tx| tx.insert_family(&new));
    id
}

async fn is_there(store: &Store, family: FamilyId) -> bool {
    store.read().await.unwrap().find_family(family).await.unwrap().is_some()
}

/// What one user of an environment has: an account, a session, a grant and the tokens of both.
struct Person {
    account: AccountId,
    grant: GrantId,
    families: [FamilyId; 2],
    session: [u8; 32],
}

async fn person(samples: &Samples, store: &Store, planted: &Planted, environment: Environment) -> Person {
    let client = claviger_domain::Client { environment, ..samples.client(&planted.api, &planted.workspace) };
    let account = Account {
        pool: Pool::Api(planted.api.id),
        environment,
        ..samples.account(&format!("{environment}@example.com"))
    };
    let (session, lookup) = (samples.session(account.id), samples.hash());
    let grant = Grant {
        id: GrantId::generate(&samples.clock, &samples.entropy),
        api: planted.api.id,
        account: account.id,
        client: client.id,
        scopes: ScopeSet::default(),
        resources: Vec::new(),
        created_at: samples.now(),
        updated_at: samples.now(),
        revoked_at: None,
    };
    let parent = Parent::Grant { grant: grant.id, client: client.id, account: account.id };
    let families = [family(samples, parent), family(samples, Parent::Account(account.id))];
    let pushed = PushedRequest {
        client: client.id,
        request: "{}".to_owned(),
        created_at: samples.now(),
        expires_at: samples.now().plus(Duration::from_secs(60)),
        consumed_at: None,
    };
    let place = samples.hash();
    let found = Person {
        account: account.id,
        grant: grant.id,
        families: families.each_ref().map(|new| new.family.id),
        session: lookup,
    };
    write!(store, |tx| tx.insert_account(&account, None));
    write!(store, |tx| tx.insert_client(&client, None));
    write!(store, |tx| tx.insert_session(&session, &lookup));
    write!(store, |tx| tx.insert_grant(&grant));
    write!(store, |tx| tx.insert_pushed_request(&place, &pushed));
    for new in families {
        write!(store, |tx| tx.insert_family(&new));
    }
    found
}

both! {
    async fn a_planned_time_is_carried_out_once_and_one_reset_goes_on_at_a_time(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let due = samples.now();
        let first = reset(&samples, &planted.api, ResetCause::Schedule, due);
        assert!(insert(&store, &first).await);
        assert!(!insert(&store, &reset(&samples, &planted.api, ResetCause::Schedule, due)).await);
        let asked = reset(&samples, &planted.api, ResetCause::Request, due.plus(Duration::from_secs(1)));
        assert!(!insert(&store, &asked).await, "the first goes on");
        let unended = store.read().await.unwrap().list_unended_sandbox_resets().await.unwrap();
        assert_eq!(unended, std::slice::from_ref(&first));

        let counts = ResetCounts { tokens: 1, grants: 2, sessions: 3, keys: 4 };
        let (id, at) = (first.id, samples.now());
        for _ in 0..2 {
            assert!(write!(store, |tx| tx.count_sandbox_reset(id, counts)));
        }
        assert!(write!(store, |tx| tx.end_sandbox_reset(id, at)));
        assert!(!write!(store, |tx| tx.end_sandbox_reset(id, at)), "once");
        assert!(!write!(store, |tx| tx.count_sandbox_reset(id, counts)), "it has ended");
        let twice = ResetCounts { tokens: 2, grants: 4, sessions: 6, keys: 8 };
        let ended = SandboxReset { ended_at: Some(at), counts: twice, ..first.clone() };
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_sandbox_reset(id).await.unwrap(), Some(ended));
        assert_eq!(read.list_unended_sandbox_resets().await.unwrap(), []);
        drop(read);

        assert!(!insert(&store, &reset(&samples, &planted.api, ResetCause::Schedule, due)).await, "carried out");
        assert!(insert(&store, &asked).await);
        let mut read = store.read().await.unwrap();
        let api = planted.api.id;
        assert_eq!(read.find_newest_sandbox_reset(api).await.unwrap(), Some(asked.clone()));
        assert_eq!(read.latest_planned_reset(api).await.unwrap(), Some(due), "that was asked for");
        assert_eq!(read.latest_begun_reset(api).await.unwrap(), Some(asked.begun_at));
        let other = samples.api("other").id;
        assert_eq!(read.find_newest_sandbox_reset(other).await.unwrap(), None);
        assert_eq!(read.latest_planned_reset(other).await.unwrap(), None);
        assert_eq!(read.latest_begun_reset(other).await.unwrap(), None);
    }

    async fn what_the_test_environment_had_before_is_deleted_and_nothing_else(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let key = test_key(&samples, &store, &planted).await;
        let [old, older] = [(); 2].map(|()| bought_with(&samples, &store, &key));
        let (old, older) = (old.await, older.await);
        let live = bought_with(&samples, &store, &planted.key).await;
        let (tester, user) = (
            person(&samples, &store, &planted, Environment::Test).await,
            person(&samples, &store, &planted, Environment::Live).await,
        );
        samples.clock.advance(Duration::from_secs(1));
        let (api, cutoff) = (planted.api.id, samples.now());
        let new = bought_with(&samples, &store, &key).await;

        let none = samples.api("other").id;
        assert_eq!(write!(store, |tx| tx.delete_test_state(none, cutoff, 9)), ResetCounts::default());
        let deleted = write!(store, |tx| tx.delete_test_state(api, cutoff, 1));
        assert_eq!(deleted, ResetCounts { tokens: 3, grants: 1, sessions: 1, keys: 0 }, "one of each parent");
        let deleted = write!(store, |tx| tx.delete_test_state(api, cutoff, 9));
        assert_eq!(deleted, ResetCounts { tokens: 1, ..ResetCounts::default() });
        assert_eq!(write!(store, |tx| tx.delete_test_state(api, cutoff, 9)), ResetCounts::default());

        for gone in [old, older, tester.families[0], tester.families[1]] {
            assert!(!is_there(&store, gone).await);
        }
        for kept in [live, new, user.families[0], user.families[1]] {
            assert!(is_there(&store, kept).await);
        }
        let mut read = store.read().await.unwrap();
        assert!(read.find_session_by_lookup(&tester.session).await.unwrap().is_none());
        assert!(read.find_session_by_lookup(&user.session).await.unwrap().is_some());
        assert!(read.find_grant(tester.grant).await.unwrap().is_none());
        assert!(read.find_grant(user.grant).await.unwrap().is_some());
        assert!(read.find_account(tester.account).await.unwrap().is_some(), "test users stay");
    }

    async fn the_test_keys_from_before_are_listed_until_they_are_revoked(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let [one, two] = [test_key(&samples, &store, &planted).await, test_key(&samples, &store, &planted).await];
        samples.clock.advance(Duration::from_secs(1));
        let (api, cutoff) = (planted.api.id, samples.now());
        test_key(&samples, &store, &planted).await;
        let list = async |limit| store.read().await.unwrap().list_test_keys(api, cutoff, limit).await.unwrap();
        assert_eq!(list(9).await, [one.id, two.id]);
        assert_eq!(list(1).await, [one.id]);
        let id = one.id;
        assert!(write!(store, |tx| tx.revoke_key(id, cutoff, "system")));
        assert_eq!(list(9).await, [two.id]);
    }

    async fn nodes_learn_of_a_reset(store: Store) {
        let samples = Samples::new();
        let (kind, at) = (ChangeKind::Sandbox(samples.api("example").id), samples.now());
        let before = store.read().await.unwrap().latest_change().await.unwrap();
        let told = kind.clone();
        write!(store, |tx| tx.append_change(&told, at));
        let changes = store.read().await.unwrap().list_changes_after(before, 9).await.unwrap();
        assert_eq!(changes.into_iter().map(|change| change.kind).collect::<Vec<_>>(), [kind]);
    }
}
