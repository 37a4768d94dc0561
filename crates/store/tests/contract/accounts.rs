use claviger_domain::{Email, PageRequest, Pool};
use claviger_secrets::{Password, PasswordHash};
use claviger_store::Error;

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
}
