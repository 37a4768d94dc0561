use std::collections::BTreeSet;

use super::credentials::{Fact, Facts, Member, Operator, text_of};
use super::directory::CONTRACTS;
use super::*;

fn credentials(seed: &Seed) -> Credentials {
    let facts = |contract: &seed::ContractSeed| {
        let keys = contract.keys.iter().flat_map(|key| {
            let belongings = key.belongings.iter().map(|belonging| &belonging.field);
            [Some(&key.field), key.secret_field.as_ref()].into_iter().flatten().chain(belongings)
        });
        let expired = contract
            .expired
            .iter()
            .flat_map(|expired| [Some(&expired.field), expired.refresh_field.as_ref()].into_iter().flatten());
        let clients = contract.clients.iter().flat_map(|client| {
            let proof = match &client.proof {
                seed::ProofSeed::Secret(field) => vec![field],
                seed::ProofSeed::Key { id_field, private_field } => vec![id_field, private_field],
            };
            proof.into_iter().chain([&client.field]).chain(client.redirect.as_ref().map(|r| &r.field))
        });
        let expired_grants = contract.expired_grant.iter().map(|expired| &expired.field);
        let named = keys.chain(expired).chain(clients).chain(expired_grants);
        let mut facts: Facts = named.map(|field| (field.clone(), format!("the-{field}").into())).collect();
        for user in &contract.users {
            let fields = [&user.email_field, &user.password_field];
            let texts = fields.map(|field| (field.clone(), format!("the-{field}")));
            match &user.group {
                Some(group) => {
                    let members = texts.into_iter().map(|(field, text)| (field, text.into())).collect();
                    facts.insert(group.clone(), Fact::Group(members));
                }
                None => facts.extend(texts.into_iter().map(|(field, text)| (field, text.into()))),
            }
        }
        facts
    };
    let contracts = seed.contracts.iter().map(|c| (c.name.to_string(), facts(c))).collect();
    let operator = Operator {
        email: "ada@example.com".to_owned(),
        password: "the-password".to_owned(),
        token: "the-token".to_owned(),
    };
    let member = Member { email: "eve@example.com".to_owned(), password: "the-other-password".to_owned() };
    Credentials { base_url: String::new(), operator, member: Some(member), contracts }
}

#[test]
fn the_seed_and_the_sample_know_the_same_contracts_as_the_repository() {
    let of_seed: BTreeSet<String> =
        Seed::built_in().unwrap().contracts.iter().map(|contract| contract.name.to_string()).collect();
    let of_files: BTreeSet<String> =
        CONTRACTS.iter().map(|(file, _)| file.trim_end_matches(".toml").to_owned()).collect();
    assert_eq!(of_seed, of_files);
}

#[test]
fn every_contract_has_a_request_that_succeeds_and_one_that_is_refused() {
    for contract in Seed::built_in().unwrap().contracts {
        assert!(contract.tries.iter().any(|shown| shown.status < 300), "{}", contract.name);
        assert!(contract.tries.iter().any(|shown| shown.status >= 400), "{}", contract.name);
    }
}

#[test]
fn the_tour_leaves_no_placeholder_open() {
    let seed = Seed::built_in().unwrap();
    let credentials = credentials(&seed).served_at(&seed, 8080);
    for contract in &seed.contracts {
        let text = tour::tour_of(contract, &credentials);
        let open = text.split('{').skip(1).find(|rest| {
            let word = rest.split('}').next().unwrap_or_default();
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'))
        });
        assert_eq!(open, None, "{text}");
    }
}

#[test]
fn credentials_name_the_origins_of_their_port_first() {
    let seed = Seed::built_in().unwrap();
    let credentials = credentials(&seed).served_at(&seed, 1234).served_at(&seed, 9000);
    assert_eq!(credentials.base_url, "http://127.0.0.1:9000");
    for contract in &seed.contracts {
        let facts = &credentials.contracts[contract.name.as_str()];
        assert_eq!(facts.get_index(0).unwrap().0, "origin");
        let origin = format!("http://{}.localhost:9000", contract.name);
        assert_eq!(text_of(facts, "origin"), Some(origin.as_str()));
        assert!(facts.len() > contract.origins.len());
    }
}

#[test]
fn the_file_has_the_names_that_scripts_rely_on() {
    let seed = Seed::built_in().unwrap();
    let credentials = credentials(&seed);
    for (contract, fields) in [
        ("redpin", &["client_id", "client_secret", "expired_token"][..]),
        (
            "example",
            &["client_id", "client_secret", "redirect_uri", "user.email", "user.password", "expired_token"],
        ),
        (
            "propertybase",
            &["client_id", "client_secret", "redirect_uri", "user.email", "user.password", "expired_token"],
        ),
        ("brifle", &["client_id", "client_secret", "username", "password", "expired_token"]),
        ("redox", &["client_id", "kid", "private_jwk", "expired_token"]),
    ] {
        for field in fields {
            assert!(text_of(&credentials.contracts[contract], field).is_some(), "{contract} {field}");
        }
    }
}

#[test]
fn what_buys_a_token_of_the_past_is_there() {
    for contract in Seed::built_in().unwrap().contracts {
        for expired in &contract.expired_grant {
            let client = contract.clients.first().unwrap();
            assert!(client.grants.contains(&expired.grant), "{}", contract.name);
            let needs_user = expired.grant == claviger_domain::GrantType::AuthorizationCode;
            assert!(
                !needs_user || (client.redirect.is_some() && !contract.users.is_empty()),
                "{}",
                contract.name
            );
        }
    }
}

#[test]
fn credentials_are_written_for_their_owner_and_read_back() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("credentials.json");
    assert!(Credentials::read(&path).unwrap().is_none());
    let seed = Seed::built_in().unwrap();
    let credentials = credentials(&seed).served_at(&seed, 8080);
    credentials.write(&path).unwrap();
    assert!(Credentials::read(&path).unwrap() == Some(credentials));
    assert_eq!(crate::private_file::open_to_others(&path).unwrap(), None);
    std::fs::write(&path, "{\"operator\": \"clvo_secret\"").unwrap();
    let damaged = Credentials::read(&path).err().unwrap();
    assert!(
        damaged.to_string().contains("--fresh") && !damaged.to_string().contains("clvo_secret"),
        "{damaged}"
    );
}

#[tokio::test]
async fn every_contract_has_an_upstream_in_both_environments() {
    let sample = Sample::start().await.unwrap();
    for contract in Seed::built_in().unwrap().contracts {
        let of = sample.upstreams().iter().filter(|upstream| upstream.api == contract.name.as_str());
        assert_eq!(of.count(), 2, "{}", contract.name);
    }
}
