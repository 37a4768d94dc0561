//! The part of the day that members of workspaces and the first operator have in it.

use claviger_domain::{AccountId, Actor, AuditEntry, Call, Origin, Role, Who};
use claviger_engine::{NewInvitation, NewMember, NewWorkspace, Plain};

use super::record;
use super::story::Story;
use crate::house::{ACTOR, House};
use crate::people::{OTHER, PASSWORD, chosen, email, origin, typed};

/// Her letters and her name are no more the record's business than anybody else's.
const EVE: &str = "eve@partner.example";
const BOB: &str = "bob@partner.example";
/// The least time between two letters of one invitation.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(60);

fn newcomer(name: &str) -> NewMember {
    NewMember { name: Some(name.to_owned()), password: chosen(PASSWORD), origin: origin("192.0.2.7") }
}

impl Story {
    /// The first operator is made by whoever reads the terminal.
    pub(super) async fn set_up(&mut self) {
        let engine = self.house.engine.clone();
        let code: Plain = engine.setup_code().await.unwrap().unwrap();
        let from = origin("192.0.2.6");
        engine.set_up((code.expose(), &from), email("first@example.com"), chosen(PASSWORD)).await.unwrap();
        self.keep(&code);
        let rows = record(&engine).await;
        let made = rows.iter().find(|row| row.action == "operator.created").unwrap();
        assert_eq!((made.actor.as_str(), made.address.as_deref()), ("visitor", Some("192.0.2.6")));
    }

    /// The text of the link in the only letter that was sent since the last look.
    async fn invitation(&mut self) -> String {
        self.house.engine.deliver_pending_mail().await;
        let mails = self.house.mailbox.take();
        assert_eq!(mails.len(), 1);
        let (_, rest) = mails[0].text.expose().split_once("?token=").unwrap();
        let token = rest.split_once('\n').unwrap().0.to_owned();
        self.secrets.push(token.clone());
        token
    }

    pub(super) async fn members(&mut self) {
        let engine = self.house.engine.clone();
        let workspace = self.house.workspace.id;
        let new = |address: &str, role| NewInvitation { workspace, email: email(address), role };
        let first = engine.invite_member(&ACTOR, new(EVE, Role::Owner)).await.unwrap();
        self.invitation().await;
        self.house.clock.advance(PAUSE);
        engine.resend_invitation(&ACTOR, workspace, first.id).await.unwrap();
        let token = self.invitation().await;
        let (issued, _) = engine.join_as_new(&token, newcomer("Eve Example")).await.unwrap();
        self.keep(&issued.cookie);
        let cookie = issued.cookie.expose().as_bytes();
        let call = Call { request: Some("req_eve".into()), address: origin("192.0.2.7").address };
        let who = engine.authenticate_session(cookie).await.unwrap().by(call.clone());
        self.house.clock.advance(PAUSE);
        engine.confirm_password(&who, typed(PASSWORD)).await.unwrap();
        let eve = engine.visit(&who, workspace).await.unwrap().actor();
        assert!(matches!(eve.who, Who::Member(own) if own.role == Role::Owner));
        let second = engine.invite_member(&eve, new(BOB, Role::Viewer)).await.unwrap();
        self.invitation().await;
        engine.withdraw_invitation(&eve, workspace, second.id).await.unwrap();
        let places = vec![(workspace, Role::Viewer)];
        let newcomer = NewMember { origin: Origin::default(), ..newcomer("Bob Example") };
        let bob = engine.create_member(email(BOB), newcomer, places).await.unwrap().id;
        engine.change_role(&eve, (workspace, bob), Role::Admin).await.unwrap();
        // The same role once more is no news.
        engine.change_role(&eve, (workspace, bob), Role::Admin).await.unwrap();
        engine.remove_member(&eve, (workspace, bob)).await.unwrap();
        engine.request_member_reset(&email(EVE), &origin("192.0.2.7")).await.unwrap();
        let token = self.invitation().await;
        engine.reset_member_password(call, &token, chosen(OTHER)).await.unwrap();

        self.rows_of_members(&eve, who.account().id, bob).await;
        self.elsewhere().await;
    }

    /// What stands in the record of it.
    async fn rows_of_members(&self, eve: &Actor, own: AccountId, bob: AccountId) {
        let rows = record(&self.house.engine).await;
        let of = |action: &str| rows.iter().filter(|row| row.action == action).collect::<Vec<&AuditEntry>>();
        assert_eq!(of("member.role_changed").len(), 1);
        let changed = of("member.role_changed")[0];
        assert_eq!((changed.actor_kind.as_str(), changed.actor.as_str()), ("member", &*eve.to_string()));
        assert_eq!(
            (changed.object.as_str(), changed.workspace.as_deref()),
            (&*bob.to_string(), Some(&*self.house.workspace.id.to_string()))
        );
        assert_eq!(
            (changed.before.as_deref(), changed.after.as_deref()),
            (Some(r#"{"role":"viewer"}"#), Some(r#"{"role":"admin"}"#))
        );
        assert_eq!(
            (changed.request.as_deref(), changed.address.as_deref()),
            (Some("req_eve"), Some("192.0.2.7"))
        );
        let joined = of("invitation.accepted")[0];
        assert_eq!((joined.actor_kind.as_str(), joined.actor.as_str()), ("member", &*own.to_string()));
        let removed = of("member.removed")[0];
        assert_eq!(
            (removed.before.as_deref(), removed.after.as_deref()),
            (Some(r#"{"role":"admin"}"#), None)
        );
        let reset = of("account.password_reset").into_iter().find(|row| row.actor_kind == "member").unwrap();
        assert_eq!((reset.object.as_str(), reset.address.as_deref()), (&*own.to_string(), Some("192.0.2.7")));
        for personal in [EVE, BOB, "Eve Example", "Bob Example"] {
            assert!(!format!("{rows:?}").contains(personal), "{personal}");
        }
    }

    /// What a member may not do leaves no row, and neither does what is not there for them.
    async fn elsewhere(&self) {
        let House { engine, workspace, .. } = &self.house;
        let new = NewWorkspace { name: "Elsewhere".parse().unwrap(), plan: None };
        let other = engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
        let places = vec![(workspace.id, Role::Viewer)];
        let account =
            engine.create_member(email("max@partner.example"), newcomer("Max"), places).await.unwrap();
        let membership =
            claviger_domain::Membership { workspace: workspace.id, account: account.id, role: Role::Viewer };
        let max = Actor::new(Who::Member(membership), Call::NONE);
        let before = record(engine).await.len();
        for workspace in [workspace.id, other] {
            let new = NewInvitation { workspace, email: email(BOB), role: Role::Viewer };
            assert!(engine.invite_member(&max, new).await.is_err());
            assert!(engine.change_role(&max, (workspace, account.id), Role::Owner).await.is_err());
        }
        assert_eq!(record(engine).await.len(), before);
    }
}
