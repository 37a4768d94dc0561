use super::*;
use claviger_contract::{ExchangeCause, ExchangeRefusal, Issued, Target};

#[test]
fn partner_routes_take_the_apikey_header_and_customer_routes_a_bearer_token() {
    let contract = contract("redpin");
    let key = kinds(&[CredentialKind::Key]);
    let token = kinds(&[CredentialKind::Token]);
    let partner = request("POST redpin.localhost/v1/property-fees", &[("apikey", "rpk_live_x")]);
    let reading = partner.read(&contract);
    assert_eq!(text_of(reading.presented()), ("rpk_live_x".to_owned(), key));
    assert_eq!(reading.facts().accepted, key);
    for path in ["/v1/customers/7/sessions", "/api/v1/customers/7/third-parties", "/v1/customers"] {
        let customer = request(&format!("POST redpin.localhost{path}"), &[("authorization", "bearer t")]);
        let reading = customer.read(&contract);
        assert_eq!(text_of(reading.presented()), ("t".to_owned(), token));
        assert_eq!(reading.facts().accepted, token, "{path}");
    }
}

#[test]
fn the_wrong_kind_is_401_and_the_description_says_which_is_wanted() {
    let contract = contract("redpin");
    let mut denial = Denial::new(DenialReason::WrongKind);
    denial.accepted = kinds(&[CredentialKind::Key]);
    let response = refuse_denial(&contract, &denial);
    assert_eq!(response.status(), 401);
    assert_eq!(
        body(&response),
        r#"{"code":"UNAUTHORIZED","description":"This call needs an API key in the `apikey` header","type":"Authentication Error"}"#
    );
    denial.accepted = kinds(&[CredentialKind::Token]);
    assert!(
        body(&refuse_denial(&contract, &denial)).contains("a bearer token in the `Authorization` header")
    );
}

#[test]
fn the_token_endpoint_answers_as_the_document_shows_and_fails_as_rfc_6749() {
    let contract = contract("redpin");
    let post = request("POST redpin.localhost/auth/oauth/v2/token", &[]);
    let Target::TokenEndpoint(endpoint) = post.read(&contract).target else { panic!() };
    let issued = Issued {
        access_token: Some("hdr.pay.sig"),
        expires_at: Some(Timestamp::from_seconds(NOW.seconds() + 3_600)),
        ..Issued::default()
    };
    assert_eq!(
        endpoint.reply.as_ref().unwrap().render(&[issued], NOW).unwrap(),
        r#"{"access_token":"hdr.pay.sig","token_type":"bearer","expires_in":3600}"#
    );
    let response = contract.refuse_exchange(
        endpoint,
        &ExchangeRefusal {
            cause: ExchangeCause::InvalidClient,
            detail: None,
            retry_after: None,
            request_id: "req_1",
        },
    );
    assert_eq!(response.status(), 401);
    assert_eq!(header(&response, "www-authenticate"), "Basic realm=\"Redpin\"");
    assert!(body(&response).starts_with(r#"{"error":"invalid_client","error_description":"#));
}
