//! Access on request: asked for, reviewed step by step, decided once, and the first keys shown once.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    AccessRequestId, AccountId, Actor, Call, Environment, ErrorKind, Membership, Origin, PageRequest,
    ReviewStep, Role, Ruling, ScopeSet, Who, WorkspaceId,
};
use claviger_engine::{AccessError, NewAccessRequest};
use uuid::Uuid;

use crate::house::{ACTOR, House, postgres};

const ALL: PageRequest = PageRequest { before: None, limit: 50 };

/// Each promise on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::House::in_memory().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::House::on(&super::postgres()).await).await;
            })*
        }
    };
}

on_both! {
    a_request_is_reviewed_approved_and_its_owner_shown_each_first_key_once
    a_request_is_declined_and_its_contact_told_why
    nothing_is_approved_before_every_step_is_checked
    of_two_decisions_at_once_one_is_made
    a_first_key_is_made_once_however_many_look_at_once
    only_an_owner_of_the_workspace_is_shown_its_first_keys
    an_address_and_a_place_ask_only_so_often
    no_member_sees_or_decides_requests
}

impl House {
    fn asking(&self, email: &str) -> NewAccessRequest {
        NewAccessRequest {
            api: self.api.id,
            company: "Bolt".parse().unwrap(),
            contact: "Ada".parse().unwrap(),
            email: email.parse().unwrap(),
            use_case: "Fees".parse().unwrap(),
            environments: Environment::ALL.to_vec(),
            origin: Origin::new(Some(IpAddr::from([192, 0, 2, 1])), None),
        }
    }

    pub(crate) async fn asked(&self) -> AccessRequestId {
        self.engine.request_access(self.asking("ada@example.com")).await.unwrap();
        self.engine.list_access_requests(&ACTOR, true, ALL).await.unwrap().rows[0].id
    }

    async fn reviewed(&self) -> AccessRequestId {
        let id = self.asked().await;
        for step in ReviewStep::ALL {
            self.engine.check_access_request(&ACTOR, id, (step, None)).await.unwrap();
        }
        id
    }

    pub(crate) async fn approved(&self) -> (AccessRequestId, WorkspaceId) {
        let id = self.reviewed().await;
        let scopes = ScopeSet::parse_spaced("read").unwrap();
        let review = self.engine.approve_access_request(&ACTOR, id, scopes).await.unwrap();
        match review.request.ruled.unwrap().ruling {
            Ruling::Approved { workspace, .. } => (id, workspace),
            Ruling::Declined { .. } => panic!("declined"),
        }
    }

    /// The texts of the mails that wait.
    async fn mails(&self) -> Vec<String> {
        self.engine.deliver_pending_mail().await;
        self.mailbox.take().into_iter().map(|mail| mail.text.expose().to_owned()).collect()
    }
}

fn token(mail: &str) -> &str {
    mail.split_once("token=").unwrap().1.split_whitespace().next().unwrap()
}

fn member(workspace: WorkspaceId, role: Role) -> Actor {
    let account = AccountId::from_uuid(Uuid::from_u128(7));
    Actor::new(Who::Member(Membership { workspace, account, role }), Call::NONE)
}

async fn a_request_is_reviewed_approved_and_its_owner_shown_each_first_key_once(house: House) {
    let engine = &house.engine;
    let id = house.asked().await;
    let mails = house.mails().await;
    assert!(mails.len() == 1 && !mails[0].contains("Fees"), "a stranger's words are not mailed: {mails:?}");
    let seen = engine.find_own_access_request(token(&mails[0])).await.unwrap();
    assert_eq!((seen.id, seen.state()), (id, "waiting"));
    for step in ReviewStep::ALL {
        let note = Some("Looked at.".parse().unwrap());
        engine.check_access_request(&ACTOR, id, (step, note)).await.unwrap();
    }
    let scopes = ScopeSet::parse_spaced("read").unwrap();
    let review = engine.approve_access_request(&ACTOR, id, scopes.clone()).await.unwrap();
    let Ruling::Approved { workspace, .. } = review.request.ruled.unwrap().ruling else { panic!("declined") };
    assert_eq!(engine.find_workspace(workspace).await.unwrap().name.as_str(), "Bolt");
    let invited = engine.list_invitations(&ACTOR, workspace).await.unwrap();
    assert_eq!((invited[0].email.as_str(), invited[0].role), ("ada@example.com", Role::Owner));
    let mails = house.mails().await;
    assert!(mails.len() == 1 && mails[0].contains("/portal/invitation?token="), "{mails:?}");
    let owner = member(workspace, Role::Owner);
    let owed = engine.list_unrevealed(&owner).await.unwrap();
    assert_eq!(owed[0].unrevealed(), Environment::ALL);
    let mut texts = BTreeSet::new();
    for environment in Environment::ALL {
        let issued = engine.reveal_first_key(&owner, id, environment).await.unwrap();
        assert_eq!((issued.key.workspace, issued.key.environment), (workspace, environment));
        assert_eq!((&issued.key.scopes, house.code(&issued.text).await), (&scopes, "VALID"));
        texts.insert(issued.text.expose().to_owned());
        let again = engine.reveal_first_key(&owner, id, environment).await;
        assert!(matches!(again, Err(AccessError::Shown)), "{again:?}");
    }
    assert_eq!(texts.len(), 2);
    assert!(engine.list_unrevealed(&owner).await.unwrap().is_empty());
}

async fn a_request_is_declined_and_its_contact_told_why(house: House) {
    let engine = &house.engine;
    let id = house.asked().await;
    let first = house.mails().await;
    engine.decline_access_request(&ACTOR, id, "No such use.".parse().unwrap()).await.unwrap();
    let mails = house.mails().await;
    assert!(mails.len() == 1 && mails[0].contains("No such use."), "{mails:?}");
    assert_eq!(engine.find_own_access_request(token(&mails[0])).await.unwrap().state(), "declined");
    let old = engine.find_own_access_request(token(&first[0])).await;
    assert!(matches!(old, Err(AccessError::UnknownRequest)), "a newer link replaces it: {old:?}");
    let late = engine.check_access_request(&ACTOR, id, (ReviewStep::Identity, None)).await;
    assert!(matches!(late, Err(AccessError::Ruled)), "{late:?}");
    let again = engine.decline_access_request(&ACTOR, id, "Still not.".parse().unwrap()).await;
    assert!(matches!(again, Err(AccessError::Ruled)), "{again:?}");
}

async fn nothing_is_approved_before_every_step_is_checked(house: House) {
    let engine = &house.engine;
    let id = house.asked().await;
    let step = (ReviewStep::Identity, None);
    engine.check_access_request(&ACTOR, id, step.clone()).await.unwrap();
    let twice = engine.check_access_request(&ACTOR, id, step).await;
    assert!(matches!(twice, Err(AccessError::Checked)), "{twice:?}");
    let early = engine.approve_access_request(&ACTOR, id, ScopeSet::default()).await;
    assert!(matches!(early, Err(AccessError::StepsOpen { count: 4 })), "{early:?}");
    let review = engine.find_access_request(&ACTOR, id).await.unwrap();
    assert_eq!((review.request.state(), review.checks.len()), ("waiting", 1));
    assert_eq!(engine.list_workspaces(ALL).await.unwrap().rows.len(), 1, "no workspace came of it");
    let undefined = ScopeSet::parse_spaced("fly").unwrap();
    let refused = engine.approve_access_request(&ACTOR, id, undefined).await;
    assert!(matches!(refused, Err(AccessError::UndefinedScope(_))), "{refused:?}");
}

async fn of_two_decisions_at_once_one_is_made(house: House) {
    let id = house.reviewed().await;
    let decisions = (0..8).map(|number| {
        let engine = house.engine.clone();
        tokio::spawn(async move {
            match number % 2 {
                0 => engine.approve_access_request(&ACTOR, id, ScopeSet::default()).await.is_ok(),
                _ => engine.decline_access_request(&ACTOR, id, "No.".parse().unwrap()).await.is_ok(),
            }
        })
    });
    let mut made = 0;
    for decision in decisions.collect::<Vec<_>>() {
        made += usize::from(decision.await.unwrap());
    }
    assert_eq!(made, 1);
    let state = house.engine.find_access_request(&ACTOR, id).await.unwrap().request.state();
    let workspaces = house.engine.list_workspaces(ALL).await.unwrap().rows.len();
    assert_eq!(workspaces, if state == "approved" { 2 } else { 1 }, "{state}");
}

async fn a_first_key_is_made_once_however_many_look_at_once(house: House) {
    let (id, workspace) = house.approved().await;
    let house = Arc::new(house);
    let looks = (0..8).map(|_| {
        let engine = house.engine.clone();
        tokio::spawn(async move {
            engine.reveal_first_key(&member(workspace, Role::Owner), id, Environment::Live).await.is_ok()
        })
    });
    let mut shown = 0;
    for look in looks.collect::<Vec<_>>() {
        shown += usize::from(look.await.unwrap());
    }
    assert_eq!(shown, 1);
    let owner = member(workspace, Role::Owner);
    let keys = house.engine.list_keys_for(&owner, claviger_engine::KeyFilter::default(), ALL).await.unwrap();
    assert_eq!(keys.rows.len(), 1);
}

async fn only_an_owner_of_the_workspace_is_shown_its_first_keys(house: House) {
    let (id, workspace) = house.approved().await;
    let engine = &house.engine;
    for (actor, kind) in [
        (ACTOR, ErrorKind::Forbidden),
        (member(workspace, Role::Admin), ErrorKind::Forbidden),
        (member(house.workspace.id, Role::Owner), ErrorKind::NotFound),
    ] {
        assert!(engine.list_unrevealed(&actor).await.unwrap().is_empty(), "{actor:?}");
        let refused = engine.reveal_first_key(&actor, id, Environment::Live).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{actor:?}: {refused}");
    }
}

async fn an_address_and_a_place_ask_only_so_often(house: House) {
    let engine = &house.engine;
    for _ in 0..5 {
        engine.request_access(house.asking("ada@example.com")).await.unwrap();
        house.clock.advance(Duration::from_secs(60));
    }
    let listed = async || engine.list_access_requests(&ACTOR, true, ALL).await.unwrap().rows.len();
    assert_eq!(listed().await, 3, "who asked more often was told the same");
    assert_eq!(house.mails().await.len(), 3);
    house.clock.advance(Duration::from_secs(24 * 60 * 60));
    engine.request_access(house.asking("Ada@example.com")).await.unwrap();
    assert_eq!(listed().await, 4);
    let mut refused = None;
    for number in 0..100 {
        let asking = house.asking(&format!("eve{number}@example.com"));
        if let Err(error) = engine.request_access(asking).await {
            refused = Some((number, error));
            break;
        }
    }
    let (number, error) = refused.unwrap();
    assert!(number < 50 && matches!(error, AccessError::TooMany { .. }), "{number}: {error}");
    let mut nowhere = house.asking("bob@example.com");
    nowhere.environments.clear();
    nowhere.origin = Origin::default();
    assert!(matches!(engine.request_access(nowhere).await, Err(AccessError::NoEnvironment)));
}

async fn no_member_sees_or_decides_requests(house: House) {
    let id = house.asked().await;
    let (engine, owner) = (&house.engine, member(house.workspace.id, Role::Owner));
    let kinds = [
        engine.list_access_requests(&owner, true, ALL).await.unwrap_err().kind(),
        engine.find_access_request(&owner, id).await.unwrap_err().kind(),
        engine.check_access_request(&owner, id, (ReviewStep::Identity, None)).await.unwrap_err().kind(),
        engine.approve_access_request(&owner, id, ScopeSet::default()).await.unwrap_err().kind(),
        engine.decline_access_request(&owner, id, "No.".parse().unwrap()).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Forbidden; 5]);
}
