use std::time::Duration;

use claviger_domain::{Email, PageRequest, Pool, Profile, ScopeSet};
use claviger_secrets::{Password, PasswordHash};
use claviger_store::{Error, UpstreamIdentity};

use crate::samples::{Samples, after, page, write};

both! {
    async fn an_account_is_found_by_id_and_by_address_in_any_case(store: Store) {
        let samples = Samples::new();
        let account = samples.account("Ada@Example.com");
        let (row, hash) = (account.clone(), PasswordHash::of_nobody().unwrap());
        write!(store, |tx| tx.insert_account(&row, Some(&hash)));
        let mut read = store.read().await.unwrap();
        let found = read.find_account(account.id).await.unwrap().unwrap();
        assert_eq!(found, account);
        assert_eq!(found.email.as_str(), "Ada@Example.com", "as it was typed");
        let typed: Email = "ADA@example.COM".parse().unwrap();
        let record = read.find_account_by_email(Pool::Instance, &typed).await.unwrap().unwrap();
        assert_eq!(record.account, account);
        assert_eq!(record.password.unwrap().to_text(), PasswordHash::of_nobody().unwrap().to_text());
        let other = Pool::Api(samples.api("redox").id);
        assert!(read.find_account_by_email(other, &typed).await.unwrap().is_none());
    }

    async fn an_address_is_one_account_in_each_pool(store: Store) {
        let samples = Samples::new();
        let first = samples.account("ada@example.com");
        let mut elsewhere = samples.account("ada@example.com");
        elsewhere.pool = Pool::Api(samples.api("redox").id);
        let second = samples.account("ADA@example.com");
        for row in [first, elsewhere] {
            write!(store, |tx| tx.insert_account(&row, Some(&PasswordHash::of_nobody().unwrap())));
        }
        let result = store
            .write::<(), Error, _>(move |tx| {
                Box::pin(async move { tx.insert_account(&second, Some(&PasswordHash::of_nobody().unwrap())).await })
            })
            .await;
        let Err(Error::Conflict { constraint }) = result else { panic!("{result:?}") };
        assert_eq!(constraint, "account_pool_email_folded_key");
    }

    async fn a_password_is_replaced_only_where_it_is_still_the_one_that_was_read(store: Store) {
        let samples = Samples::new();
        let account = samples.account("ada@example.com");
        let (id, email, at) = (account.id, account.email.clone(), samples.now());
        let old = PasswordHash::of_nobody().unwrap();
        let new = PasswordHash::create(&Password::typed("new".to_owned()).unwrap(), &samples.entropy).unwrap();
        let hash = old.clone();
        write!(store, |tx| tx.insert_account(&account, Some(&hash)));
        for is_first in [true, false] {
            let (old, new) = (old.clone(), new.clone());
            assert_eq!(write!(store, |tx| tx.replace_password(id, (&old, &new), at)), is_first);
        }
        let record = store.read().await.unwrap().find_account_by_email(Pool::Instance, &email).await.unwrap();
        assert_eq!(record.unwrap().password.unwrap().to_text(), new.to_text());
    }

    async fn accounts_of_a_pool_are_paged_newest_first(store: Store) {
        let samples = Samples::new();
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            let account = samples.account(&format!("{name}@example.com"));
            ids.insert(0, account.id);
            write!(store, |tx| tx.insert_account(&account, Some(&PasswordHash::of_nobody().unwrap())));
        }
        let mut elsewhere = samples.account("d@example.com");
        elsewhere.pool = Pool::Api(samples.api("redox").id);
        write!(store, |tx| tx.insert_account(&elsewhere, Some(&PasswordHash::of_nobody().unwrap())));
        let mut read = store.read().await.unwrap();
        let first = read.list_accounts(Pool::Instance, page(2)).await.unwrap();
        let next: PageRequest = after(&first, 2);
        let second = read.list_accounts(Pool::Instance, next).await.unwrap();
        assert_eq!(second.next, None);
        let seen: Vec<_> = first.rows.into_iter().chain(second.rows).map(|account| account.id).collect();
        assert_eq!(seen, ids);
    }

    async fn a_password_is_set_whether_or_not_there_was_one_and_held_only_while_it_is_the_one(store: Store) {
        let samples = Samples::new();
        let account = samples.account("ada@example.com");
        let (id, at) = (account.id, samples.now().plus(Duration::from_secs(1)));
        write!(store, |tx| tx.insert_account(&account, None));
        let first = PasswordHash::of_nobody().unwrap();
        let second = PasswordHash::create(&Password::typed("new".to_owned()).unwrap(), &samples.entropy).unwrap();
        for hash in [first.clone(), second.clone()] {
            write!(store, |tx| tx.set_password(id, &hash, at));
        }
        assert!(!write!(store, |tx| tx.hold_password(id, &first)));
        let held = second.clone();
        assert!(write!(store, |tx| tx.hold_password(id, &held)));
        let record = store.read().await.unwrap().find_account_record(id).await.unwrap().unwrap();
        assert_eq!(record.password.unwrap().to_text(), second.to_text());
        assert_eq!(record.account.updated_at, at);
    }

    async fn what_is_known_of_a_person_is_changed_part_by_part(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut account = samples.plant_account(&store, "ada@example.com").await;
        let (id, at, workspace) = (account.id, samples.now().plus(Duration::from_secs(1)), planted.workspace.id);
        account.profile = Profile {
            name: Some("Ada Lovelace".to_owned()),
            given_name: Some("Ada".to_owned()),
            family_name: Some("Lovelace".to_owned()),
            locale: Some("en-GB".to_owned()),
        };
        account.workspace = Some(workspace);
        account.scopes = Some(ScopeSet::parse_spaced("read write").unwrap());
        account.updated_at = at;
        let (profile, scopes) = (account.profile.clone(), account.scopes.clone());
        assert!(write!(store, |tx| tx.update_profile(id, &profile, at)));
        assert!(write!(store, |tx| tx.assign_workspace(id, Some(workspace), at)));
        assert!(write!(store, |tx| tx.limit_scopes(id, scopes.as_ref(), at)));
        assert_eq!(store.read().await.unwrap().find_account(id).await.unwrap(), Some(account));
        let stranger = samples.account("eve@example.com").id;
        assert!(!write!(store, |tx| tx.update_profile(stranger, &Profile::default(), at)));
    }

    async fn an_address_is_verified_once_and_only_while_the_account_has_it(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "Ada@example.com").await;
        let (id, at) = (account.id, samples.now().plus(Duration::from_secs(1)));
        let verify = async |email: &str| {
            let email: Email = email.parse().unwrap();
            write!(store, |tx| tx.verify_account_email(id, &email, at))
        };
        assert!(!verify("eve@example.com").await);
        assert!(verify("ada@EXAMPLE.com").await);
        assert!(!verify("ada@example.com").await);
        let found = store.read().await.unwrap().find_account(id).await.unwrap().unwrap();
        assert_eq!(found.email_verified_at, Some(at));
    }

    async fn an_address_is_replaced_once_and_never_by_that_of_another(store: Store) {
        let samples = Samples::new();
        let id = samples.plant_account(&store, "Ada@example.com").await.id;
        samples.plant_account(&store, "eve@example.com").await;
        let at = samples.now().plus(Duration::from_secs(1));
        let old: Email = "ADA@example.com".parse().unwrap();
        let new: Email = "Lovelace@example.org".parse().unwrap();
        for is_first in [true, false] {
            let (old, new) = (old.clone(), new.clone());
            assert_eq!(write!(store, |tx| tx.change_account_email(id, (&old, &new), at)), is_first);
        }
        let found = store.read().await.unwrap().find_account_by_email(Pool::Instance, &new).await.unwrap();
        let account = found.unwrap().account;
        assert_eq!((account.id, account.email.as_str()), (id, "Lovelace@example.org"));
        assert_eq!((account.email_verified_at, account.updated_at), (Some(at), at));
        let taken: Email = "EVE@example.com".parse().unwrap();
        let result = store
            .write::<bool, Error, _>(move |tx| {
                Box::pin(async move { tx.change_account_email(id, (&new, &taken), at).await })
            })
            .await;
        let Err(Error::Conflict { constraint }) = result else { panic!("{result:?}") };
        assert_eq!(constraint, "account_pool_email_folded_key");
    }

    async fn of_many_that_hold_an_account_and_look_each_sees_what_the_one_before_did(store: Store) {
        let samples = Samples::new();
        let (id, now) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let store = store.clone();
            tasks.spawn(async move {
                let subject = number.to_string();
                let identity = UpstreamIdentity { issuer: "https://login.example".to_owned(), subject };
                store
                    .write::<bool, Error, _>(move |tx| {
                        let identity = identity.clone();
                        Box::pin(async move {
                            assert!(tx.hold_account(id).await?);
                            let is_first = tx.list_upstream_identities(id).await?.is_empty();
                            if is_first {
                                tx.insert_upstream_identity((Pool::Instance, id), &identity, now).await?;
                            }
                            Ok(is_first)
                        })
                    })
                    .await
                    .unwrap()
            });
        }
        assert_eq!(tasks.join_all().await.into_iter().filter(|is_first| *is_first).count(), 1);
        let stranger = samples.account("eve@example.com").id;
        assert!(!write!(store, |tx| tx.hold_account(stranger)));
    }

    async fn an_account_is_disabled_and_enabled_once_each(store: Store) {
        let samples = Samples::new();
        let id = samples.plant_account(&store, "ada@example.com").await.id;
        let at = samples.now().plus(Duration::from_secs(1));
        assert!(!write!(store, |tx| tx.enable_account(id, at)));
        assert!(write!(store, |tx| tx.disable_account(id, at)));
        assert!(!write!(store, |tx| tx.disable_account(id, at.plus(Duration::from_secs(1)))));
        let found = store.read().await.unwrap().find_account(id).await.unwrap().unwrap();
        assert_eq!(found.disabled_at, Some(at));
        assert!(write!(store, |tx| tx.enable_account(id, at)));
        assert_eq!(store.read().await.unwrap().find_account(id).await.unwrap().unwrap().disabled_at, None);
    }

    async fn an_account_is_deleted_with_all_that_belongs_to_it(store: Store) {
        let samples = Samples::new();
        let id = samples.plant_account(&store, "ada@example.com").await.id;
        let (session, lookup) = (samples.session(id), samples.hash());
        write!(store, |tx| tx.insert_session(&session, &lookup));
        write!(store, |tx| tx.begin_totp(id, b"sealed"));
        assert!(write!(store, |tx| tx.delete_account(id)));
        assert!(!write!(store, |tx| tx.delete_account(id)));
        let mut read = store.read().await.unwrap();
        assert!(read.find_account(id).await.unwrap().is_none());
        assert!(read.find_session_by_lookup(&lookup).await.unwrap().is_none());
        assert!(read.find_totp(id).await.unwrap().is_none());
    }

    async fn accounts_are_searched_by_address_and_a_pattern_is_text(store: Store) {
        let samples = Samples::new();
        let mut ids = Vec::new();
        for email in ["ada@example.com", "a_a@example.com", "ADELE@example.org"] {
            ids.push(samples.plant_account(&store, email).await.id);
        }
        let mut read = store.read().await.unwrap();
        for (text, found) in [("ad", vec![ids[2], ids[0]]), ("A_A", vec![ids[1]]), ("%", vec![]), (".ORG", vec![ids[2]])] {
            let page = read.search_accounts(Pool::Instance, text, page(10)).await.unwrap();
            assert_eq!(page.rows.iter().map(|account| account.id).collect::<Vec<_>>(), found, "{text}");
        }
        assert_eq!(read.search_accounts(Pool::Instance, "a", page(1)).await.unwrap().next, Some(ids[2].uuid()));
    }
}

mod looks {
    use super::*;

    both! {
        looking at 2;

        async fn a_search_ends_short_after_so_many_accounts_and_goes_on(store: Store) {
            let samples = Samples::new();
            let mut ids = Vec::new();
            for email in ["ada@example.com", "bob@example.com", "eve@example.com", "dan@example.com"] {
                ids.push(samples.plant_account(&store, email).await.id);
            }
            let mut read = store.read().await.unwrap();
            let first = read.search_accounts(Pool::Instance, "ada", page(10)).await.unwrap();
            assert_eq!((first.rows.len(), first.next), (0, Some(ids[2].uuid())));
            assert!(first.is_cut_short(10));
            let second = read.search_accounts(Pool::Instance, "ada", after(&first, 10)).await.unwrap();
            assert_eq!(second.rows[0].id, ids[0]);
        }
    }
}
