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
}
