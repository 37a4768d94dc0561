use std::time::Duration;

use claviger_domain::{KeyKind, KeyState, Metadata, PlanName, WorkspaceState};
use claviger_store::{Belonging, Error, Touch};

use crate::samples::{Samples, find_key, insert_key, write};

both! {
    async fn a_key_comes_back_as_it_was(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        assert_eq!(find_key(&store, planted.key.id).await, Some(planted.key));
    }

    async fn a_bare_key_pair_comes_back_as_it_was(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut pair = samples.key(&planted.api, &planted.workspace);
        pair.kind = KeyKind::Pair;
        pair.secret = Some(samples.hash());
        pair.state = KeyState::Revoked { at: samples.now() };
        (pair.not_before, pair.expires_at) = (None, None);
        (pair.addresses, pair.limits, pair.metadata) = (Vec::new(), Vec::new(), Metadata::default());
        pair.scopes = [].into_iter().collect();
        insert_key(&store, &pair).await;
        assert_eq!(find_key(&store, pair.id).await, Some(pair));
    }

    async fn another_workspaces_key_is_not_found(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut read = store.read().await.unwrap();
        let own = read.find_key(planted.key.id, Some(planted.workspace.id)).await.unwrap();
        assert!(own.is_some());
        let foreign = read.find_key(planted.key.id, Some(samples.workspace().id)).await.unwrap();
        assert_eq!(foreign, None);
    }

    async fn a_key_without_its_workspace_is_a_conflict(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let key = samples.key(&planted.api, &samples.workspace());
        let result =
            store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_key(&key).await })).await;
        let Err(Error::Conflict { constraint }) = result else { panic!("{result:?}") };
        assert_eq!(constraint, "foreign_key");
    }

    async fn the_same_keyed_hash_twice_is_a_conflict_and_leaves_no_key(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut key = samples.key(&planted.api, &planted.workspace);
        key.generations[0].lookup = planted.key.generations[0].lookup;
        let id = key.id;
        let result =
            store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_key(&key).await })).await;
        let Err(Error::Conflict { constraint }) = result else { panic!("{result:?}") };
        assert_eq!(constraint, "key_generation_lookup_key");
        assert_eq!(find_key(&store, id).await, None);
    }

    async fn a_lookup_gives_verification_all_it_needs(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (id, now) = (planted.key.id, samples.now());
        let newer = samples.generation();
        let rotated = newer.clone();
        write!(store, |tx| tx.insert_generation(id, &rotated));
        for (collection, value, verified_at) in
            [("destinations", "b", Some(now)), ("destinations", "a", Some(now)), ("agents", "x", Some(now)), ("agents", "y", None)]
        {
            let belonging = Belonging {
                collection: collection.parse().unwrap(),
                value: value.to_owned(),
                created_at: now,
                verified_at,
            };
            assert!(write!(store, |tx| tx.insert_belonging(id, &belonging)));
        }
        let mut read = store.read().await.unwrap();
        let lookup = planted.key.generations[0].lookup;
        let record = read.find_key_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!(record.key, planted.key);
        assert_eq!(record.generation, planted.key.generations[0]);
        assert_eq!(record.workspace_state, WorkspaceState::Active);
        assert_eq!(record.plan.as_ref().map(PlanName::as_str), Some("enterprise"));
        let belongings: Vec<_> = record.belongings.iter().map(|(c, values)| (c.as_str(), values.join(","))).collect();
        assert_eq!(belongings, [("agents", "x".to_owned()), ("destinations", "a,b".to_owned())]);
        let record = read.find_key_by_lookup(&newer.lookup).await.unwrap().unwrap();
        assert_eq!((record.generation, record.key.id), (newer, id));
        assert_eq!(read.find_key_by_lookup(&[0; 32]).await.unwrap(), None);
    }

    async fn a_key_with_nothing_belonging_to_it_is_found_too(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let at = samples.now();
        write!(store, |tx| tx.suspend_workspace(planted.workspace.id, at, "me"));
        let mut read = store.read().await.unwrap();
        let record = read.find_key_by_lookup(&planted.key.generations[0].lookup).await.unwrap().unwrap();
        assert!(record.belongings.is_empty());
        assert_eq!(record.workspace_state, WorkspaceState::Suspended { since: at });
    }

    async fn an_edit_of_what_someone_else_has_edited_is_refused(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let read_at = planted.key.updated_at;
        // The clock stands still, and still only one of two edits of the same state goes through.
        let mut first = planted.key.clone();
        first.name = "First".parse().unwrap();
        (first.expires_at, first.metadata, first.updated_by) = (None, Metadata::default(), "me".to_owned());
        let mut second = first.clone();
        second.name = "Second".parse().unwrap();
        let edited = first.clone();
        assert!(write!(store, |tx| tx.update_key(&edited, read_at)));
        assert!(!write!(store, |tx| tx.update_key(&second, read_at)));
        let found = find_key(&store, first.id).await.unwrap();
        assert!(found.updated_at > read_at);
        first.updated_at = found.updated_at;
        assert_eq!(found, first);
    }

    async fn revocation_is_final(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (id, at) = (planted.key.id, samples.now());
        let later = at.plus(Duration::from_secs(1));
        assert!(!write!(store, |tx| tx.enable_key(id, at, "me")));
        assert!(write!(store, |tx| tx.disable_key(id, at, "me")));
        assert!(!write!(store, |tx| tx.disable_key(id, later, "me")));
        assert_eq!(find_key(&store, id).await.unwrap().state, KeyState::Disabled { since: at });
        assert!(write!(store, |tx| tx.enable_key(id, at, "me")));
        assert_eq!(find_key(&store, id).await.unwrap().state, KeyState::Active);
        assert!(write!(store, |tx| tx.revoke_key(id, at, "me")));
        assert!(!write!(store, |tx| tx.revoke_key(id, later, "me")));
        assert!(!write!(store, |tx| tx.disable_key(id, later, "me")));
        assert!(!write!(store, |tx| tx.enable_key(id, later, "me")));
        assert_eq!(find_key(&store, id).await.unwrap().state, KeyState::Revoked { at });
    }

    async fn only_a_living_key_gets_a_secret(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut pair = samples.key(&planted.api, &planted.workspace);
        pair.kind = KeyKind::Pair;
        insert_key(&store, &pair).await;
        let (single, pair, at, secret) = (planted.key.id, pair.id, samples.now(), samples.hash());
        assert!(write!(store, |tx| tx.replace_secret(single, &secret, at, "me")));
        assert!(write!(store, |tx| tx.replace_secret(pair, &secret, at, "me")));
        assert_eq!(find_key(&store, pair).await.unwrap().secret, Some(secret));
        write!(store, |tx| tx.revoke_key(pair, at, "me"));
        assert!(!write!(store, |tx| tx.replace_secret(pair, &secret, at, "me")));
    }

    async fn generations_stand_newest_first_and_end_once(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (id, old) = (planted.key.id, planted.key.generations[0].id);
        // Made at the same instant as the first: the order is that of insertion, not of ids.
        let newest = samples.generation();
        let (rotated, now) = (newest.clone(), samples.now());
        let end = now.plus(Duration::from_secs(60));
        write!(store, |tx| tx.insert_generation(id, &rotated));
        assert!(write!(store, |tx| tx.retire_generation(old, end)));
        assert!(!write!(store, |tx| tx.retire_generation(old, end.plus(Duration::from_secs(1)))));
        assert!(write!(store, |tx| tx.retire_generation(old, now)), "an end can come earlier");
        let generations = find_key(&store, id).await.unwrap().generations;
        assert_eq!(generations.iter().map(|g| g.id).collect::<Vec<_>>(), [newest.id, old]);
        let cutoff = now.plus(Duration::from_micros(1));
        assert_eq!(write!(store, |tx| tx.delete_retired_generations(cutoff, 10)), 1);
        assert_eq!(find_key(&store, id).await.unwrap().generations, [newest]);
    }

    async fn uses_are_written_in_a_batch_and_never_go_back(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let other = samples.key(&planted.api, &planted.workspace);
        insert_key(&store, &other).await;
        let now = samples.now();
        let touch = |secret, seconds, agent: &str| Touch {
            secret,
            at: now.plus(Duration::from_secs(seconds)),
            address: Some("192.0.2.1".parse().unwrap()),
            agent: Some(agent.to_owned()),
        };
        let (a, b) = (planted.key.generations[0].id, other.generations[0].id);
        let batch = vec![touch(b, 1, "curl"), touch(a, 9, "late"), touch(a, 5, "early")];
        write!(store, |tx| tx.touch_generations(batch));
        let stale = vec![touch(a, 3, "stale")];
        write!(store, |tx| tx.touch_generations(stale));
        let used = find_key(&store, planted.key.id).await.unwrap();
        assert_eq!(used.updated_at, planted.key.updated_at);
        let generation = &used.generations[0];
        assert_eq!(generation.last_used_at, Some(now.plus(Duration::from_secs(9))));
        assert_eq!(generation.last_used_address.as_deref(), Some("192.0.2.1"));
        assert_eq!(generation.last_used_agent.as_deref(), Some("late"));
        assert_eq!(find_key(&store, other.id).await.unwrap().generations[0].last_used_agent.as_deref(), Some("curl"));
    }

    async fn belongings_are_claimed_verified_and_removed(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (id, at) = (planted.key.id, samples.now());
        let claim =
            Belonging { collection: "destinations".parse().unwrap(), value: "d1".to_owned(), created_at: at, verified_at: None };
        let (one, two, name) = (claim.clone(), claim.clone(), claim.collection.clone());
        let claimed = [claim.clone()];
        assert!(write!(store, |tx| tx.insert_belonging(id, &one)));
        assert!(!write!(store, |tx| tx.insert_belonging(id, &two)));
        assert_eq!(store.read().await.unwrap().list_belongings(id).await.unwrap(), claimed);
        let (first, second, third, fourth) = (name.clone(), name.clone(), name.clone(), name);
        assert!(write!(store, |tx| tx.verify_belonging(id, &first, "d1", at)));
        assert!(!write!(store, |tx| tx.verify_belonging(id, &second, "d1", at)));
        let verified = Belonging { verified_at: Some(at), ..claim };
        assert_eq!(store.read().await.unwrap().list_belongings(id).await.unwrap(), [verified]);
        assert!(write!(store, |tx| tx.delete_belonging(id, &third, "d1")));
        assert!(!write!(store, |tx| tx.delete_belonging(id, &fourth, "d1")));
    }

    async fn ended_keys_are_deleted_after_their_retention_with_all_that_hangs_on_them(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (api, start) = (planted.api.id, samples.now());
        let mut expired = samples.key(&planted.api, &planted.workspace);
        expired.expires_at = Some(start);
        let mut kept = samples.key(&planted.api, &planted.workspace);
        kept.expires_at = None;
        let mut both = samples.key(&planted.api, &planted.workspace);
        both.expires_at = Some(start);
        both.state = KeyState::Revoked { at: start };
        for key in [&expired, &kept, &both] {
            insert_key(&store, key).await;
        }
        let cutoff = start.plus(Duration::from_secs(1));
        assert_eq!(write!(store, |tx| tx.delete_ended_keys(api, start, 10)), 0, "at the cutoff is not before it");
        assert_eq!(write!(store, |tx| tx.delete_ended_keys(api, cutoff, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_ended_keys(api, cutoff, 10)), 1);
        let mut read = store.read().await.unwrap();
        for gone in [&expired, &both] {
            assert_eq!(read.find_key(gone.id, None).await.unwrap(), None);
            assert_eq!(read.find_key_by_lookup(&gone.generations[0].lookup).await.unwrap(), None);
        }
        assert!(read.find_key(kept.id, None).await.unwrap().is_some());
        assert!(read.find_key(planted.key.id, None).await.unwrap().is_some());
    }
}
