//! The host of the example API, with a user.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use claviger_contract::{Deployment, Installed, parse};
use claviger_domain::{Account, AccountId, Pool, Timestamp};
use claviger_engine::NewPassword;
use claviger_pages::{PageCall, PublicPages};
use claviger_secrets::PasswordHash;
use claviger_testkit::SeededEntropy;

use crate::browser::{Browser, Reply};
use crate::house::House;

pub(crate) const USER: &str = "grace@example.com";
pub(crate) const PASSWORD: &str = "nanoseconds of wire";
/// What the browser tests call their host.
pub(crate) const ISSUER: &str = "http://127.0.0.1:8080";

pub(crate) struct Site {
    pub(crate) house: House,
    pub(crate) installed: Arc<Installed>,
    router: Router,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// A site whose contract has these lines more in `[tokens]`.
    pub(crate) async fn with(tokens: &str) -> Self {
        let house = House::new().await;
        let text = include_str!("../../../../../contracts/example.toml");
        let text = text.replace("[tokens]\n", &format!("[tokens]\n{tokens}\n"));
        let contract = parse("example.toml", &text).unwrap().contract;
        let deployment = Deployment { issuer: Some(ISSUER.to_owned()), ..Deployment::default() };
        let contract = contract.deployed(&deployment).unwrap();
        let api = house.engine.install_policy(Arc::clone(contract.policy())).await.unwrap();
        let installed = Arc::new(Installed { api: api.id, contract });
        let router = serve(PublicPages::new(house.engine.clone()), Arc::clone(&installed));
        let site = Self { house, installed, router };
        site.add_user().await;
        site
    }

    async fn add_user(&self) {
        let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
        let hash = PasswordHash::create(password.as_password(), &SeededEntropy::new(7)).unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let id = AccountId::generate_at(now, &SeededEntropy::new(8));
        let account = Account::new(id, Pool::Api(self.installed.api), USER.parse().unwrap(), now);
        self.house
            .store
            .write(move |tx| {
                let (account, hash) = (account.clone(), hash.clone());
                Box::pin(async move { tx.insert_account(&account, Some(&hash)).await })
            })
            .await
            .unwrap();
    }

    /// A browser that has not been here yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser whose user is signed in.
    pub(crate) async fn user(&self) -> Browser {
        let mut browser = self.browser();
        let reply = enter(&mut browser, PASSWORD).await;
        assert_eq!((reply.status, reply.location()), (303, "/account"), "{}", reply.body);
        browser
    }
}

/// Signs the user in by the form.
pub(crate) async fn enter(browser: &mut Browser, password: &str) -> Reply {
    browser.get("/sign-in").await;
    browser.submit("/sign-in", &[("email", USER), ("password", password)]).await
}

fn serve(pages: PublicPages, installed: Arc<Installed>) -> Router {
    Router::new().fallback(move |request: Request| {
        let (pages, installed) = (pages.clone(), Arc::clone(&installed));
        async move {
            let call = PageCall {
                installed: &installed,
                request_id: "req_test",
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                host: "127.0.0.1",
            };
            let path = request.uri().path();
            let endpoint = installed.contract.find_endpoint(request.method(), path, call.host);
            assert!(PublicPages::serves(&installed, endpoint, path), "{request:?}");
            pages.serve(call, request).await
        }
    })
}
