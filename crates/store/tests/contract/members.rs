use std::time::Duration;

use claviger_domain::{AccountId, Membership, Role, WorkspaceId};
use claviger_store::{Error, Store};

use crate::samples::{Samples, write};

async fn plant_workspace(samples: &Samples, store: &Store) -> WorkspaceId {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    id
}

async fn join(samples: &Samples, store: &Store, membership: Membership) {
    let now = samples.now();
    write!(store, |tx| tx.insert_member(&membership, now, "local"));
}

fn member(workspace: WorkspaceId, account: AccountId, role: Role) -> Membership {
    Membership { workspace, account, role }
}

both! {
    async fn a_member_is_found_in_their_workspace_and_nowhere_else(store: Store) {
        let samples = Samples::new();
        let (one, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let ada = samples.plant_account(&store, "Ada@example.com").await.id;
        let membership = member(one, ada, Role::Developer);
        join(&samples, &store, membership).await;
        let mut read = store.read().await.unwrap();
        let found = read.find_member(one, ada).await.unwrap().unwrap();
        assert_eq!((found.membership, found.email.as_str()), (membership, "Ada@example.com"));
        assert_eq!((found.created_at, found.created_by.as_str()), (samples.now(), "local"));
        assert_eq!(read.find_member(other, ada).await.unwrap(), None);
        assert_eq!(read.list_members(one, 9).await.unwrap(), [found]);
        assert!(read.list_members(other, 9).await.unwrap().is_empty());
        assert_eq!(read.list_memberships(ada, 9).await.unwrap(), [membership]);
    }

    async fn an_account_is_a_member_of_a_workspace_once(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let ada = samples.plant_account(&store, "ada@example.com").await.id;
        join(&samples, &store, member(workspace, ada, Role::Viewer)).await;
        let now = samples.now();
        let result = store
            .write::<(), Error, _>(move |tx| {
                Box::pin(async move {
                    tx.insert_member(&member(workspace, ada, Role::Owner), now, "local").await
                })
            })
            .await;
        assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
    }

    async fn roles_change_owners_are_counted_and_members_leave(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let ada = samples.plant_account(&store, "ada@example.com").await.id;
        let eve = samples.plant_account(&store, "eve@example.com").await.id;
        join(&samples, &store, member(workspace, ada, Role::Owner)).await;
        join(&samples, &store, member(workspace, eve, Role::Viewer)).await;
        assert_eq!(store.read().await.unwrap().count_owners(workspace).await.unwrap(), 1);
        let later = samples.now().plus(Duration::from_secs(5));
        let (one, two) = ((workspace, eve), (workspace, eve));
        assert!(write!(store, |tx| tx.assign_role(one, Role::Owner, later, "acc_1")));
        {
            let mut read = store.read().await.unwrap();
            assert_eq!(read.count_owners(workspace).await.unwrap(), 2);
            let found = read.find_member(workspace, eve).await.unwrap().unwrap();
            assert_eq!((found.membership.role, found.updated_at), (Role::Owner, later));
            assert_eq!((found.updated_by.as_str(), found.created_at), ("acc_1", samples.now()));
        }
        assert!(write!(store, |tx| tx.delete_member(workspace, eve)));
        assert!(!write!(store, |tx| tx.delete_member(workspace, eve)));
        assert!(!write!(store, |tx| tx.assign_role(two, Role::Admin, later, "acc_1")));
        assert_eq!(store.read().await.unwrap().count_owners(workspace).await.unwrap(), 1);
    }

    async fn an_account_takes_its_memberships_along(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let ada = samples.plant_account(&store, "ada@example.com").await.id;
        join(&samples, &store, member(workspace, ada, Role::Admin)).await;
        assert!(write!(store, |tx| tx.delete_account(ada)));
        assert!(store.read().await.unwrap().list_members(workspace, 9).await.unwrap().is_empty());
    }

    async fn members_are_held_with_their_workspace(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let held = write!(store, |tx| tx.hold_members(workspace)).unwrap();
        assert_eq!((held.id, held.updated_at), (workspace, held.created_at));
        let unknown = samples.workspace().id;
        assert_eq!(write!(store, |tx| tx.hold_members(unknown)), None);
    }
}
