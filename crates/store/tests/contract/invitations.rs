use std::time::Duration;

use claviger_domain::{Invitation, InvitationId, Role, WorkspaceId};
use claviger_store::{Error, Store};

use crate::samples::{Samples, write};

const DAY: Duration = Duration::from_secs(86_400);

async fn plant_workspace(samples: &Samples, store: &Store) -> WorkspaceId {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    id
}

fn invitation(samples: &Samples, workspace: WorkspaceId, email: &str) -> Invitation {
    samples.clock.advance(Duration::from_millis(1));
    Invitation {
        id: InvitationId::generate(&samples.clock, &samples.entropy),
        workspace,
        email: email.parse().unwrap(),
        role: Role::Developer,
        sent_at: None,
        expires_at: samples.now().plus(DAY),
        accepted_at: None,
        withdrawn_at: None,
        created_at: samples.now(),
        created_by: "local".to_owned(),
    }
}

both! {
    async fn an_invitation_has_a_link_once_it_is_sent_and_a_newer_link_replaces_it(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let row = invitation(&samples, workspace, "Ada@example.com");
        let (id, copy) = (row.id, row.clone());
        write!(store, |tx| tx.insert_invitation(&copy));
        assert_eq!(store.read().await.unwrap().find_invitation(id).await.unwrap(), Some(row.clone()));
        let (first, second, now) = (samples.hash(), samples.hash(), samples.now());
        let ends = now.plus(DAY * 7);
        assert!(write!(store, |tx| tx.send_invitation(id, &first, now, ends)));
        assert!(write!(store, |tx| tx.send_invitation(id, &second, now, ends)));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_invitation_by_lookup(&first, now).await.unwrap(), None);
        let found = read.find_invitation_by_lookup(&second, now).await.unwrap().unwrap();
        assert_eq!(found, Invitation { sent_at: Some(now), expires_at: ends, ..row });
        assert_eq!(read.find_invitation_by_lookup(&second, ends).await.unwrap(), None);
    }

    async fn an_invitation_is_accepted_once_and_before_its_end(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        let row = invitation(&samples, workspace, "ada@example.com");
        let (id, lookup, now) = (row.id, samples.hash(), samples.now());
        let ends = now.plus(DAY);
        write!(store, |tx| tx.insert_invitation(&row));
        write!(store, |tx| tx.send_invitation(id, &lookup, now, ends));
        for (at, is_good) in [(ends, false), (now, true), (now, false)] {
            assert_eq!(write!(store, |tx| tx.accept_invitation(&lookup, at)), is_good);
        }
        assert!(!write!(store, |tx| tx.withdraw_invitation(workspace, id, now)));
        assert!(!write!(store, |tx| tx.send_invitation(id, &lookup, now, ends)));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_invitation(id).await.unwrap().unwrap().accepted_at, Some(now));
        assert!(read.list_invitations(workspace, 9).await.unwrap().is_empty());
    }

    async fn an_invitation_is_withdrawn_by_its_own_workspace(store: Store) {
        let samples = Samples::new();
        let (own, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let row = invitation(&samples, own, "ada@example.com");
        let (id, lookup, now) = (row.id, samples.hash(), samples.now());
        write!(store, |tx| tx.insert_invitation(&row));
        write!(store, |tx| tx.send_invitation(id, &lookup, now, now.plus(DAY)));
        for (workspace, is_done) in [(other, false), (own, true), (own, false)] {
            assert_eq!(write!(store, |tx| tx.withdraw_invitation(workspace, id, now)), is_done);
        }
        assert!(!write!(store, |tx| tx.accept_invitation(&lookup, now)));
    }

    async fn an_address_has_one_invitation_of_a_workspace_at_a_time(store: Store) {
        let samples = Samples::new();
        let (one, other) = (plant_workspace(&samples, &store).await, plant_workspace(&samples, &store).await);
        let first = invitation(&samples, one, "ada@example.com");
        let (id, now) = (first.id, samples.now());
        write!(store, |tx| tx.insert_invitation(&first));
        let elsewhere = invitation(&samples, other, "ada@example.com");
        write!(store, |tx| tx.insert_invitation(&elsewhere));
        let again = invitation(&samples, one, "ADA@example.com");
        let copy = again.clone();
        let result = store
            .write::<(), Error, _>(move |tx| Box::pin(async move { tx.insert_invitation(&copy).await }))
            .await;
        assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
        write!(store, |tx| tx.withdraw_invitation(one, id, now));
        write!(store, |tx| tx.insert_invitation(&again));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_invitations(one, 9).await.unwrap().len(), 1);
        assert_eq!(read.count_invitations(one, now.minus(DAY)).await.unwrap(), 2);
        assert_eq!(read.count_invitations(one, samples.now()).await.unwrap(), 0);
    }

    async fn invitations_are_deleted_after_their_end(store: Store) {
        let samples = Samples::new();
        let workspace = plant_workspace(&samples, &store).await;
        for email in ["a@example.com", "b@example.com", "c@example.com"] {
            let row = invitation(&samples, workspace, email);
            write!(store, |tx| tx.insert_invitation(&row));
            samples.clock.advance(DAY);
        }
        let cutoff = samples.now();
        assert_eq!(write!(store, |tx| tx.delete_invitations(cutoff, 2)), 2);
        assert_eq!(write!(store, |tx| tx.delete_invitations(cutoff, 2)), 0);
        let left = store.read().await.unwrap().list_invitations(workspace, 9).await.unwrap();
        assert_eq!(left.len(), 1, "its last day is not over");
    }
}
