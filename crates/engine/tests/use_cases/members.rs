//! Members: invited by mail, given roles, removed, and kept to their workspace and role.

use std::time::Duration;

use claviger_domain::{
    AccountId, Actor, Call, Email, KeyPatch, Membership, Origin, PageRequest, Pool, Role, Who,
};
use claviger_engine::{
    IssuedSession, KeyError, KeyFilter, MemberError, NewInvitation, NewMember, NewPassword, NewWorkspace,
    Password, SignIn, SignedIn, Wait,
};

use crate::house::{ACTOR, House, postgres};

const PASSWORD: &str = "correct horse battery";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

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
    somebody_is_invited_by_mail_and_joins_with_a_new_account
    somebody_with_an_account_joins_after_signing_in
    a_link_is_good_once_for_seven_days_and_until_it_is_withdrawn
    a_letter_that_is_sent_again_ends_the_link_before
    an_invitation_is_accepted_once_however_many_try_at_once
    who_is_a_member_or_invited_is_not_invited_again
    a_workspace_does_not_flood_inboxes
    roles_are_given_by_those_who_may
    the_last_owner_stays_even_when_two_leave_at_once
    a_member_is_out_with_the_next_request
    a_member_reaches_keys_of_their_workspace_only_and_as_their_role_allows
    a_member_is_no_operator_and_no_user
    a_member_who_forgot_the_password_gets_a_link_by_mail
}

fn email(text: &str) -> Email {
    text.parse().unwrap()
}

fn newcomer() -> NewMember {
    NewMember {
        name: Some("Ada".to_owned()),
        password: NewPassword::choose(PASSWORD.to_owned()).unwrap(),
        origin: Origin::default(),
    }
}

impl House {
    fn inviting(&self, address: &str, role: Role) -> NewInvitation {
        NewInvitation { workspace: self.workspace.id, email: email(address), role }
    }

    /// The token in the only letter that was sent since the last look.
    async fn invitation_token(&self) -> String {
        self.engine.deliver_pending_mail().await;
        let mails = self.mailbox.take();
        assert_eq!(mails.len(), 1);
        let text = mails[0].text.expose();
        let (_, rest) = text.split_once("http://127.0.0.1:8080/portal/invitation?token=").unwrap();
        rest.split_once('\n').unwrap().0.to_owned()
    }

    async fn invite(&self, address: &str, role: Role) -> String {
        self.engine.invite_member(&ACTOR, self.inviting(address, role)).await.unwrap();
        self.invitation_token().await
    }

    async fn recognized(&self, issued: &IssuedSession) -> SignedIn {
        let cookie = issued.cookie.expose().as_bytes();
        self.engine.authenticate_session_in(Pool::Members, cookie).await.unwrap()
    }

    /// Somebody with a new account who is a member, signed in.
    pub(crate) async fn joined(&self, address: &str, role: Role) -> SignedIn {
        let token = self.invite(address, role).await;
        let (issued, workspace) = self.engine.join_as_new(&token, newcomer()).await.unwrap();
        assert_eq!(workspace, self.workspace.id);
        self.recognized(&issued).await
    }

    pub(crate) async fn actor(&self, who: &SignedIn) -> Actor {
        self.engine.visit(who, self.workspace.id).await.unwrap().actor()
    }
}

async fn somebody_is_invited_by_mail_and_joins_with_a_new_account(house: House) {
    let invitation = house.engine.invite_member(&ACTOR, house.inviting("Ada@example.com", Role::Admin)).await;
    let invitation = invitation.unwrap();
    let token = house.invitation_token().await;
    assert!(token.starts_with("clv_join_"));
    let invited = house.engine.find_invited(&token).await.unwrap();
    assert_eq!((invited.invitation.id, invited.workspace.as_str()), (invitation.id, "Acme"));
    assert!(!invited.has_account);
    let (issued, _) = house.engine.join_as_new(&token, newcomer()).await.unwrap();
    assert_eq!(issued.account.pool, Pool::Members);
    assert!(issued.account.email_verified_at.is_some(), "who has the letter has the address");
    let who = house.recognized(&issued).await;
    let visit = house.engine.visit(&who, house.workspace.id).await.unwrap();
    assert_eq!((visit.membership().role, visit.workspace().name.as_str()), (Role::Admin, "Acme"));
    let members = house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!((members.len(), members[0].email.as_str()), (1, "Ada@example.com"));
    assert_eq!((members[0].name.as_deref(), members[0].created_by.as_str()), (Some("Ada"), "local"));
    assert!(house.engine.list_invitations(&ACTOR, house.workspace.id).await.unwrap().is_empty());
}

async fn somebody_with_an_account_joins_after_signing_in(house: House) {
    let ada = house.joined(ADA, Role::Owner).await;
    let eve = house.joined(EVE, Role::Viewer).await;
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let bolt = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let new = NewInvitation { workspace: bolt, ..house.inviting(ADA, Role::Developer) };
    house.engine.invite_member(&ACTOR, new).await.unwrap();
    let token = house.invitation_token().await;
    assert!(house.engine.find_invited(&token).await.unwrap().has_account);
    let anew = house.engine.join_as_new(&token, newcomer()).await;
    assert!(matches!(anew, Err(MemberError::HasAccount)), "a link does not replace a password");
    let other = house.engine.join(&eve, &token).await;
    assert!(matches!(other, Err(MemberError::ForSomeoneElse)), "{other:?}");
    assert_eq!(house.engine.join(&ada, &token).await.unwrap(), bolt);
    let visits = house.engine.list_visits(&ada).await.unwrap();
    let names = visits.iter().map(|visit| (visit.workspace().name.as_str(), visit.membership().role));
    assert_eq!(names.collect::<Vec<_>>(), [("Acme", Role::Owner), ("Bolt", Role::Developer)]);
}

async fn a_link_is_good_once_for_seven_days_and_until_it_is_withdrawn(house: House) {
    for junk in ["", "x", "clv_join_000000000000000000000000000000000000", "\u{0}"] {
        assert!(matches!(house.engine.find_invited(junk).await, Err(MemberError::Stale)), "{junk:?}");
    }
    let token = house.invite(ADA, Role::Owner).await;
    house.engine.join_as_new(&token, newcomer()).await.unwrap();
    assert!(matches!(house.engine.join_as_new(&token, newcomer()).await, Err(MemberError::Stale)));
    let late = house.invite(EVE, Role::Viewer).await;
    house.clock.advance(Duration::from_secs(7 * 86_400));
    assert!(matches!(house.engine.join_as_new(&late, newcomer()).await, Err(MemberError::Stale)));
    let taken_back = house.invite("bob@example.com", Role::Viewer).await;
    let pending = house.engine.list_invitations(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(pending.len(), 2, "an expired one can be sent again");
    house.engine.withdraw_invitation(&ACTOR, house.workspace.id, pending[0].id).await.unwrap();
    assert!(matches!(house.engine.join_as_new(&taken_back, newcomer()).await, Err(MemberError::Stale)));
    let twice = house.engine.withdraw_invitation(&ACTOR, house.workspace.id, pending[0].id).await;
    assert!(matches!(twice, Err(MemberError::UnknownInvitation)), "{twice:?}");
}

async fn a_letter_that_is_sent_again_ends_the_link_before(house: House) {
    let invitation = house.engine.invite_member(&ACTOR, house.inviting(ADA, Role::Viewer)).await.unwrap();
    let first = house.invitation_token().await;
    let (workspace, id) = (house.workspace.id, invitation.id);
    let soon = house.engine.resend_invitation(&ACTOR, workspace, id).await;
    assert!(matches!(soon, Err(MemberError::TooMany { .. })), "{soon:?}");
    house.clock.advance(Duration::from_secs(8 * 86_400));
    house.engine.resend_invitation(&ACTOR, workspace, id).await.unwrap();
    let second = house.invitation_token().await;
    assert_ne!(first, second);
    assert!(matches!(house.engine.find_invited(&first).await, Err(MemberError::Stale)));
    house.engine.join_as_new(&second, newcomer()).await.unwrap();
    let over = house.engine.resend_invitation(&ACTOR, workspace, id).await;
    assert!(matches!(over, Err(MemberError::UnknownInvitation)), "{over:?}");
}

async fn an_invitation_is_accepted_once_however_many_try_at_once(house: House) {
    let token = house.invite(ADA, Role::Owner).await;
    let tries = (0..4).map(|_| house.engine.join_as_new(&token, newcomer()));
    let joined = futures_util::future::join_all(tries).await;
    assert_eq!(joined.iter().filter(|result| result.is_ok()).count(), 1, "{joined:?}");
    assert_eq!(house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap().len(), 1);
}

async fn who_is_a_member_or_invited_is_not_invited_again(house: House) {
    house.joined(ADA, Role::Owner).await;
    let again = house.engine.invite_member(&ACTOR, house.inviting("ADA@example.com", Role::Viewer)).await;
    assert!(matches!(again, Err(MemberError::AlreadyMember)), "{again:?}");
    house.invite(EVE, Role::Viewer).await;
    let again = house.engine.invite_member(&ACTOR, house.inviting("Eve@example.com", Role::Viewer)).await;
    assert!(matches!(again, Err(MemberError::AlreadyInvited)), "{again:?}");
}

async fn a_workspace_does_not_flood_inboxes(house: House) {
    for number in 0..50 {
        let new = house.inviting(&format!("a{number}@example.com"), Role::Viewer);
        house.engine.invite_member(&ACTOR, new).await.unwrap();
    }
    let one_more = house.engine.invite_member(&ACTOR, house.inviting(ADA, Role::Viewer)).await;
    assert!(matches!(one_more, Err(MemberError::TooMany { .. })), "{one_more:?}");
    house.clock.advance(Duration::from_secs(60 * 60 + 1));
    house.engine.invite_member(&ACTOR, house.inviting(ADA, Role::Viewer)).await.unwrap();
}

async fn roles_are_given_by_those_who_may(house: House) {
    let owner = house.joined("owner@example.com", Role::Owner).await;
    let admin = house.joined("admin@example.com", Role::Admin).await;
    let viewer = house.joined("viewer@example.com", Role::Viewer).await;
    let (owner_acts, admin_acts, viewer_acts) =
        (house.actor(&owner).await, house.actor(&admin).await, house.actor(&viewer).await);
    let at = |who: &SignedIn| (house.workspace.id, who.account().id);
    let engine = &house.engine;
    let refused = |result: Result<_, MemberError>| matches!(result, Err(MemberError::NotAllowed(_)));
    assert!(refused(engine.change_role(&viewer_acts, at(&viewer), Role::Admin).await.map(drop)));
    assert!(refused(engine.change_role(&admin_acts, at(&viewer), Role::Owner).await.map(drop)));
    assert!(refused(engine.change_role(&admin_acts, at(&owner), Role::Viewer).await.map(drop)));
    assert!(refused(engine.remove_member(&admin_acts, at(&owner)).await));
    assert!(refused(engine.invite_member(&admin_acts, house.inviting(EVE, Role::Owner)).await.map(drop)));
    assert!(refused(engine.invite_member(&viewer_acts, house.inviting(EVE, Role::Viewer)).await.map(drop)));
    let changed = engine.change_role(&admin_acts, at(&viewer), Role::Developer).await.unwrap();
    assert_eq!(changed.membership.role, Role::Developer);
    assert_eq!(changed.updated_by, admin.account().id.to_string());
    engine.change_role(&owner_acts, at(&admin), Role::Owner).await.unwrap();
    engine.remove_member(&viewer_acts, at(&viewer)).await.unwrap();
    assert_eq!(engine.list_members(&owner_acts, house.workspace.id).await.unwrap().len(), 2);
    let elsewhere = Membership { workspace: other_workspace(&house).await, ..member_of(&owner_acts) };
    let stranger = Actor::new(Who::Member(elsewhere), Call::NONE);
    let foreign = engine.list_members(&stranger, house.workspace.id).await;
    assert!(matches!(foreign, Err(MemberError::UnknownWorkspace)), "{foreign:?}");
}

async fn other_workspace(house: &House) -> claviger_domain::WorkspaceId {
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id
}

fn member_of(actor: &Actor) -> Membership {
    let Who::Member(membership) = actor.who else { panic!("{actor:?}") };
    membership
}

async fn the_last_owner_stays_even_when_two_leave_at_once(house: House) {
    let (ada, eve) = (house.joined(ADA, Role::Owner).await, house.joined(EVE, Role::Owner).await);
    let at = |who: &SignedIn| (house.workspace.id, who.account().id);
    let (one, two) = (house.actor(&ada).await, house.actor(&eve).await);
    let (first, second) = tokio::join!(
        house.engine.remove_member(&one, at(&ada)),
        house.engine.change_role(&two, at(&eve), Role::Viewer)
    );
    let refused = [first.err(), second.err()];
    let last = refused.iter().flatten().filter(|error| matches!(error, MemberError::LastOwner)).count();
    assert_eq!((refused.iter().flatten().count(), last), (1, 1), "{refused:?}");
    let members = house.engine.list_members(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(members.iter().filter(|member| member.membership.role == Role::Owner).count(), 1);
}

async fn a_member_is_out_with_the_next_request(house: House) {
    house.joined(EVE, Role::Owner).await;
    let ada = house.joined(ADA, Role::Viewer).await;
    let at = (house.workspace.id, ada.account().id);
    house.engine.change_role(&ACTOR, at, Role::Developer).await.unwrap();
    assert_eq!(member_of(&house.actor(&ada).await).role, Role::Developer, "without signing in again");
    house.engine.remove_member(&ACTOR, at).await.unwrap();
    let visit = house.engine.visit(&ada, house.workspace.id).await;
    assert!(matches!(visit, Err(MemberError::UnknownWorkspace)), "{visit:?}");
    assert!(house.engine.list_visits(&ada).await.unwrap().is_empty());
    let unknown = AccountId::generate(house.engine.clock(), house.engine.entropy());
    let nobody = house.engine.remove_member(&ACTOR, (house.workspace.id, unknown)).await;
    assert!(matches!(nobody, Err(MemberError::UnknownMember)), "{nobody:?}");
}

async fn a_member_reaches_keys_of_their_workspace_only_and_as_their_role_allows(house: House) {
    let own = house.key().await.0.id;
    let other = other_workspace(&house).await;
    let foreign = house.issue(|new| new.workspace = other).await.unwrap().key.id;
    let engine = &house.engine;
    let developer = house.actor(&house.joined(ADA, Role::Developer).await).await;
    let viewer = house.actor(&house.joined(EVE, Role::Viewer).await).await;
    let all = PageRequest { before: None, limit: 50 };
    let asked = KeyFilter { workspace: Some(other), ..KeyFilter::default() };
    let listed = engine.list_keys_for(&viewer, asked, all).await.unwrap().rows;
    assert_eq!(listed.iter().map(|key| key.id).collect::<Vec<_>>(), [own]);
    assert_eq!(engine.find_key_for(&viewer, own).await.unwrap().id, own);

    for (actor, id, is_known) in [(&developer, foreign, false), (&viewer, own, true)] {
        let results = [
            engine.update_key(actor, id, KeyPatch::default()).await.map(drop),
            engine.disable_key(actor, id).await.map(drop),
            engine.enable_key(actor, id).await.map(drop),
            engine.rotate_key(actor, id, Duration::ZERO).await.map(drop),
            engine.end_overlap(actor, id).await.map(drop),
            engine.replace_secret(actor, id).await.map(drop),
            engine.revoke_key(actor, id, Wait::No).await.map(drop),
        ];
        for result in results {
            let right = match &result {
                Err(KeyError::UnknownKey) => !is_known,
                Err(KeyError::NotAllowed(_)) => is_known,
                _ => false,
            };
            assert!(right, "{result:?}");
        }
    }
    assert!(matches!(engine.find_key_for(&developer, foreign).await, Err(KeyError::UnknownKey)));
    let mut new = house.new_key();
    assert!(matches!(engine.issue_key(&viewer, new.clone(), None).await, Err(KeyError::NotAllowed(_))));
    let made = engine.issue_key(&developer, new.clone(), None).await.unwrap();
    assert_eq!(made.key.created_by, developer.to_string());
    new.workspace = other;
    let elsewhere = engine.issue_key(&developer, new, None).await;
    assert!(matches!(elsewhere, Err(KeyError::UnknownWorkspace)), "{elsewhere:?}");
    assert_eq!(engine.find_key(foreign).await.unwrap().state.as_str(), "active");
}

async fn a_member_is_no_operator_and_no_user(house: House) {
    let ada = house.joined(ADA, Role::Owner).await;
    for scope in claviger_domain::OperatorScope::ALL {
        assert!(!ada.allows(scope), "{scope}");
    }
    let first = PageRequest { before: None, limit: 10 };
    assert!(house.engine.list_operators(first).await.unwrap().rows.is_empty());
    assert!(house.engine.find_user(ada.account().id).await.is_err());
    assert!(house.engine.user_overview(ada.account().id).await.is_err());
    let attempt = |pool| SignIn {
        pool,
        email: email(ADA),
        password: Password::typed(PASSWORD.to_owned()).unwrap(),
        origin: Origin::default(),
    };
    assert!(house.engine.sign_in(attempt(Pool::Instance)).await.is_err());
    let issued = house.engine.sign_in(attempt(Pool::Members)).await.unwrap();
    let cookie = issued.cookie.expose().as_bytes();
    assert!(house.engine.authenticate_session_in(Pool::Instance, cookie).await.is_err());
}

async fn a_member_who_forgot_the_password_gets_a_link_by_mail(house: House) {
    let ada = house.joined(ADA, Role::Owner).await;
    for address in ["nobody@example.com", "ADA@example.com"] {
        house.engine.request_member_reset(&email(address), &Origin::default()).await.unwrap();
    }
    house.engine.deliver_pending_mail().await;
    let mails = house.mailbox.take();
    assert_eq!(mails.len(), 1, "nobody learns that there is no such member");
    let (_, rest) =
        mails[0].text.expose().split_once("http://127.0.0.1:8080/portal/reset-password?token=").unwrap();
    let token = rest.split_once('\n').unwrap().0.to_owned();
    let other = NewPassword::choose("another good pass phrase".to_owned()).unwrap();
    let as_invitation = house.engine.find_invited(&token).await;
    assert!(matches!(as_invitation, Err(MemberError::Stale)), "it is no invitation");
    house.engine.reset_member_password(Call::NONE, &token, other.clone()).await.unwrap();
    assert!(house.engine.reset_member_password(Call::NONE, &token, other).await.is_err(), "once");
    let attempt = |password: &str| SignIn {
        pool: Pool::Members,
        email: email(ADA),
        password: Password::typed(password.to_owned()).unwrap(),
        origin: Origin::default(),
    };
    assert!(house.engine.sign_in(attempt(PASSWORD)).await.is_err());
    house.engine.sign_in(attempt("another good pass phrase")).await.unwrap();
    let ended = house.engine.list_sessions(&ada).await.unwrap();
    assert!(ended.iter().all(|session| session.id != ada.session().id), "every session ended");
}
