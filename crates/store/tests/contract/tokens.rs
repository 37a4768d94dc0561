use std::time::Duration;

use claviger_domain::{
    ChangeKind, ChangeSeq, FamilyId, Generation, Parent, ParentId, ScopeSet, SessionId, Timestamp,
    TokenFamily, TokenName, TokenPart, TokenState,
};
use claviger_store::{Error, FamilyStep, NewFamily, ParentRecord, Store, StoredSession, StoredToken};

use crate::samples::{Planted, Samples, write};

fn token(samples: &Samples, generation: Generation, part: TokenPart) -> StoredToken {
    let lifetime = Duration::from_secs(3_600);
    StoredToken {
        lookup: samples.hash(),
        generation,
        part,
        issued_at: samples.now(),
        expires_at: Some(samples.now().plus(lifetime)),
        sealed: None,
        scopes: None,
    }
}

fn family(samples: &Samples, planted: &Planted) -> NewFamily {
    samples.clock.advance(Duration::from_millis(1));
    let part = |part| token(samples, Generation::FIRST, part);
    NewFamily {
        family: TokenFamily {
            id: FamilyId::generate(&samples.clock, &samples.entropy),
            parent: Parent::Key { key: planted.key.id, secret: planted.key.generations[0].id },
            source: None,
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: samples.now(),
            ends_at: Some(samples.now().plus(Duration::from_secs(3_600))),
            ended_at: None,
        },
        reuse: None,
        session: None,
        details: "{}".to_owned(),
        tokens: vec![part(TokenPart::Access), part(TokenPart::Refresh)],
    }
}

async fn insert(store: &Store, new: &NewFamily) -> Result<(), Error> {
    let new = new.clone();
    store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_family(&new).await })).await
}

async fn state(store: &Store, lookup: [u8; 32]) -> TokenState {
    let record = store.read().await.unwrap().find_token_by_lookup(&lookup).await.unwrap().unwrap();
    record.of.family.state_of(record.token.generation)
}

both! {
    async fn a_token_comes_back_with_its_family_and_its_key(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let new = family(&samples, &planted);
        insert(&store, &new).await.unwrap();
        let mut read = store.read().await.unwrap();
        for token in &new.tokens {
            let record = read.find_token_by_lookup(&token.lookup).await.unwrap().unwrap();
            assert_eq!((&record.token, &record.of.family), (token, &new.family));
            let ParentRecord::Key(key) = &record.of.parent else { panic!("{record:?}") };
            assert_eq!((key.key.id, &key.generation), (planted.key.id, &planted.key.generations[0]));
            assert_eq!(read.find_family_record(new.family.id).await.unwrap(), Some(record.of));
        }
        assert_eq!(read.find_token_by_lookup(&samples.hash()).await.unwrap(), None);
        assert_eq!(read.find_token_of_no_key(&new.tokens[0].lookup).await.unwrap(), None);
        let (found, mut tokens) = read.find_family(new.family.id).await.unwrap().unwrap();
        tokens.sort_by_key(|token| token.part.as_str());
        assert_eq!((found, tokens), (new.family, new.tokens));
    }

    async fn one_family_holds_a_reuse_until_it_is_released_or_ended(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let reuse = samples.hash();
        let [one, two] = [(); 2].map(|()| NewFamily { reuse: Some(reuse), ..family(&samples, &planted) });
        insert(&store, &one).await.unwrap();
        let refused = insert(&store, &two).await;
        let Err(Error::Conflict { constraint }) = refused else { panic!("{refused:?}") };
        assert_eq!(constraint, "token_family_reuse_key");
        let (found, access) = store.read().await.unwrap().find_reusable(&reuse).await.unwrap().unwrap();
        assert_eq!((found.id, access), (one.family.id, one.tokens[0].clone()));
        assert!(write!(store, |tx| tx.release_reuse(&reuse)));
        insert(&store, &two).await.unwrap();
        let (id, at) = (two.family.id, samples.now());
        assert!(write!(store, |tx| tx.end_family(id, at)));
        assert!(!write!(store, |tx| tx.end_family(id, at)), "once");
        assert_eq!(store.read().await.unwrap().find_reusable(&reuse).await.unwrap(), None);
        assert_eq!(state(&store, two.tokens[0].lookup).await, TokenState::Ended);
        assert_eq!(state(&store, one.tokens[0].lookup).await, TokenState::InUse, "released, not ended");
    }

    async fn of_many_that_rotate_or_spend_one_is_told_so(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let new = family(&samples, &planted);
        insert(&store, &new).await.unwrap();
        let (id, second) = (new.family.id, Generation::FIRST.next());
        let later = new.family.ends_at.map(|end| end.plus(Duration::from_secs(60)));
        let next = token(&samples, second, TokenPart::Access);
        let rotations = (0..8).map(|_| {
            let (store, family, kept) = (store.clone(), new.family.clone(), new.tokens.clone());
            let made = [next.clone()];
            tokio::spawn(async move {
                write!(store, |tx| async {
                    let step = FamilyStep { spent: family.spent, kept: &kept, made: &made };
                    tx.rotate_family(&family, &step).await
                })
            })
        });
        let mut rotated = 0;
        for rotation in rotations.collect::<Vec<_>>() {
            rotated += usize::from(rotation.await.unwrap());
        }
        assert_eq!(rotated, 1);
        write!(store, |tx| tx.move_family_end(id, later));
        let moved = store.read().await.unwrap().find_family_record(id).await.unwrap().unwrap().family;
        assert_eq!((moved.newest, moved.ends_at), (second, later));
        let (found, unspent) = store.read().await.unwrap().find_unspent(id).await.unwrap().unwrap();
        assert_eq!((found, unspent), (moved, [new.tokens.clone(), vec![next.clone()]].concat()));
        assert_eq!(state(&store, next.lookup).await, TokenState::Fresh);
        assert!(write!(store, |tx| tx.spend_generations(id, Generation::FIRST)));
        assert!(!write!(store, |tx| tx.spend_generations(id, Generation::FIRST)));
        assert_eq!(state(&store, next.lookup).await, TokenState::InUse);
        assert_eq!(state(&store, new.tokens[1].lookup).await, TokenState::Spent);
        let (_, unspent) = store.read().await.unwrap().find_unspent(id).await.unwrap().unwrap();
        assert_eq!(unspent, [next]);
    }

    async fn a_step_is_lost_to_whoever_spent_or_ended_before_it(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let new = family(&samples, &planted);
        insert(&store, &new).await.unwrap();
        let id = new.family.id;
        let rotate = async || {
            let (family, made) = (new.family.clone(), [token(&samples, Generation::FIRST.next(), TokenPart::Access)]);
            let lookup = made[0].lookup;
            let rotated = write!(store, |tx| async {
                tx.rotate_family(&family, &FamilyStep { spent: family.spent, kept: &[], made: &made }).await
            });
            let found = store.read().await.unwrap().find_token_by_lookup(&lookup).await.unwrap();
            assert_eq!(found.is_some(), rotated);
            rotated
        };
        assert!(write!(store, |tx| tx.spend_generations(id, Generation::FIRST)));
        assert!(!rotate().await, "spent meanwhile");
        let at = samples.now();
        assert!(write!(store, |tx| tx.end_family(id, at)));
        assert!(!rotate().await, "ended meanwhile");
    }

    async fn a_token_that_says_its_name_is_found_without_a_row(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut new = family(&samples, &planted);
        let (id, first) = (new.family.id, Generation::FIRST);
        let named = |generation, part| StoredToken {
            lookup: TokenName { family: id, generation, part }.lookup(&samples.hash()),
            ..token(&samples, generation, part)
        };
        new.tokens = vec![named(first, TokenPart::Access), named(first, TokenPart::Refresh)];
        new.tokens[0].scopes = Some(ScopeSet::parse_spaced("read").unwrap());
        insert(&store, &new).await.unwrap();
        for token in &new.tokens {
            let record = store.read().await.unwrap().find_token_by_lookup(&token.lookup).await.unwrap().unwrap();
            assert_eq!((&record.token, &record.of.family), (token, &new.family));
        }
        let next = named(first.next(), TokenPart::Refresh);
        let foreign = named(first, TokenPart::Access).lookup;
        let (family, kept, made) = (new.family.clone(), new.tokens.clone(), [next.clone()]);
        assert!(write!(store, |tx| async {
            tx.rotate_family(&family, &FamilyStep { spent: Generation::FIRST, kept: &kept, made: &made }).await
        }));
        assert_eq!(store.read().await.unwrap().count_rows().await.unwrap()["token"], 0);
        assert_eq!(state(&store, new.tokens[1].lookup).await, TokenState::Spent, "known for one that was spent");
        assert_eq!(state(&store, next.lookup).await, TokenState::InUse);
        let mut read = store.read().await.unwrap();
        let unspent = read.find_unspent(id).await.unwrap().unwrap().1;
        assert_eq!(unspent, [next], "those that are spent are kept no longer");
        let later = named(first.next().next(), TokenPart::Access).lookup;
        for unknown in [later, named(first.next(), TokenPart::Refresh).lookup] {
            assert_eq!(read.find_token_by_lookup(&unknown).await.unwrap(), None, "never made");
        }
        // Of one that is spent nothing more is known than that; whoever asks has seen that its name is proven.
        let record = read.find_token_by_lookup(&foreign).await.unwrap().unwrap();
        assert_eq!(record.of.family.state_of(record.token.generation), TokenState::Spent);
    }

    async fn sessions_are_listed_newest_first_counted_and_ended_one_by_one(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let key = ParentId::Key(planted.key.id);
        let mut lookups = Vec::new();
        for name in [&b"a"[..], b"b"] {
            let session = StoredSession { lookup: samples.hash(), name: name.to_vec() };
            lookups.push(session.lookup);
            insert(&store, &NewFamily { session: Some(session), ..family(&samples, &planted) }).await.unwrap();
        }
        insert(&store, &family(&samples, &planted)).await.unwrap();
        let now = samples.now();
        let names = |at: Timestamp| {
            let store = store.clone();
            async move {
                let listed = store.read().await.unwrap().list_named_sessions(key, at, 10).await.unwrap();
                listed.into_iter().map(|row| row.session.name).collect::<Vec<_>>()
            }
        };
        assert_eq!(names(now).await, [b"b", b"a"]);
        assert_eq!(names(now.plus(Duration::from_secs(3_601))).await, Vec::<Vec<u8>>::new(), "all expired");
        let mut read = store.read().await.unwrap();
        assert_eq!(read.count_other_sessions(key, &lookups[0], now).await.unwrap(), 1);
        assert_eq!(read.count_other_sessions(key, &samples.hash(), now).await.unwrap(), 2);
        assert_eq!(read.list_session_lookups(key, &lookups[1]).await.unwrap().len(), 2);
        drop(read);
        let session = lookups[1];
        assert_eq!(write!(store, |tx| tx.end_named_session(key, &session, now)), 1);
        assert_eq!(names(now).await, [b"a"]);
        assert_eq!(write!(store, |tx| tx.end_families_of_key(planted.key.id, now)), 2);
        assert_eq!(names(now).await, Vec::<Vec<u8>>::new());
    }

    async fn a_key_is_held_only_while_it_works(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (key, at) = (planted.key.id, samples.now());
        assert!(write!(store, |tx| tx.hold_key(key)));
        write!(store, |tx| tx.disable_key(key, at, "me"));
        assert!(!write!(store, |tx| tx.hold_key(key)));
    }

    async fn dead_families_are_deleted_with_their_tokens(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let new = family(&samples, &planted);
        insert(&store, &new).await.unwrap();
        let end = new.family.ends_at.unwrap();
        assert_eq!(write!(store, |tx| tx.delete_dead_families(end, 10)), 0);
        let later = end.plus(Duration::from_micros(1));
        assert_eq!(write!(store, |tx| tx.delete_dead_families(later, 10)), 1);
        let lookup = new.tokens[0].lookup;
        assert_eq!(store.read().await.unwrap().find_token_by_lookup(&lookup).await.unwrap(), None);
    }

    async fn an_endless_family_that_is_ended_has_an_end(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut new = family(&samples, &planted);
        new.family.ends_at = None;
        insert(&store, &new).await.unwrap();
        let (id, at) = (new.family.id, samples.now());
        let later = at.plus(Duration::from_micros(1));
        assert_eq!(write!(store, |tx| tx.delete_dead_families(later, 10)), 0);
        assert!(write!(store, |tx| tx.end_family(id, at)));
        assert_eq!(write!(store, |tx| tx.delete_dead_families(at, 10)), 0);
        assert_eq!(write!(store, |tx| tx.delete_dead_families(later, 10)), 1);
    }

    async fn spent_tokens_are_deleted_when_they_expired_before_a_cutoff(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let new = family(&samples, &planted);
        insert(&store, &new).await.unwrap();
        let (id, token) = (new.family.id, new.tokens[0].clone());
        let (end, first) = (token.expires_at.unwrap(), token.generation);
        let later = end.plus(Duration::from_micros(1));
        assert_eq!(write!(store, |tx| tx.delete_spent_tokens(id, first, end)), 0);
        assert_eq!(write!(store, |tx| tx.delete_spent_tokens(id, first.previous(), later)), 0);
        let there = store.read().await.unwrap().count_rows().await.unwrap();
        assert_eq!(write!(store, |tx| tx.delete_spent_tokens(id, first, later)), there["token"]);
        let left = store.read().await.unwrap().count_rows().await.unwrap();
        assert_eq!((there["token"], left["token"], left["token_family"]), (2, 0, 1));
    }

    async fn changes_of_tokens_come_back(store: Store) {
        let samples = Samples::new();
        let kind = ChangeKind::Token {
            family: FamilyId::generate(&samples.clock, &samples.entropy),
            lookups: vec![samples.hash(), samples.hash()],
        };
        let (appended, at) = (kind.clone(), samples.now());
        write!(store, |tx| tx.append_change(&appended, at));
        let changes = store.read().await.unwrap().list_changes_after(ChangeSeq::default(), 9).await.unwrap();
        assert_eq!(changes[0].kind, kind);
    }

    async fn bcp_56_families_end_with_the_browser_session_they_name(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let ada = samples.plant_account(&store, "ada@example.com").await.id;
        let [one, two] = [(); 2].map(|()| SessionId::generate(&samples.clock, &samples.entropy));
        let mut families = Vec::new();
        for session in [Some(one), Some(two), None] {
            let mut new = family(&samples, &planted);
            new.family.parent = Parent::Account(ada);
            if let Some(session) = session {
                new.details = format!(r#"{{"amr":["pwd"],"session":"{session}"}}"#);
            }
            insert(&store, &new).await.unwrap();
            families.push(new.family.id);
        }
        let at = samples.now();
        let states = async || {
            let mut all = Vec::new();
            let mut read = store.read().await.unwrap();
            for id in &families {
                all.push(read.find_family(*id).await.unwrap().unwrap().0.ended_at.is_some());
            }
            all
        };
        assert_eq!(write!(store, |tx| tx.end_families_of_sign_in(ada, one, at)), 1);
        assert_eq!(states().await, [true, false, false]);
        assert_eq!(write!(store, |tx| tx.end_families_of_sign_ins(ada, Some(two), at)), 0);
        assert_eq!(write!(store, |tx| tx.end_families_of_sign_ins(ada, None, at)), 1);
        assert_eq!(states().await, [true, true, false]);
    }

    async fn the_families_of_an_account_end_with_it_and_no_others(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let ada = samples.plant_account(&store, "ada@example.com").await.id;
        let eve = samples.plant_account(&store, "eve@example.com").await.id;
        let mut families = Vec::new();
        for parent in [Some(ada), Some(ada), Some(eve), None] {
            let mut new = family(&samples, &planted);
            if let Some(account) = parent {
                new.family.parent = Parent::Account(account);
            }
            insert(&store, &new).await.unwrap();
            families.push(new.family.id);
        }
        let at = samples.now();
        assert_eq!(write!(store, |tx| tx.end_families_of_account(ada, at)), 2);
        assert_eq!(write!(store, |tx| tx.end_families_of_account(ada, at)), 0);
        let mut read = store.read().await.unwrap();
        for (id, is_ended) in families.into_iter().zip([true, true, false, false]) {
            let (found, _) = read.find_family(id).await.unwrap().unwrap();
            assert_eq!(found.ended_at.is_some(), is_ended, "{:?}", found.parent);
        }
    }
}
