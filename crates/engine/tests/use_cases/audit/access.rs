//! The part of the day that somebody who asks for access has in it.

use claviger_domain::{
    AccountId, Actor, AuditEntry, Call, Environment, Membership, PageRequest, ReviewStep, Role, Ruling,
    ScopeSet, Who,
};
use claviger_engine::NewAccessRequest;
use uuid::Uuid;

use super::record;
use super::story::Story;
use crate::house::ACTOR;
use crate::people::{email, origin};

impl Story {
    /// A link's token of each letter that was sent since the last look.
    async fn tokens(&mut self) {
        self.house.engine.deliver_pending_mail().await;
        for mail in self.house.mailbox.take() {
            let (_, rest) = mail.text.expose().split_once("token=").unwrap();
            self.secrets.push(rest.split_whitespace().next().unwrap().to_owned());
        }
    }

    pub(super) async fn access(&mut self) {
        let engine = self.house.engine.clone();
        for _ in 0..2 {
            let new = NewAccessRequest {
                api: self.house.api.id,
                company: "Bolt".parse().unwrap(),
                contact: "Nora Lind".parse().unwrap(),
                email: email("nora@bolt.example"),
                use_case: "Fees".parse().unwrap(),
                environments: vec![Environment::Live],
                origin: origin("192.0.2.5"),
            };
            engine.request_access(new).await.unwrap();
            self.tokens().await;
        }
        let waiting = PageRequest { before: None, limit: 9 };
        let asked = engine.list_access_requests(&ACTOR, true, waiting).await.unwrap().rows;
        let (first, second) = (asked[0].id, asked[1].id);
        engine.decline_access_request(&ACTOR, first, "No such use.".parse().unwrap()).await.unwrap();
        self.tokens().await;
        for step in ReviewStep::ALL {
            engine.check_access_request(&ACTOR, second, (step, None)).await.unwrap();
        }
        let approved = engine.approve_access_request(&ACTOR, second, ScopeSet::default()).await.unwrap();
        self.tokens().await;
        let Ruling::Approved { workspace, .. } = approved.request.ruled.unwrap().ruling else { panic!() };
        let account = AccountId::from_uuid(Uuid::from_u128(7));
        let owner = Membership { workspace, account, role: Role::Owner };
        let owner = Actor::new(Who::Member(owner), Call::NONE);
        self.keep(&engine.reveal_first_key(&owner, second, Environment::Live).await.unwrap().text);

        let rows = record(&engine).await;
        let of = |action: &str| rows.iter().filter(|row| row.action == action).collect::<Vec<&AuditEntry>>();
        let made = of("access_request.made");
        assert_eq!((made.len(), made[0].address.as_deref()), (2, Some("192.0.2.5")));
        assert_eq!(of("access_request.checked").len(), ReviewStep::ALL.len());
        let object = second.to_string();
        assert!(of("access_request.approved").iter().all(|row| row.object == object));
        assert_eq!(of("access_request.revealed")[0].actor, account.to_string());
    }
}
