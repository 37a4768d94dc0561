use claviger_domain::{ApiId, GrantType, TokenPolicy};
use claviger_oauth::read_client_metadata;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn client() -> Client {
    let said = json!({
        "client_name": "Ledger", "description": "Keeps the books.", "redirect_uris": ["https://ledger.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid read",
    });
    let Value::Object(said) = said else { unreachable!() };
    let offered = TokenPolicy { grant_types: GrantType::ALL.to_vec(), ..TokenPolicy::default() };
    Client {
        id: ClientId::from_uuid(Uuid::from_u128(1)),
        api: ApiId::from_uuid(Uuid::from_u128(2)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(3)),
        environment: Environment::Live,
        metadata: read_client_metadata(&said, &offered).unwrap(),
        origin: ClientOrigin::Managed,
        disabled_at: Some(Timestamp::from_seconds(3)),
        last_used_at: None,
        created_at: Timestamp::from_seconds(1),
        created_by: "local".to_owned(),
        updated_at: Timestamp::from_seconds(2),
        updated_by: "system".to_owned(),
    }
}

#[test]
fn a_client_object_has_every_member_and_no_secret() {
    let client = client();
    let object = ClientObject::under("example".to_owned(), &client);
    insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap());
}
