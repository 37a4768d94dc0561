use crate::samples::{Samples, write};

both! {
    async fn a_token_is_found_by_id_and_by_hash_and_revoked_once(store: Store) {
        let samples = Samples::new();
        let (token, lookup, at) = (samples.operator_token(), samples.hash(), samples.now());
        let (id, row) = (token.id, token.clone());
        write!(store, |tx| tx.insert_operator_token(&row, &lookup));
        {
            let mut read = store.read().await.unwrap();
            assert_eq!(read.find_operator_token(id).await.unwrap(), Some(token.clone()));
            assert_eq!(read.find_operator_token_by_lookup(&lookup).await.unwrap(), Some(token));
            assert_eq!(read.find_operator_token_by_lookup(&[1; 32]).await.unwrap(), None);
        }
        assert_eq!(write!(store, |tx| tx.revoke_operator_token(id, at)), Some(lookup));
        assert_eq!(write!(store, |tx| tx.revoke_operator_token(id, at)), None);
        let found = store.read().await.unwrap().find_operator_token(id).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(at));
    }

    async fn tokens_are_listed_newest_first(store: Store) {
        let samples = Samples::new();
        let (older, newer) = (samples.operator_token(), samples.operator_token());
        let expected = [newer.clone(), older.clone()];
        for (token, lookup) in [(older, samples.hash()), (newer, samples.hash())] {
            write!(store, |tx| tx.insert_operator_token(&token, &lookup));
        }
        assert_eq!(store.read().await.unwrap().list_operator_tokens().await.unwrap(), expected);
    }
}
