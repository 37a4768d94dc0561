use super::*;
use crate::id::ApiId;
use crate::principal::Belongings;
use crate::scope::ScopeSet;
use uuid::Uuid;

fn credential() -> Credential {
    Credential {
        principal: Arc::new(Principal {
            api: ApiId::from_uuid(Uuid::nil()),
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(7)),
            kind: CredentialKind::Key,
            credential: "key_x".into(),
            version: None,
            subject: None,
            client: None,
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            environment: Environment::Live,
            expires_at: None,
            belongings: Belongings::new(),
        }),
        secret: Some(SecretId::from_uuid(Uuid::nil())),
        standing: Standing::Good,
        not_before: None,
        ends_at: None,
        addresses: Box::default(),
        confirmation: None,
    }
}

fn reason(credential: &Credential, facts: &Facts<'_>, now: i64) -> Option<DenialReason> {
    credential
        .decide(facts, &ScopeCatalog::default(), Timestamp::from_seconds(now))
        .err()
        .map(|denial| denial.reason)
}

#[test]
fn a_good_credential_without_demands_is_allowed() {
    assert_eq!(reason(&credential(), &Facts::none(), 0), None);
}

#[test]
fn a_quarantined_credential_only_reads() {
    let quarantined = Credential { standing: Standing::ReadOnly, ..credential() };
    let with = |only_reads| Facts { only_reads, ..Facts::none() };
    assert_eq!(reason(&quarantined, &with(true), 0), None);
    assert_eq!(reason(&quarantined, &with(false), 0), Some(DenialReason::Disabled));
}

#[test]
fn to_its_caller_a_canary_is_a_revoked_credential() {
    let facts = Facts { only_reads: true, ..Facts::none() };
    for standing in [Standing::Canary, Standing::Revoked] {
        let credential = Credential { standing, ..credential() };
        assert_eq!(reason(&credential, &facts, 0), Some(DenialReason::Revoked));
    }
}

#[test]
fn what_stands_on_two_stands_as_the_worse_of_them() {
    let order = [Standing::Good, Standing::ReadOnly, Standing::Disabled, Standing::Revoked, Standing::Canary];
    for (i, one) in order.into_iter().enumerate() {
        for (j, other) in order.into_iter().enumerate() {
            assert_eq!(Some(one.and(other)), order.get(i.max(j)).copied());
        }
    }
}

#[test]
fn bcp_48_a_bound_credential_works_with_its_key_alone_and_an_unbound_one_without_any() {
    let with = |proof| Facts { proof, ..Facts::none() };
    let bound = Credential { confirmation: Some("its".into()), ..credential() };
    assert_eq!(reason(&bound, &with(Some("its")), 0), None);
    assert_eq!(reason(&bound, &with(Some("another's")), 0), Some(DenialReason::Unproved));
    assert_eq!(reason(&bound, &with(None), 0), Some(DenialReason::Unproved));
    assert_eq!(reason(&credential(), &with(Some("its")), 0), Some(DenialReason::Unproved));
}

#[test]
fn a_key_works_from_its_start_to_just_before_its_end() {
    let mut c = credential();
    c.not_before = Some(Timestamp::from_seconds(10));
    c.ends_at = Some(Timestamp::from_seconds(20));
    assert_eq!(reason(&c, &Facts::none(), 9), Some(DenialReason::NotYetValid));
    assert_eq!(reason(&c, &Facts::none(), 10), None);
    assert_eq!(reason(&c, &Facts::none(), 19), None);
    assert_eq!(reason(&c, &Facts::none(), 20), Some(DenialReason::Expired));
}

#[test]
fn an_allowlist_refuses_other_addresses_and_unknown_ones() {
    let mut c = credential();
    c.addresses = ["10.0.0.0/8".parse().unwrap()].into();
    let at = |address: Option<&str>| {
        let facts = Facts { address: address.map(|a| a.parse().unwrap()), ..Facts::none() };
        reason(&c, &facts, 0)
    };
    assert_eq!(at(Some("10.1.2.3")), None);
    assert_eq!(at(Some("::ffff:10.1.2.3")), None);
    assert_eq!(at(Some("11.0.0.1")), Some(DenialReason::AddressNotAllowed));
    assert_eq!(at(None), Some(DenialReason::AddressNotAllowed));
}

#[test]
fn the_first_thing_to_mend_is_named() {
    let mut c = credential();
    c.standing = Standing::Revoked;
    c.ends_at = Some(Timestamp::from_seconds(1));
    let facts = Facts { environment: Some(Environment::Test), accepted: KindSet::NONE, ..Facts::none() };
    assert_eq!(reason(&c, &facts, 5), Some(DenialReason::Revoked));
    c.standing = Standing::Good;
    assert_eq!(reason(&c, &facts, 5), Some(DenialReason::Expired));
    c.ends_at = None;
    assert_eq!(reason(&c, &facts, 5), Some(DenialReason::WrongKind));
    let facts = Facts { accepted: KindSet::ANY, ..facts };
    assert_eq!(reason(&c, &facts, 5), Some(DenialReason::WrongEnvironment));
}

#[test]
fn a_missing_scope_names_all_that_the_operation_needs() {
    let needs: Arc<[Scope]> = ["read".parse().unwrap(), "write".parse().unwrap()].into();
    let facts = Facts { required_scopes: Arc::clone(&needs), ..Facts::none() };
    let denial =
        credential().decide(&facts, &ScopeCatalog::default(), Timestamp::from_seconds(0)).unwrap_err();
    assert_eq!(denial.reason, DenialReason::InsufficientScope);
    assert_eq!(denial.required_scopes, needs);
}

#[test]
fn an_unlisted_route_is_refused_only_after_the_credential_was_judged() {
    let facts = Facts { route_known: false, ..Facts::none() };
    assert_eq!(reason(&credential(), &facts, 0), Some(DenialReason::UnknownRoute));
    let mut revoked = credential();
    revoked.standing = Standing::Revoked;
    assert_eq!(reason(&revoked, &facts, 0), Some(DenialReason::Revoked));
}

#[test]
fn a_named_workspace_must_be_the_credentials_own() {
    let own = WorkspaceId::from_uuid(Uuid::from_u128(7)).to_string();
    let other = WorkspaceId::from_uuid(Uuid::from_u128(8)).to_string();
    let named = |w| reason(&credential(), &Facts { workspace: Some(w), ..Facts::none() }, 0);
    assert_eq!(named(&own), None);
    assert_eq!(named(&other), Some(DenialReason::WrongWorkspace));
    assert_eq!(named("nonsense"), Some(DenialReason::WrongWorkspace));
}

#[test]
fn an_explanation_fails_where_the_decision_does_and_reaches_nothing_after() {
    let now = Timestamp::from_seconds(100);
    let cases: [(Credential, Facts<'_>, Option<Check>); 6] = [
        (credential(), Facts::none(), None),
        (
            Credential { standing: Standing::Revoked, ends_at: Some(now), ..credential() },
            Facts::none(),
            Some(Check::Standing),
        ),
        (
            Credential { ends_at: Some(now), ..credential() },
            Facts { route_known: false, ..Facts::none() },
            Some(Check::End),
        ),
        (
            credential(),
            Facts { accepted: KindSet::NONE.with(CredentialKind::Token), ..Facts::none() },
            Some(Check::Kind),
        ),
        (
            credential(),
            Facts { environment: Some(Environment::Test), ..Facts::none() },
            Some(Check::Environment),
        ),
        (
            credential(),
            Facts { required_scopes: ["write".parse().unwrap()].into(), ..Facts::none() },
            Some(Check::Scopes),
        ),
    ];
    for (credential, facts, failed) in cases {
        let scopes = ScopeCatalog::default();
        let checks = credential.explain(&facts, &scopes, now);
        let found = checks.iter().find(|checked| checked.verdict == Verdict::Failed);
        assert_eq!(found.map(|checked| checked.check), failed);
        assert_eq!(credential.decide(&facts, &scopes, now).is_err(), failed.is_some());
        let after = checks.iter().skip_while(|checked| checked.verdict != Verdict::Failed).skip(1);
        assert!(after.into_iter().all(|checked| checked.verdict == Verdict::NotReached));
        assert!(checks.iter().all(|checked| !checked.input.is_empty()));
    }
}

#[test]
fn an_explanation_says_what_was_compared() {
    let bound = Credential { confirmation: Some("thumbprint".into()), ..credential() };
    let facts = Facts {
        proof: Some("another"),
        workspace: Some("wsp_\u{7}x"),
        required_scopes: ["write".parse().unwrap()].into(),
        ..Facts::none()
    };
    let checks = bound.explain(&facts, &ScopeCatalog::default(), Timestamp::from_seconds(0));
    let said = |check: Check| checks.iter().find(|f| f.check == check).unwrap().input.as_str();
    assert_eq!(said(Check::Scopes), "needed: write; it has: read");
    assert!(said(Check::Workspace).ends_with("the request names “wsp_x”"), "{}", said(Check::Workspace));
    assert!(checks.iter().all(|checked| !checked.input.contains("thumbprint")));
}
