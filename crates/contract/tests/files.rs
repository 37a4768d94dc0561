//! The shipped contract files are good.

use claviger_contract::parse;

#[test]
fn every_shipped_contract_parses_without_a_warning() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let parsed = parse(name, &std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|d| panic!("\n{}", d.render(false)));
        assert!(parsed.warnings.is_empty(), "{}", parsed.warnings);
        assert_eq!(format!("{}.toml", parsed.contract.name()), name);
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn a_contract_offers_what_its_endpoints_take() {
    let offered = |name: &str| {
        let path = format!("{}/../../contracts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let tokens =
            parse(name, &std::fs::read_to_string(path).unwrap()).unwrap().contract.policy().tokens.clone();
        let grants: Vec<_> = tokens.grant_types.iter().map(|grant| grant.as_str()).collect();
        let methods: Vec<_> = tokens.client_authentication.iter().map(|method| method.as_str()).collect();
        (grants.join(" "), methods.join(" "))
    };
    let secrets = "client_secret_basic client_secret_post";
    let all = "authorization_code client_credentials refresh_token \
        urn:ietf:params:oauth:grant-type:device_code urn:ietf:params:oauth:grant-type:token-exchange";
    assert_eq!(offered("redpin"), ("client_credentials".to_owned(), secrets.to_owned()));
    assert_eq!(offered("brifle"), ("client_credentials".to_owned(), secrets.to_owned()));
    assert_eq!(offered("example"), (all.to_owned(), format!("{secrets} private_key_jwt none")));
    assert_eq!(offered("redox"), ("client_credentials".to_owned(), "private_key_jwt".to_owned()));
}
