use std::time::Duration;

use claviger_domain::{AccountId, MailPurpose};
use claviger_store::MailToken;

use crate::samples::{Samples, write};

fn token(samples: &Samples, account: AccountId, purpose: MailPurpose) -> MailToken {
    MailToken {
        account,
        purpose,
        email: "Ada@example.com".parse().unwrap(),
        created_at: samples.now(),
        expires_at: samples.now().plus(Duration::from_secs(60)),
    }
}

both! {
    async fn a_mail_token_is_good_once_for_its_purpose_and_until_its_end(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let now = samples.now();
        let reset = token(&samples, account, MailPurpose::Reset);
        let (end, lookup) = (reset.expires_at, samples.hash());
        write!(store, |tx| tx.insert_mail_token(&reset, &lookup));
        for (purpose, at, is_good) in [
            (MailPurpose::Verification, now, false),
            (MailPurpose::Reset, end, false),
            (MailPurpose::Reset, now, true),
            (MailPurpose::Reset, now, false),
        ] {
            let found = store.read().await.unwrap().find_mail_token(&lookup, purpose, at).await.unwrap();
            assert_eq!(found.map(|(account, email)| (account, email.as_str().to_owned())),
                is_good.then(|| (account, "Ada@example.com".to_owned())));
            assert_eq!(write!(store, |tx| tx.consume_mail_token(&lookup, purpose, at)), is_good);
        }
    }

    async fn all_tokens_of_one_purpose_are_consumed_at_once(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let now = samples.now();
        for purpose in [MailPurpose::Reset, MailPurpose::Reset, MailPurpose::Verification] {
            let (row, lookup) = (token(&samples, account, purpose), samples.hash());
            write!(store, |tx| tx.insert_mail_token(&row, &lookup));
        }
        assert_eq!(write!(store, |tx| tx.consume_mail_tokens(account, MailPurpose::Reset, now)), 2);
        assert_eq!(write!(store, |tx| tx.consume_mail_tokens(account, MailPurpose::Reset, now)), 0);
        assert_eq!(write!(store, |tx| tx.consume_mail_tokens(account, MailPurpose::Verification, now)), 1);
    }

    async fn tokens_are_counted_since_an_instant_and_deleted_after_their_end(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let start = samples.now();
        for _ in 0..3 {
            samples.clock.advance(Duration::from_secs(10));
            let (row, lookup) = (token(&samples, account, MailPurpose::Reset), samples.hash());
            write!(store, |tx| tx.insert_mail_token(&row, &lookup));
        }
        let since = start.plus(Duration::from_secs(10));
        assert_eq!(store.read().await.unwrap().count_mail_tokens(account, since).await.unwrap(), 2);
        let cutoff = start.plus(Duration::from_secs(85));
        assert_eq!(write!(store, |tx| tx.delete_mail_tokens(cutoff, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_mail_tokens(cutoff, 10)), 1);
        assert_eq!(store.read().await.unwrap().count_mail_tokens(account, start).await.unwrap(), 1);
    }
}
