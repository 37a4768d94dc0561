use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Client, FamilyId, Generation, PageRequest, Parent, ParentId, Pool, ScopeSet,
    TokenFamily, TokenPart, TokenState,
};
use claviger_store::{Error, NewFamily, ParentRecord, Store, StoredSession, StoredToken};

use crate::samples::{Planted, Samples, page, write};

fn family(samples: &Samples, parent: Parent, source: Option<FamilyId>) -> NewFamily {
    samples.clock.advance(Duration::from_millis(1));
    let ends_at = Some(samples.now().plus(Duration::from_secs(3_600)));
    NewFamily {
        family: TokenFamily {
            id: FamilyId::generate(&samples.clock, &samples.entropy),
            parent,
            source,
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: samples.now(),
            ends_at,
            ended_at: None,
        },
        reuse: None,
        session: None,
        details: r#"{"auth_time":7}"#.to_owned(),
        tokens: vec![StoredToken {
            lookup: samples.hash(),
            generation: Generation::FIRST,
            part: TokenPart::Access,
            issued_at: samples.now(),
            expires_at: ends_at,
            sealed: Some(b"sealed".to_vec()),
            scopes: Some(ScopeSet::default()),
        }],
    }
}

fn of_key(planted: &Planted) -> Parent {
    Parent::Key { key: planted.key.id, secret: planted.key.generations[0].id }
}

async fn insert(store: &Store, new: &NewFamily) {
    let new = new.clone();
    store
        .write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_family(&new).await }))
        .await
        .unwrap();
}

/// A family, one that was exchanged for it, and one that was exchanged for that.
async fn chain(store: &Store, samples: &Samples, parent: Parent) -> [NewFamily; 3] {
    let root = family(samples, parent, None);
    let branch = family(samples, parent, Some(root.family.id));
    let leaf = family(samples, parent, Some(branch.family.id));
    for new in [&root, &branch, &leaf] {
        insert(store, new).await;
    }
    [root, branch, leaf]
}

async fn states(store: &Store, chain: &[NewFamily]) -> Vec<TokenState> {
    let mut states = Vec::new();
    for new in chain {
        let found = store.read().await.unwrap().find_token_by_lookup(&new.tokens[0].lookup).await.unwrap();
        states.push(found.unwrap().of.family.state_of(Generation::FIRST));
    }
    states
}

const ENDED: TokenState = TokenState::Ended;
const LIVING: TokenState = TokenState::InUse;

both! {
    async fn a_family_is_ended_with_all_that_stem_from_it_and_nothing_above(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let chain = chain(&store, &samples, of_key(&planted)).await;
        let (id, at) = (chain[1].family.id, samples.now());
        let lookups = store.read().await.unwrap().list_tree_lookups(id).await.unwrap();
        assert_eq!(lookups.len(), 2);
        assert!(chain[1..].iter().all(|new| lookups.contains(&new.tokens[0].lookup)));
        assert!(write!(store, |tx| tx.hold_family(id)));
        assert!(write!(store, |tx| tx.end_family(id, at)));
        assert!(!write!(store, |tx| tx.end_family(id, at)), "once");
        assert!(!write!(store, |tx| tx.hold_family(id)));
        assert_eq!(states(&store, &chain).await, [LIVING, ENDED, ENDED]);
        assert!(store.read().await.unwrap().list_tree_lookups(id).await.unwrap().is_empty());
        let key = planted.key.id;
        assert_eq!(write!(store, |tx| tx.end_families_of_key(key, at)), 1);
        assert_eq!(states(&store, &chain).await, [ENDED, ENDED, ENDED]);
    }

    async fn the_tree_of_a_parent_has_its_families_and_their_sources_newest_first(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let chain = chain(&store, &samples, of_key(&planted)).await;
        let key = ParentId::Key(planted.key.id);
        let mut read = store.read().await.unwrap();
        let first = read.list_token_tree(key, page(2)).await.unwrap();
        let rest = read.list_token_tree(key, PageRequest { before: first.next, limit: 2 }).await.unwrap();
        assert_eq!((first.rows.len(), rest.next), (2, None));
        let all: Vec<_> = first.rows.into_iter().chain(rest.rows).collect();
        let wanted: Vec<_> = chain.iter().rev().map(|new| new.family.clone()).collect();
        assert_eq!(all.iter().map(|branch| branch.family.clone()).collect::<Vec<_>>(), wanted);
        assert!(all.iter().all(|branch| branch.details == chain[0].details));
    }

    async fn the_tree_of_a_family_begins_with_it_and_has_nothing_from_above_or_beside(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let chain = chain(&store, &samples, of_key(&planted)).await;
        insert(&store, &family(&samples, of_key(&planted), Some(chain[0].family.id))).await;
        let mut read = store.read().await.unwrap();
        let listed = read.list_family_tree(chain[1].family.id, 9).await.unwrap();
        let families: Vec<_> = listed.into_iter().map(|branch| branch.family).collect();
        assert_eq!(families, [chain[1].family.clone(), chain[2].family.clone()]);
        let cut = read.list_family_tree(chain[0].family.id, 1).await.unwrap();
        assert_eq!((cut.len(), cut[0].family.id), (1, chain[0].family.id), "the root is always there");
        assert_eq!(read.list_family_tree(chain[0].family.id, 9).await.unwrap().len(), 4);
        let nobodys = FamilyId::generate(&samples.clock, &samples.entropy);
        assert!(read.list_family_tree(nobodys, 9).await.unwrap().is_empty());
    }

    async fn a_users_own_token_comes_back_with_its_account_and_ends_with_it(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let account = Account {
            id: AccountId::generate(&samples.clock, &samples.entropy),
            pool: Pool::Api(planted.api.id),
            workspace: Some(planted.workspace.id),
            scopes: Some(ScopeSet::parse_spaced("read").unwrap()),
            ..samples.account("ada@example.com")
        };
        let row = account.clone();
        write!(store, |tx| tx.insert_account(&row, None));
        let new = family(&samples, Parent::Account(account.id), None);
        insert(&store, &new).await;
        let mut read = store.read().await.unwrap();
        let record = read.find_token_by_lookup(&new.tokens[0].lookup).await.unwrap().unwrap();
        assert_eq!((&record.token, &record.of.family), (&new.tokens[0], &new.family));
        assert_eq!(record.of.details, new.details);
        let again = read.find_token_of_no_key(&new.tokens[0].lookup).await.unwrap();
        assert_eq!(again.as_ref(), Some(&record));
        let ParentRecord::Account { holder, user } = &record.of.parent else { panic!("{record:?}") };
        assert_eq!((holder.api, holder.workspace), (planted.api.id, planted.workspace.id));
        assert_eq!((holder.plan.clone(), holder.disabled_at), (planted.workspace.plan, None));
        assert_eq!((&user.email, &user.scopes), (&account.email, &account.scopes));
        assert_eq!(read.find_family_record(new.family.id).await.unwrap(), Some(record.of));
        drop(read);
        let (id, at) = (account.id, samples.now());
        assert_eq!(write!(store, |tx| tx.end_families_of_account(id, at)), 1);
        assert_eq!(states(&store, &[new]).await, [ENDED]);
    }

    async fn clients_and_users_have_sessions_of_their_own(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let account = Account { pool: Pool::Api(planted.api.id), ..samples.account("ada@example.com") };
        let client = samples.client(&planted.api, &planted.workspace);
        let rows = (account.clone(), client.clone());
        write!(store, |tx| tx.insert_account(&rows.0, None));
        write!(store, |tx| tx.insert_client(&rows.1, None));
        let (account, client) = (account.id, client.id);
        let parents = [Parent::Client(client), Parent::Account(account)];
        let name = samples.hash();
        for parent in parents {
            let session = StoredSession { lookup: name, name: b"a".to_vec() };
            let new = NewFamily { session: Some(session), ..family(&samples, parent, None) };
            insert(&store, &new).await;
        }
        let now = samples.now();
        for id in parents.map(Parent::id) {
            let mut read = store.read().await.unwrap();
            assert_eq!(read.list_named_sessions(id, now, 9).await.unwrap().len(), 1);
            assert_eq!(read.count_other_sessions(id, &name, now).await.unwrap(), 0);
            assert_eq!(read.count_other_sessions(id, &samples.hash(), now).await.unwrap(), 1);
            assert_eq!(read.list_session_lookups(id, &name).await.unwrap().len(), 1);
        }
        let of_client = ParentId::Client(client);
        assert_eq!(write!(store, |tx| tx.end_named_session(of_client, &name, now)), 1);
        assert_eq!(write!(store, |tx| tx.end_named_session(of_client, &name, now)), 0, "once");
        assert_eq!(write!(store, |tx| tx.end_own_families_of_account(account, now)), 1);
        assert_eq!(write!(store, |tx| tx.end_own_families_of_account(account, now)), 0);
    }

    async fn what_is_disabled_is_not_held(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (account, client) =
            (samples.account("ada@example.com"), samples.client(&planted.api, &planted.workspace));
        let client = Client { disabled_at: None, ..client };
        let rows = (account.clone(), client.clone());
        write!(store, |tx| tx.insert_account(&rows.0, None));
        write!(store, |tx| tx.insert_client(&rows.1, None));
        let (account, client, at) = (account.id, client.id, samples.now());
        assert!(write!(store, |tx| tx.hold_account(account)));
        assert!(write!(store, |tx| tx.hold_client(client)));
        write!(store, |tx| tx.disable_account(account, at));
        write!(store, |tx| tx.disable_client(client, at, "me"));
        assert!(!write!(store, |tx| tx.hold_account(account)));
        assert!(!write!(store, |tx| tx.hold_client(client)));
    }

    async fn a_user_without_a_workspace_holds_nothing(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let account = Account { pool: Pool::Api(planted.api.id), ..samples.account("ada@example.com") };
        let row = account.clone();
        write!(store, |tx| tx.insert_account(&row, None));
        let new = family(&samples, Parent::Account(account.id), None);
        insert(&store, &new).await;
        let lookup = new.tokens[0].lookup;
        assert_eq!(store.read().await.unwrap().find_token_by_lookup(&lookup).await.unwrap(), None);
    }

    async fn an_ended_token_is_known_as_such_until_its_date(store: Store) {
        let samples = Samples::new();
        let (lookup, end) = (samples.hash(), samples.now().plus(Duration::from_secs(60)));
        assert!(!store.read().await.unwrap().is_token_ended(&lookup).await.unwrap());
        assert!(write!(store, |tx| tx.insert_ended_token(&lookup, end)));
        assert!(!write!(store, |tx| tx.insert_ended_token(&lookup, end)), "once");
        assert!(store.read().await.unwrap().is_token_ended(&lookup).await.unwrap());
        assert_eq!(write!(store, |tx| tx.delete_ended_tokens(end, 10)), 0);
        let later = end.plus(Duration::from_micros(1));
        assert_eq!(write!(store, |tx| tx.delete_ended_tokens(later, 10)), 1);
        assert!(!store.read().await.unwrap().is_token_ended(&lookup).await.unwrap());
    }
}
