//! Clients that know nothing of us: openid-client, Authlib and the openidconnect crate, as they come from their
//! registries, pointed at the issuer.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::application::Application;
use super::person::{Landing, Person};
use crate::house::Demo;

/// What is installed, exactly.
const OPENID_CLIENT: &str = "openid-client@6.8.9";
const AUTHLIB: [&str; 2] = ["authlib==1.9.9", "requests==2.32.5"];

/// Installing takes a network's time, or a compiler's, the first time.
const INSTALLING: Duration = Duration::from_secs(20 * 60);
pub(super) const RUNNING: Duration = Duration::from_secs(60);

/// A folder for what registries give us, kept between runs.
pub(crate) fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs these commands in a folder, unless that was done before for the same mark.
pub(crate) async fn install(folder: &Path, mark: &str, commands: &[(&str, Vec<String>)]) {
    let done = folder.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|found| found == mark) {
        return;
    }
    std::fs::create_dir_all(folder).unwrap();
    for (program, words) in commands {
        let mut command = Command::new(program);
        let output = command.args(words).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = timeout(INSTALLING, output).await.unwrap().unwrap();
        assert!(output.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::write(done, mark).unwrap();
}

/// The folder in which node finds openid-client.
pub(super) async fn node_folder() -> PathBuf {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    let folder = kept("openid-client");
    let words = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", OPENID_CLIENT];
    let words = words.map(str::to_owned).to_vec();
    ONCE.get_or_init(async || install(&folder, OPENID_CLIENT, &[("npm", words)]).await).await;
    for (name, text) in [
        ("localhost.cjs", include_str!("libraries/localhost.cjs")),
        ("relying_party.mjs", include_str!("libraries/relying_party.mjs")),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// A Python that finds Authlib.
pub(super) async fn python() -> PathBuf {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    let folder = kept("authlib");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"].into_iter().chain(AUTHLIB);
    let pip = pip.map(str::to_owned).collect();
    let make = ["-m", "venv", "."].map(str::to_owned).to_vec();
    let inside = folder.join("bin/python").display().to_string();
    let commands = [("python3", make), (inside.as_str(), pip)];
    ONCE.get_or_init(async || install(&folder, &AUTHLIB.join(" "), &commands).await).await;
    folder.join("bin/python")
}

/// Runs a client; whenever it wants an address opened, a person opens it.
async fn run(client: &Application<'_>, scope: &str, mut command: Command) {
    command
        .env("ISSUER", client.issuer())
        .env("CLIENT_ID", &client.id)
        .env("CLIENT_SECRET", client.secret.as_deref().unwrap_or_default())
        .env("REDIRECT_URI", &client.redirect_uri)
        .env("SCOPE", scope);
    // propertybase's document knows users only.
    if client.contract == "example" {
        command.env("MACHINE", "yes");
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut person = Person::new(client.demo, client.contract);
    let talk = async {
        let mut is_done = false;
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(address) = line.strip_prefix("OPEN ") {
                let landed = visit(&mut person, client.contract, address).await;
                input.write_all(format!("{landed}\n").as_bytes()).await.unwrap();
            }
            is_done |= line == "DONE";
        }
        is_done
    };
    let is_done = timeout(RUNNING, talk).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(is_done && output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Goes through every page that an address leads to; answers where the browser was sent, or the last page's address.
async fn visit(person: &mut Person<'_>, contract: &str, address: &str) -> String {
    let mut landing = person.open(address).await;
    for _ in 0..6 {
        let page = match landing {
            Landing::Away(location) => return location,
            Landing::Page(page) => page,
        };
        let html = page.answer.text();
        landing = if html.contains("name=\"password\"") {
            person.sign_in(&page, contract).await
        } else if html.contains("<form") && !html.contains("data-done") {
            person.submit(&page, &[]).await
        } else {
            return format!("{}{}", person.origin(), page.path);
        };
    }
    panic!("asked for ever");
}

const SCOPE: &str = "openid profile email offline_access";

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_signs_in_unmodified() {
    let (demo, _house) = Demo::fresh().await;
    let folder = node_folder().await;
    for (contract, machine) in [("example", Some("client_credentials")), ("propertybase", None)] {
        let device = "urn:ietf:params:oauth:grant-type:device_code";
        let grants: Vec<&str> =
            ["authorization_code", "refresh_token", device].into_iter().chain(machine).collect();
        let client = Application::registered(&demo, contract, &json!({"grant_types": grants})).await;
        let mut command = Command::new("node");
        command.args(["--require", "./localhost.cjs", "relying_party.mjs"]).current_dir(&folder);
        run(&client, SCOPE, command).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_checks_the_algorithm_that_a_client_registered() {
    let (demo, _house) = Demo::fresh().await;
    let folder = node_folder().await;
    for algorithm in ["ES256", "EdDSA", "PS256"] {
        let client = Application::registered(
            &demo,
            "example",
            &json!({"id_token_signed_response_alg": algorithm, "grant_types": ["authorization_code", "refresh_token",
                "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]}),
        )
        .await;
        let mut command = Command::new("node");
        command.args(["--require", "./localhost.cjs", "relying_party.mjs"]).current_dir(&folder);
        command.env("SIGNED_BY", algorithm);
        run(&client, SCOPE, command).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_signs_in_unmodified() {
    let (demo, _house) = Demo::fresh().await;
    let python = python().await;
    let script = python.parent().unwrap().join("relying_party.py");
    std::fs::write(&script, include_str!("libraries/relying_party.py")).unwrap();
    for contract in ["example", "propertybase"] {
        let client = Application::of_demo(&demo, contract);
        let mut command = Command::new(&python);
        command.arg(&script);
        run(&client, SCOPE, command).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openidconnect_crate_signs_in_unmodified() {
    use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
    use openidconnect::{
        AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse as _,
        PkceCodeChallenge, RedirectUrl, Scope, TokenResponse as _, reqwest,
    };
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .resolve("example.localhost", demo.address)
        .build()
        .unwrap();
    let issuer = IssuerUrl::new(client.issuer()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
    let relying_party = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(client.id.clone()),
        client.secret.clone().map(ClientSecret::new),
    )
    .set_redirect_uri(RedirectUrl::new(client.redirect_uri.clone()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = relying_party
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let location = Person::new(&demo, "example").authorize("example", address.as_str()).await;
    let answer = super::person::query_of(&location);
    assert_eq!(&answer["state"], state.secret());
    let code = AuthorizationCode::new(answer["code"].clone());
    let tokens = relying_party
        .exchange_code(code)
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&relying_party.id_token_verifier(), &nonce).unwrap();
    let info: CoreUserInfoClaims = relying_party
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    assert_eq!(
        info.email().map(|email| email.as_str()),
        demo.facts["contracts"]["example"]["user"]["email"].as_str()
    );
}
