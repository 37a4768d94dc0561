use std::time::Duration;

use claviger_domain::{
    AccountId, ApiId, ClientId, FamilyId, Generation, Grant, GrantId, Parent, ScopeSet, Timestamp,
    TokenFamily, TokenName, TokenPart,
};
use claviger_store::{
    Error, FamilyStep, GrantFilter, GrantTokenRecord, NewFamily, PushedRequest, Store, StoredCode,
    StoredDevice, StoredToken,
};

use crate::samples::{Samples, page, write};

const MINUTE: Duration = Duration::from_secs(60);

/// What grants stand on.
struct Ground {
    samples: Samples,
    api: ApiId,
    account: AccountId,
    client: ClientId,
}

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).unwrap()
}

impl Ground {
    async fn of(store: &Store) -> Self {
        let samples = Samples::new();
        let planted = samples.plant(store).await;
        let client = samples.client(&planted.api, &planted.workspace);
        let account = samples.account("ada@example.com");
        let (account_id, client_id) = (account.id, client.id);
        write!(store, |tx| tx.insert_account(&account, None));
        write!(store, |tx| tx.insert_client(&client, None));
        Self { samples, api: planted.api.id, account: account_id, client: client_id }
    }

    fn now(&self) -> Timestamp {
        self.samples.now()
    }

    fn grant(&self) -> Grant {
        self.samples.clock.advance(Duration::from_millis(1));
        Grant {
            id: GrantId::generate(&self.samples.clock, &self.samples.entropy),
            api: self.api,
            account: self.account,
            client: self.client,
            scopes: set("openid read"),
            resources: vec!["https://mcp.example".to_owned()],
            created_at: self.now(),
            updated_at: self.now(),
            revoked_at: None,
        }
    }

    async fn planted(&self, store: &Store) -> Grant {
        let grant = self.grant();
        let row = grant.clone();
        assert!(write!(store, |tx| tx.insert_grant(&row)));
        grant
    }

    /// A family of a grant, whose access token says its name while the refresh token has none.
    fn family(&self, parent: Parent) -> NewFamily {
        let id = FamilyId::generate(&self.samples.clock, &self.samples.entropy);
        let name = TokenName { family: id, generation: Generation::FIRST, part: TokenPart::Access };
        let token = |part, lookup, scopes| StoredToken {
            lookup,
            generation: Generation::FIRST,
            part,
            issued_at: self.now(),
            expires_at: Some(self.now().plus(MINUTE)),
            sealed: None,
            scopes,
        };
        let named = name.lookup(&self.samples.hash());
        NewFamily {
            family: TokenFamily {
                id,
                parent,
                source: None,
                scopes: set("openid read"),
                newest: Generation::FIRST,
                spent: Generation::NONE,
                created_at: self.now(),
                ends_at: None,
                ended_at: None,
            },
            reuse: None,
            session: None,
            details: r#"{"acr":"1"}"#.to_owned(),
            tokens: vec![
                token(TokenPart::Access, named, Some(set("read"))),
                token(TokenPart::Refresh, self.samples.hash(), None),
            ],
        }
    }

    fn code(&self, grant: GrantId) -> StoredCode {
        StoredCode {
            lookup: self.samples.hash(),
            client: self.client,
            grant,
            account: self.account,
            family: None,
            challenge: Some("challenge".to_owned()),
            scopes: set("read"),
            details: r#"{"nonce":"n"}"#.to_owned(),
            created_at: self.now(),
            expires_at: self.now().plus(MINUTE),
            consumed_at: None,
        }
    }

    fn device(&self) -> StoredDevice {
        StoredDevice {
            lookup: self.samples.hash(),
            user_code: self.samples.hash(),
            client: self.client,
            scopes: set("read"),
            details: "{}".to_owned(),
            patience: Duration::from_secs(5),
            asked_at: None,
            allowed: None,
            decided_at: None,
            created_at: self.now(),
            expires_at: self.now().plus(10 * MINUTE),
            consumed_at: None,
        }
    }
}

/// Whether a family moved on, carried out of a transaction that is taken back.
struct Moved(Result<bool, Error>);

impl From<Error> for Moved {
    fn from(error: Error) -> Self {
        Self(Err(error))
    }
}

both! {
    async fn a_user_has_one_living_grant_for_a_client(store: Store) {
        let ground = Ground::of(&store).await;
        let first = ground.planted(&store).await;
        let second = ground.grant();
        let row = second.clone();
        assert!(!write!(store, |tx| tx.insert_grant(&row)), "there is one already");
        let (account, client, now) = (ground.account, ground.client, ground.now());
        let held = write!(store, |tx| tx.hold_living_grant(account, client));
        assert_eq!(held, Some(first.clone()));
        assert!(write!(store, |tx| tx.revoke_grant(first.id, now)));
        assert!(!write!(store, |tx| tx.revoke_grant(first.id, now)));
        assert!(!write!(store, |tx| tx.hold_grant(first.id)));
        assert_eq!(write!(store, |tx| tx.hold_living_grant(account, client)), None);
        let row = second.clone();
        assert!(write!(store, |tx| tx.insert_grant(&row)));
        let mut conn = store.read().await.unwrap();
        assert_eq!(conn.find_grant(first.id).await.unwrap().unwrap().revoked_at, Some(now));
        assert_eq!(conn.find_living_grant(account, client).await.unwrap(), Some(second.clone()));
        assert_eq!(conn.list_living_grants(account, 10).await.unwrap(), [second]);
        assert!(conn.list_grant_uses(account).await.unwrap().is_empty());
    }

    async fn a_living_grant_is_widened_and_a_revoked_one_is_not(store: Store) {
        let ground = Ground::of(&store).await;
        let (grant, now) = (ground.planted(&store).await, ground.now().plus(MINUTE));
        assert!(write!(store, |tx| tx.widen_grant(grant.id, (&set("read write"), &[]), now)));
        let found = store.read().await.unwrap().find_grant(grant.id).await.unwrap().unwrap();
        assert_eq!((found.scopes, found.resources, found.updated_at), (set("read write"), Vec::new(), now));
        assert!(write!(store, |tx| tx.revoke_grant(grant.id, now)));
        assert!(!write!(store, |tx| tx.widen_grant(grant.id, (&set("read"), &[]), now)));
    }

    async fn a_token_of_a_grant_comes_back_and_moves_on_as_long_as_its_user_may_act(store: Store) {
        let ground = Ground::of(&store).await;
        let (grant, now) = (ground.planted(&store).await.id, ground.now());
        let (client, account) = (ground.client, ground.account);
        let new = ground.family(Parent::Grant { grant, client, account });
        let of_client = ground.family(Parent::Client(client));
        for row in [new.clone(), of_client.clone()] {
            write!(store, |tx| tx.insert_family(&row));
        }
        let expect = async |family: &TokenFamily, may_act: bool| {
            let mut read = store.read().await.unwrap();
            for token in &new.tokens {
                let record = GrantTokenRecord {
                    token: token.clone(),
                    family: family.clone(),
                    details: new.details.clone(),
                    unspent: new.tokens.clone(),
                };
                assert_eq!(read.find_token_of_grant(&token.lookup).await.unwrap(), Some(record));
            }
            for token in &of_client.tokens {
                assert_eq!(read.find_token_of_grant(&token.lookup).await.unwrap(), None, "{token:?}");
            }
            assert_eq!(read.find_token_of_grant(&ground.samples.hash()).await.unwrap(), None);
            assert_eq!(read.may_family_act(family.id).await.unwrap(), may_act);
            assert!(read.may_family_act(of_client.family.id).await.unwrap(), "it stands on no account");
        };
        let family = &new.family;
        let moves_on = async || {
            let family = family.clone();
            let step = FamilyStep { spent: Generation::NONE, kept: &[], made: &[] };
            // Taken back, so that it can be asked again.
            let moved = store
                .write::<(), Moved, _>(move |tx| {
                    Box::pin(async move { Err(Moved(tx.rotate_family(&family, &step).await)) })
                })
                .await;
            moved.unwrap_err().0.unwrap()
        };
        expect(family, true).await;
        assert!(moves_on().await);
        assert!(write!(store, |tx| tx.disable_account(account, now)));
        expect(family, false).await;
        assert!(!moves_on().await);
        assert!(write!(store, |tx| tx.enable_account(account, now)));
        expect(family, true).await;
        assert!(moves_on().await);
        assert!(write!(store, |tx| tx.revoke_grant(grant, now)));
        let ended = TokenFamily { ends_at: Some(now), ended_at: Some(now), ..new.family.clone() };
        expect(&ended, true).await;
        assert!(!moves_on().await);
    }

    async fn grants_are_listed_by_whatever_is_named(store: Store) {
        let ground = Ground::of(&store).await;
        let grant = ground.planted(&store).await;
        let stranger = ground.samples.api("other").id;
        let (api, account, client) = (Some(ground.api), Some(ground.account), Some(ground.client));
        let mut conn = store.read().await.unwrap();
        for filter in [
            GrantFilter::default(),
            GrantFilter { api, ..GrantFilter::default() },
            GrantFilter { account, ..GrantFilter::default() },
            GrantFilter { client, ..GrantFilter::default() },
            GrantFilter { api, account, client },
        ] {
            let listed = conn.list_grants(filter, page(10)).await.unwrap();
            assert_eq!((listed.rows, listed.next), (vec![grant.clone()], None), "{filter:?}");
            let nothing = GrantFilter { api: Some(stranger), ..filter };
            assert!(conn.list_grants(nothing, page(10)).await.unwrap().rows.is_empty(), "{filter:?}");
        }
    }

    async fn a_code_is_redeemed_once_and_in_time(store: Store) {
        let ground = Ground::of(&store).await;
        let grant = ground.planted(&store).await.id;
        let (code, late) = (ground.code(grant), ground.code(grant));
        for row in [code.clone(), late.clone()] {
            write!(store, |tx| tx.insert_code(&row));
        }
        let found = store.read().await.unwrap().find_code(&code.lookup).await.unwrap();
        assert_eq!(found, Some(code.clone()));
        let is_spent = async || {
            let mut conn = store.read().await.unwrap();
            conn.is_challenge_spent(code.client, "challenge").await.unwrap()
        };
        assert!(!is_spent().await);
        let family = FamilyId::generate(&ground.samples.clock, &ground.samples.entropy);
        let (now, lookup, end) = (ground.now(), code.lookup, code.expires_at);
        assert!(!write!(store, |tx| tx.consume_code(&late.lookup, family, end)), "too late");
        assert!(write!(store, |tx| tx.consume_code(&lookup, family, now)));
        assert!(!write!(store, |tx| tx.consume_code(&lookup, family, now)));
        assert!(is_spent().await);
        let found = store.read().await.unwrap().find_code(&lookup).await.unwrap().unwrap();
        assert_eq!((found.family, found.consumed_at), (Some(family), Some(now)));
        assert_eq!(write!(store, |tx| tx.delete_codes(end, 10)), 0);
        assert_eq!(write!(store, |tx| tx.delete_codes(end.plus(MINUTE), 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_codes(end.plus(MINUTE), 10)), 1);
    }

    async fn a_pushed_request_is_answered_once(store: Store) {
        let ground = Ground::of(&store).await;
        let (lookup, now) = (ground.samples.hash(), ground.now());
        let request = PushedRequest {
            client: ground.client,
            request: "[]".to_owned(),
            created_at: now,
            expires_at: now.plus(MINUTE),
            consumed_at: None,
        };
        let row = request.clone();
        write!(store, |tx| tx.insert_pushed_request(&lookup, &row));
        let found = store.read().await.unwrap().find_pushed_request(&lookup).await.unwrap();
        assert_eq!(found, Some(request));
        assert!(write!(store, |tx| tx.consume_pushed_request(&lookup, now)));
        assert!(!write!(store, |tx| tx.consume_pushed_request(&lookup, now)));
        assert_eq!(write!(store, |tx| tx.delete_pushed_requests(now, 10)), 0);
        assert_eq!(write!(store, |tx| tx.delete_pushed_requests(now.plus(2 * MINUTE), 10)), 1);
    }

    async fn a_device_waits_is_decided_once_and_redeemed_once(store: Store) {
        let ground = Ground::of(&store).await;
        let grant = ground.planted(&store).await.id;
        let (device, now) = (ground.device(), ground.now());
        let (row, lookup) = (device.clone(), device.lookup);
        write!(store, |tx| tx.insert_device_code(&row));
        let found = store.read().await.unwrap().find_device_by_user_code(&device.user_code).await.unwrap();
        assert_eq!(found, Some(device.clone()));
        let penalty = Duration::from_secs(5);
        let later = move |seconds| now.plus(Duration::from_secs(seconds));
        assert!(write!(store, |tx| tx.note_device_question(&lookup, penalty, now)));
        assert!(!write!(store, |tx| tx.note_device_question(&lookup, penalty, later(4))));
        assert!(!write!(store, |tx| tx.note_device_question(&lookup, penalty, later(13))), "ten seconds now");
        assert!(write!(store, |tx| tx.note_device_question(&lookup, penalty, later(28))));
        assert!(!write!(store, |tx| tx.consume_device_code(&lookup, now)), "nobody has decided");
        let allowed = Some((ground.account, grant));
        assert!(write!(store, |tx| tx.decide_device(&lookup, allowed, "{\"a\":1}", now)));
        assert!(!write!(store, |tx| tx.decide_device(&lookup, None, "{}", now)));
        let found = store.read().await.unwrap().find_device_code(&lookup).await.unwrap().unwrap();
        assert_eq!((found.allowed, found.details.as_str()), (allowed, "{\"a\":1}"));
        assert!(!write!(store, |tx| tx.consume_device_code(&lookup, device.expires_at)), "too late");
        assert!(write!(store, |tx| tx.consume_device_code(&lookup, now)));
        assert!(!write!(store, |tx| tx.consume_device_code(&lookup, now)));
        assert_eq!(write!(store, |tx| tx.delete_device_codes(device.expires_at.plus(MINUTE), 10)), 1);
    }

    async fn a_revoked_grant_goes_after_a_while_with_its_codes(store: Store) {
        let ground = Ground::of(&store).await;
        let (grant, now) = (ground.planted(&store).await.id, ground.now());
        let code = ground.code(grant);
        let lookup = code.lookup;
        write!(store, |tx| tx.insert_code(&code));
        assert_eq!(write!(store, |tx| tx.delete_revoked_grants(now.plus(MINUTE), 10)), 0, "it lives");
        assert!(write!(store, |tx| tx.revoke_grant(grant, now)));
        assert_eq!(write!(store, |tx| tx.delete_revoked_grants(now.plus(MINUTE), 10)), 1);
        assert_eq!(store.read().await.unwrap().find_code(&lookup).await.unwrap(), None);
    }
}
