use claviger_domain::{ApiId, Profile};
use uuid::Uuid;

use super::*;

#[test]
fn a_user_object_has_every_member_and_nothing_of_the_password() {
    let pool = Pool::Api(ApiId::from_uuid(Uuid::from_u128(2)));
    let mut user = Account::new(
        AccountId::from_uuid(Uuid::from_u128(1)),
        pool,
        "Ada@example.com".parse().unwrap(),
        Timestamp::from_seconds(1),
    );
    user.email_verified_at = Some(Timestamp::from_seconds(2));
    user.profile = Profile { name: Some("Ada Lovelace".to_owned()), ..Profile::default() };
    user.scopes = Some(ScopeSet::parse_spaced("read").unwrap());
    user.disabled_at = Some(Timestamp::from_seconds(3));
    let object = UserObject::under("example".to_owned(), &user);
    insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap());
}
