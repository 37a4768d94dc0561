use std::time::Duration;

use claviger_domain::{ApiName, Label, WorkspaceState};
use claviger_store::Error;

use crate::samples::{Samples, after, page, write};

both! {
    async fn registering_an_api_twice_answers_the_first(store: Store) {
        let samples = Samples::new();
        let (first, second) = (samples.api("redox"), samples.api("redox"));
        let (a, b) = (first.clone(), second.clone());
        assert_eq!(write!(store, |tx| tx.register_api(&a)), first);
        assert_eq!(write!(store, |tx| tx.register_api(&b)), first);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_api(first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(read.find_api(second.id).await.unwrap(), None);
        assert_eq!(read.find_api_by_name(&first.name).await.unwrap(), Some(first.clone()));
        assert_eq!(read.find_api_by_name(&"brifle".parse::<ApiName>().unwrap()).await.unwrap(), None);
        assert_eq!(read.list_apis().await.unwrap(), [first]);
    }

    async fn a_workspace_comes_back_as_it_was(store: Store) {
        let samples = Samples::new();
        let mut suspended = samples.workspace();
        suspended.state = WorkspaceState::Suspended { since: samples.now() };
        suspended.plan = None;
        for workspace in [samples.workspace(), suspended] {
            let row = workspace.clone();
            write!(store, |tx| tx.insert_workspace(&row));
            let found = store.read().await.unwrap().find_workspace(workspace.id).await.unwrap();
            assert_eq!(found, Some(workspace));
        }
    }

    async fn a_second_workspace_with_the_same_id_is_a_conflict(store: Store) {
        let workspace = Samples::new().workspace();
        let (first, second) = (workspace.clone(), workspace);
        write!(store, |tx| tx.insert_workspace(&first));
        let result = store
            .write::<_, Error, _>(move |tx| Box::pin(async move { tx.insert_workspace(&second).await }))
            .await;
        let Err(Error::Conflict { constraint }) = result else { panic!("{result:?}") };
        assert_eq!(constraint, "workspace_pkey");
    }

    async fn workspaces_are_paged_newest_first(store: Store) {
        let samples = Samples::new();
        let mut ids = Vec::new();
        for _ in 0..5 {
            let workspace = samples.workspace();
            ids.insert(0, workspace.id);
            write!(store, |tx| tx.insert_workspace(&workspace));
        }
        let mut read = store.read().await.unwrap();
        let first = read.list_workspaces(page(2)).await.unwrap();
        let second = read.list_workspaces(after(&first, 2)).await.unwrap();
        let third = read.list_workspaces(after(&second, 2)).await.unwrap();
        assert_eq!(third.next, None);
        let seen: Vec<_> = [first, second, third].into_iter().flat_map(|page| page.rows).map(|w| w.id).collect();
        assert_eq!(seen, ids);
    }

    async fn a_workspace_is_suspended_and_resumed_once(store: Store) {
        let samples = Samples::new();
        let workspace = samples.workspace();
        let id = workspace.id;
        write!(store, |tx| tx.insert_workspace(&workspace));
        samples.clock.advance(Duration::from_secs(1));
        let since = samples.now();
        assert!(!write!(store, |tx| tx.resume_workspace(id, since, "a")));
        assert!(write!(store, |tx| tx.suspend_workspace(id, since, "b")));
        assert!(!write!(store, |tx| tx.suspend_workspace(id, since.plus(Duration::from_secs(1)), "c")));
        let found = store.read().await.unwrap().find_workspace(id).await.unwrap().unwrap();
        assert_eq!(found.state, WorkspaceState::Suspended { since });
        assert_eq!((found.updated_at, found.updated_by.as_str()), (since, "b"));
        assert!(write!(store, |tx| tx.resume_workspace(id, since, "d")));
        let found = store.read().await.unwrap().find_workspace(id).await.unwrap().unwrap();
        assert_eq!(found.state, WorkspaceState::Active);
    }

    async fn a_workspace_is_renamed_and_moved_to_another_plan(store: Store) {
        let samples = Samples::new();
        let (workspace, missing) = (samples.workspace(), samples.workspace().id);
        let id = workspace.id;
        write!(store, |tx| tx.insert_workspace(&workspace));
        let (name, at) = ("New".parse::<Label>().unwrap(), samples.now());
        let other = name.clone();
        assert!(write!(store, |tx| tx.update_workspace(id, (&name, None), at, "me")));
        assert!(!write!(store, |tx| tx.update_workspace(missing, (&other, None), at, "me")));
        let found = store.read().await.unwrap().find_workspace(id).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.plan, found.updated_by.as_str()), ("New", None, "me"));
    }
}
