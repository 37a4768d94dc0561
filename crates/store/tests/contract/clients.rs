use std::time::Duration;

use claviger_domain::{ApiId, Client, ClientId, ClientOrigin, Page, RedirectUri, WorkspaceState};
use claviger_store::{ClientFilter, ClientRecord, Error, Store};

use crate::samples::{Planted, Samples, after, page, write};

async fn insert(store: &Store, client: &Client) {
    let client = client.clone();
    write!(store, |tx| tx.insert_client(&client, None));
}

async fn find(store: &Store, id: ClientId) -> Option<Client> {
    store.read().await.unwrap().find_client(id).await.unwrap()
}

async fn record(store: &Store, id: ClientId) -> ClientRecord {
    store.read().await.unwrap().find_client_record(id).await.unwrap().unwrap()
}

fn ids(page: &Page<Client>) -> Vec<ClientId> {
    page.rows.iter().map(|client| client.id).collect()
}

/// A client of the planted API and workspace, enabled and never used.
async fn plant(store: &Store, samples: &Samples) -> (Planted, Client) {
    let planted = samples.plant(store).await;
    let mut client = samples.client(&planted.api, &planted.workspace);
    (client.disabled_at, client.last_used_at) = (None, None);
    insert(store, &client).await;
    (planted, client)
}

both! {
    async fn origins_follow_their_client(store: Store) {
        let samples = Samples::new();
        let (planted, client) = plant(&store, &samples).await;
        let other = ApiId::from_uuid(uuid::Uuid::from_u128(9));
        let (api, id, at) = (planted.api.id, client.id, samples.now());
        let has = async |api, origin: &str| store.read().await.unwrap().has_client_origin(api, origin).await.unwrap();
        assert!(has(api, "https://app.example").await);
        assert!(!has(other, "https://app.example").await, "of another API");
        for origin in ["https://app.example:444", "http://app.example", "https://app.exampl", "com.example.app:", ""] {
            assert!(!has(api, origin).await, "{origin}");
        }
        write!(store, |tx| tx.disable_client(id, at, "me"));
        assert!(!has(api, "https://app.example").await, "of one that is disabled");
        write!(store, |tx| tx.enable_client(id, at, "me"));
        let mut metadata = client.metadata.clone();
        let uris = ["https://new.example:8443/a", "https://new.example:8443/b"];
        metadata.redirect_uris = uris.map(|uri| RedirectUri::parse(uri).unwrap()).to_vec();
        write!(store, |tx| tx.update_client(id, &metadata, at, "me"));
        assert!(has(api, "https://new.example:8443").await);
        assert!(!has(api, "https://app.example").await, "it has left");
        write!(store, |tx| tx.delete_client(id));
        assert!(!has(api, "https://new.example:8443").await);
        assert_eq!(store.read().await.unwrap().count_rows().await.unwrap()["client_origin"], 0);
    }

    async fn a_client_comes_back_as_it_was(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let (client, registration) = (samples.client(&planted.api, &planted.workspace), samples.hash());
        let (row, secrets) = (client.clone(), [samples.client_secret(), samples.client_secret()]);
        assert_eq!(find(&store, client.id).await, None);
        let ([older, newer], id) = (secrets.clone(), client.id);
        write!(store, |tx| async {
            tx.insert_client(&row, Some(&registration)).await?;
            tx.insert_client_secret(id, &older).await?;
            tx.insert_client_secret(id, &newer).await
        });
        assert_eq!(find(&store, id).await, Some(client.clone()));
        let [older, newer] = secrets;
        let expected = ClientRecord {
            client,
            workspace_state: WorkspaceState::Active,
            secrets: vec![newer, older],
            registration: Some(registration),
        };
        assert_eq!(record(&store, id).await, expected);
        let (workspace, at) = (planted.workspace.id, samples.now());
        write!(store, |tx| tx.suspend_workspace(workspace, at, "me"));
        assert_eq!(record(&store, id).await.workspace_state, WorkspaceState::Suspended { since: at });
    }

    async fn a_client_needs_its_api_and_its_workspace(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        for client in [
            samples.client(&samples.api("nowhere"), &planted.workspace),
            samples.client(&planted.api, &samples.workspace()),
        ] {
            let result = store
                .write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_client(&client, None).await }))
                .await;
            assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
        }
    }

    async fn clients_are_paged_newest_first_and_filtered(store: Store) {
        let samples = Samples::new();
        let (planted, first) = plant(&store, &samples).await;
        let (api, workspace) = (samples.api("redox"), samples.workspace());
        let (a, w) = (api.clone(), workspace.clone());
        write!(store, |tx| async {
            tx.register_api(&a).await?;
            tx.insert_workspace(&w).await
        });
        let second = samples.client(&planted.api, &workspace);
        let third = samples.client(&api, &planted.workspace);
        for client in [&second, &third] {
            insert(&store, client).await;
        }
        let mut read = store.read().await.unwrap();
        let all = ClientFilter::default();
        let newest = read.list_clients(all.clone(), page(2)).await.unwrap();
        let oldest = read.list_clients(all, after(&newest, 2)).await.unwrap();
        assert_eq!([ids(&newest), ids(&oldest)].concat(), [third.id, second.id, first.id]);
        assert_eq!(oldest.next, None);
        let of = |api, workspace| ClientFilter { api, workspace, ..ClientFilter::default() };
        let (old_api, old_workspace) = (Some(planted.api.id), Some(planted.workspace.id));
        for (filter, expected) in [
            (of(old_api, None), vec![second.id, first.id]),
            (of(None, old_workspace), vec![third.id, first.id]),
            (of(old_api, old_workspace), vec![first.id]),
            (of(Some(api.id), Some(workspace.id)), vec![]),
        ] {
            let listed = read.list_clients(filter.clone(), page(9)).await.unwrap();
            assert_eq!(ids(&listed), expected, "{filter:?}");
        }
    }

    async fn clients_are_found_by_a_part_of_their_name_in_whatever_case(store: Store) {
        let samples = Samples::new();
        let (planted, _) = plant(&store, &samples).await;
        for name in ["Ärger_1", "Ärger%2"] {
            let mut client = samples.client(&planted.api, &planted.workspace);
            client.metadata.name = name.parse().unwrap();
            insert(&store, &client).await;
        }
        let mut read = store.read().await.unwrap();
        for (name, found) in [
            ("äRGER", vec!["Ärger%2", "Ärger_1", "Ärger 100%"]),
            ("%", vec!["Ärger%2", "Ärger 100%"]),
            ("r_", vec!["Ärger_1"]),
            ("x!", vec![]),
        ] {
            for workspace in [None, Some(planted.workspace.id)] {
                let name = Some(name.to_owned());
                let filter = ClientFilter { workspace, name, ..ClientFilter::default() };
                let listed = read.list_clients(filter, page(9)).await.unwrap().rows;
                let names: Vec<_> = listed.iter().map(|client| client.metadata.name.as_str()).collect();
                assert_eq!(names, found);
            }
        }
    }

    async fn metadata_is_replaced_whole(store: Store) {
        let samples = Samples::new();
        let (_, client) = plant(&store, &samples).await;
        let mut metadata = client.metadata.clone();
        metadata.name = "New".parse().unwrap();
        metadata.scopes = None;
        let (id, at, new) = (client.id, samples.now(), metadata.clone());
        assert!(write!(store, |tx| tx.update_client(id, &new, at, "me")));
        let found = find(&store, id).await.unwrap();
        assert_eq!((found.metadata, found.updated_at, found.updated_by.as_str()), (metadata, at, "me"));
        let (nobody, metadata) = (ClientId::generate(&samples.clock, &samples.entropy), client.metadata);
        assert!(!write!(store, |tx| tx.update_client(nobody, &metadata, at, "me")));
    }

    async fn a_client_is_disabled_and_enabled_once(store: Store) {
        let samples = Samples::new();
        let (_, client) = plant(&store, &samples).await;
        let (id, at) = (client.id, samples.now());
        assert!(!write!(store, |tx| tx.enable_client(id, at, "a")));
        assert!(write!(store, |tx| tx.disable_client(id, at, "b")));
        assert!(!write!(store, |tx| tx.disable_client(id, at.plus(Duration::from_secs(1)), "c")));
        assert_eq!(find(&store, id).await.unwrap().disabled_at, Some(at));
        assert!(write!(store, |tx| tx.enable_client(id, at, "d")));
        assert_eq!(find(&store, id).await.unwrap().disabled_at, None);
    }

    async fn a_registration_token_gives_way_to_the_next_once(store: Store) {
        let samples = Samples::new();
        let (planted, _) = plant(&store, &samples).await;
        let (client, first, next) =
            (samples.client(&planted.api, &planted.workspace), samples.hash(), samples.hash());
        let (row, id) = (client.clone(), client.id);
        write!(store, |tx| tx.insert_client(&row, Some(&first)));
        assert!(write!(store, |tx| tx.rotate_registration(id, &first, &next)));
        assert!(!write!(store, |tx| tx.rotate_registration(id, &first, &next)));
        assert_eq!(record(&store, id).await.registration, Some(next));
    }

    async fn secrets_end_when_they_are_told_or_sooner(store: Store) {
        let samples = Samples::new();
        let (_, client) = plant(&store, &samples).await;
        let (mut soon, endless, id) = (samples.client_secret(), samples.client_secret(), client.id);
        let later = samples.now().plus(Duration::from_secs(60));
        soon.retires_at = Some(samples.now());
        let rows = [soon.clone(), endless.clone()];
        write!(store, |tx| async {
            tx.insert_client_secret(id, &rows[0]).await?;
            tx.insert_client_secret(id, &rows[1]).await
        });
        assert_eq!(write!(store, |tx| tx.retire_client_secrets(id, later)), 1);
        let secrets = record(&store, id).await.secrets;
        let ends: Vec<_> = secrets.iter().map(|secret| secret.retires_at).collect();
        assert_eq!(ends, [Some(later), soon.retires_at]);
        assert_eq!(write!(store, |tx| tx.delete_retired_client_secrets(later, 9)), 1);
        assert_eq!(record(&store, id).await.secrets[0].id, endless.id);
        assert_eq!(write!(store, |tx| tx.delete_client_secrets(id)), 1);
        assert!(record(&store, id).await.secrets.is_empty());
    }

    async fn last_used_only_moves_forward(store: Store) {
        let samples = Samples::new();
        let (_, client) = plant(&store, &samples).await;
        let (id, at) = (client.id, samples.now());
        for (used, expected) in [(at, at), (at.minus(Duration::from_secs(1)), at)] {
            write!(store, |tx| tx.touch_clients(vec![(id, used)]));
            assert_eq!(find(&store, id).await.unwrap().last_used_at, Some(expected));
        }
    }

    async fn a_client_is_deleted_with_its_secrets(store: Store) {
        let samples = Samples::new();
        let (_, client) = plant(&store, &samples).await;
        let (id, secret) = (client.id, samples.client_secret());
        write!(store, |tx| tx.insert_client_secret(id, &secret));
        assert!(write!(store, |tx| tx.delete_client(id)));
        assert!(!write!(store, |tx| tx.delete_client(id)));
        assert_eq!(store.read().await.unwrap().find_client_record(id).await.unwrap(), None);
    }

    async fn only_open_clients_that_were_never_used_are_cleared_away(store: Store) {
        let samples = Samples::new();
        let (planted, unused) = plant(&store, &samples).await;
        let mut used = samples.client(&planted.api, &planted.workspace);
        used.last_used_at = Some(samples.now());
        let mut managed = samples.client(&planted.api, &planted.workspace);
        (managed.origin, managed.last_used_at) = (ClientOrigin::Managed, None);
        for client in [&used, &managed] {
            insert(&store, client).await;
        }
        let cutoff = samples.now().plus(Duration::from_secs(1));
        let made = unused.created_at;
        assert!(write!(store, |tx| tx.delete_unused_clients(made, 9)).is_empty());
        assert_eq!(write!(store, |tx| tx.delete_unused_clients(cutoff, 9)), [unused.id]);
        assert!(find(&store, used.id).await.is_some() && find(&store, managed.id).await.is_some());
    }
}

mod looks {
    use super::*;

    both! {
        looking at 2;

        async fn a_search_ends_short_after_so_many_clients_and_goes_on(store: Store) {
            let samples = Samples::new();
            let (planted, oldest) = plant(&store, &samples).await;
            for _ in 0..3 {
                let mut client = samples.client(&planted.api, &planted.workspace);
                client.metadata.name = "other".parse().unwrap();
                insert(&store, &client).await;
            }
            let mut read = store.read().await.unwrap();
            for (api, workspace) in [(None, None), (Some(planted.api.id), None), (None, Some(planted.workspace.id))] {
                let filter = ClientFilter { api, workspace, name: Some("rger".to_owned()) };
                let first = read.list_clients(filter.clone(), page(10)).await.unwrap();
                assert!(first.rows.is_empty() && first.is_cut_short(10));
                let second = read.list_clients(filter, after(&first, 10)).await.unwrap();
                assert_eq!(ids(&second), [oldest.id]);
                let all = ClientFilter { api, workspace, name: None };
                assert_eq!(read.list_clients(all, page(10)).await.unwrap().rows.len(), 4, "nothing is looked at in vain");
            }
        }
    }
}
