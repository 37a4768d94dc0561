use claviger_domain::{Environment, Key, KeyId, KeyState, Page};
use claviger_store::{KeyFilter, StateFilter, Store};

use crate::samples::{Planted, Samples, after, insert_key, page, write};

fn ids(page: &Page<Key>) -> Vec<KeyId> {
    page.rows.iter().map(|key| key.id).collect()
}

async fn names(store: &Store, filter: KeyFilter) -> Vec<String> {
    let page = store.read().await.unwrap().list_keys(&filter, page(50)).await.unwrap();
    page.rows.iter().map(|key| key.name.to_string()).collect()
}

/// Besides the planted key, one more of its workspace and one of another workspace and API.
async fn plant_three(store: &Store, samples: &Samples) -> (Planted, Key, Key) {
    let planted = samples.plant(store).await;
    let mut sibling = samples.key(&planted.api, &planted.workspace);
    sibling.name = "under_score".parse().unwrap();
    sibling.environment = Environment::Test;
    sibling.state = KeyState::Disabled { since: samples.now() };
    insert_key(store, &sibling).await;
    let (api, workspace) = (samples.api("redox"), samples.workspace());
    let mut foreign = samples.key(&api, &workspace);
    foreign.name = "UNDER score".parse().unwrap();
    foreign.state = KeyState::Revoked { at: samples.now() };
    write!(store, |tx| async {
        tx.register_api(&api).await?;
        tx.insert_workspace(&workspace).await
    });
    insert_key(store, &foreign).await;
    (planted, sibling, foreign)
}

both! {
    async fn keys_are_paged_newest_first_with_all_their_generations(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut expected = vec![planted.key.id];
        for _ in 0..4 {
            let key = samples.key(&planted.api, &planted.workspace);
            insert_key(&store, &key).await;
            let (id, generation) = (key.id, samples.generation());
            write!(store, |tx| tx.insert_generation(id, &generation));
            expected.insert(0, id);
        }
        let filter = KeyFilter { workspace: Some(planted.workspace.id), ..KeyFilter::default() };
        let mut read = store.read().await.unwrap();
        let first = read.list_keys(&filter, page(2)).await.unwrap();
        let second = read.list_keys(&filter, after(&first, 2)).await.unwrap();
        let third = read.list_keys(&filter, after(&second, 2)).await.unwrap();
        assert_eq!(third.next, None);
        assert_eq!([ids(&first), ids(&second), ids(&third)].concat(), expected);
        assert_eq!(first.rows[0].generations.len(), 2);
        assert_eq!(third.rows, [planted.key]);
    }

    async fn each_filter_keeps_out_what_it_names(store: Store) {
        let samples = Samples::new();
        let (planted, sibling, foreign) = plant_three(&store, &samples).await;
        let all = KeyFilter::default;
        assert_eq!(names(&store, all()).await, ["UNDER score", "under_score", "Ärger 100%"]);
        let workspace = Some(planted.workspace.id);
        assert_eq!(names(&store, KeyFilter { workspace, ..all() }).await, ["under_score", "Ärger 100%"]);
        assert_eq!(names(&store, KeyFilter { api: Some(foreign.api), ..all() }).await, ["UNDER score"]);
        assert!(names(&store, KeyFilter { api: Some(foreign.api), workspace, ..all() }).await.is_empty());
        let environment = Some(sibling.environment);
        assert_eq!(names(&store, KeyFilter { environment, ..all() }).await, ["under_score"]);
        for (state, name) in [
            (StateFilter::Active, "Ärger 100%"),
            (StateFilter::Disabled, "under_score"),
            (StateFilter::Revoked, "UNDER score"),
        ] {
            assert_eq!(names(&store, KeyFilter { state: Some(state), ..all() }).await, [name]);
        }
    }

    async fn a_name_is_found_in_any_case_and_taken_literally(store: Store) {
        let samples = Samples::new();
        plant_three(&store, &samples).await;
        let search = |text: &str| KeyFilter { name: Some(text.to_owned()), ..KeyFilter::default() };
        assert_eq!(names(&store, search("uNdEr")).await, ["UNDER score", "under_score"]);
        assert_eq!(names(&store, search("under_")).await, ["under_score"]);
        assert_eq!(names(&store, search("ÄRGER")).await, ["Ärger 100%"]);
        assert_eq!(names(&store, search("0%")).await, ["Ärger 100%"]);
        assert!(names(&store, search("!")).await.is_empty());
    }
    async fn a_key_is_found_by_how_its_name_begins_and_by_what_is_seen_of_its_text(store: Store) {
        let samples = Samples::new();
        let (planted, sibling, foreign) = plant_three(&store, &samples).await;
        let mut read = store.read().await.unwrap();
        let all = KeyFilter::default();
        let own = KeyFilter { workspace: Some(planted.workspace.id), ..all.clone() };
        let found = |keys: Vec<Key>| keys.into_iter().map(|key| key.id).collect::<Vec<_>>();
        let begins = read.find_keys_by_name(&all, "uNdEr", 9).await.unwrap();
        assert_eq!(found(begins), [foreign.id, sibling.id]);
        assert_eq!(found(read.find_keys_by_name(&own, "under", 9).await.unwrap()), [sibling.id]);
        assert_eq!(read.find_keys_by_name(&all, "under", 1).await.unwrap().len(), 1);
        assert_eq!(found(read.find_keys_by_name(&all, "ÄRGER 1", 9).await.unwrap()), [planted.key.id]);
        for not_the_beginning in ["score", "100%", "under%", "under_scores"] {
            assert!(read.find_keys_by_name(&all, not_the_beginning, 9).await.unwrap().is_empty());
        }
        let live = KeyFilter { environment: Some(Environment::Live), ..own.clone() };
        assert!(read.find_keys_by_name(&live, "under", 9).await.unwrap().is_empty());
        let hint = planted.key.generations[0].hint.clone();
        let seen = read.find_keys_by_hint(&own, (Some(&hint.prefix), &hint.last_four), 9).await.unwrap();
        assert_eq!(seen.iter().find(|key| key.id == planted.key.id), Some(&planted.key));
        let seen = read.find_keys_by_hint(&own, (None, &hint.last_four), 9).await.unwrap();
        assert!(seen.iter().all(|key| key.workspace == planted.workspace.id), "of another's nothing is seen");
        assert!(seen.iter().any(|key| key.id == planted.key.id));
        assert!(read.find_keys_by_hint(&all, (Some("other_"), &hint.last_four), 9).await.unwrap().is_empty());
    }
}

mod looks {
    use super::*;

    /// Seven keys, of which the oldest has another name, the next is for tests and the third is revoked.
    async fn plant_seven(store: &Store, samples: &Samples) -> (Planted, Vec<KeyId>) {
        let planted = samples.plant(store).await;
        let mut ids = vec![planted.key.id];
        for number in 1..7 {
            let mut key = samples.key(&planted.api, &planted.workspace);
            key.name = "other".parse().unwrap();
            key.environment = if number == 1 { Environment::Test } else { Environment::Live };
            if number == 2 {
                key.state = KeyState::Revoked { at: samples.now() };
            }
            insert_key(store, &key).await;
            ids.insert(0, key.id);
        }
        (planted, ids)
    }

    /// What each page of a list has, until there is no other.
    async fn pages(store: &Store, filter: &KeyFilter) -> Vec<Vec<KeyId>> {
        let mut read = store.read().await.unwrap();
        let (mut pages, mut wanted) = (Vec::new(), page(50));
        loop {
            let found = read.list_keys(filter, wanted).await.unwrap();
            pages.push(ids(&found));
            let Some(next) = found.next else { return pages };
            wanted.before = Some(next);
        }
    }

    both! {
        looking at 3;

        async fn a_page_ends_short_after_so_many_keys_and_the_next_goes_on(store: Store) {
            let samples = Samples::new();
            let (planted, all) = plant_seven(&store, &samples).await;
            let [oldest, test, revoked] = [all[6], all[5], all[4]];
            for workspace in [None, Some(planted.workspace.id)] {
                for api in [None, Some(planted.api.id)] {
                    let of = || KeyFilter { workspace, api, ..KeyFilter::default() };
                    let named = KeyFilter { name: Some("rger".to_owned()), ..of() };
                    assert_eq!(pages(&store, &named).await, [vec![], vec![], vec![oldest]]);
                    let tests = KeyFilter { environment: Some(Environment::Test), ..of() };
                    assert_eq!(pages(&store, &tests).await, [vec![], vec![test], vec![]]);
                    let ended = KeyFilter { state: Some(StateFilter::Revoked), ..of() };
                    assert_eq!(pages(&store, &ended).await, [[revoked]], "there are few such to look at");
                    let active = KeyFilter { state: Some(StateFilter::Active), ..of() };
                    assert_eq!(pages(&store, &active).await.concat().len(), 6);
                    if workspace.is_none() || api.is_none() {
                        assert_eq!(pages(&store, &of()).await, std::slice::from_ref(&all), "nothing is looked at in vain");
                    }
                }
            }
        }
    }
}
