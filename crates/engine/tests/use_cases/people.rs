//! Houses with users, and what users do.

use std::net::{IpAddr, Ipv4Addr};

use claviger_domain::{Email, Environment, Origin, Policy, Pool, Profile};
use claviger_engine::{Caller, IssuedSession, NewPassword, NewUser, Password, SignIn, SignInError, SignedIn};

use crate::house::{ACTOR, House, policy};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const OTHER: &str = "staple ratchet mango";
pub(crate) const ADA: &str = "Ada@example.com";
pub(crate) const HOME: &str = "192.0.2.1";

/// Runs one promise on both engines, at an API that has users and open sign-up.
macro_rules! with_users {
    ($($name:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name(crate::house::House::with_users("sqlite::memory:").await).await; })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $name() { super::$name(crate::house::House::with_users(&crate::house::postgres()).await).await; })*
        }
    };
}
pub(crate) use with_users;

pub(crate) fn email(text: &str) -> Email {
    text.parse().unwrap()
}

pub(crate) fn chosen(text: &str) -> NewPassword {
    NewPassword::choose(text.to_owned()).unwrap()
}

pub(crate) fn typed(text: &str) -> Password {
    Password::typed(text.to_owned()).unwrap()
}

pub(crate) fn origin(address: &str) -> Origin {
    Origin::new(Some(address.parse().unwrap()), Some("Lynx/2.9"))
}

pub(crate) fn policy_with_users() -> Policy {
    let mut policy = policy();
    policy.tokens.title = "Sample Homes".to_owned();
    policy.tokens.has_users = true;
    policy.tokens.open_sign_up = true;
    policy
}

impl House {
    pub(crate) async fn with_users(url: &str) -> Self {
        let clock = claviger_testkit::FakeClock::at(claviger_domain::Timestamp::from_seconds(1_800_000_000));
        Self::with(url, 1, clock, policy_with_users()).await
    }

    pub(crate) fn pool(&self) -> Pool {
        Pool::Api(self.api.id)
    }

    pub(crate) fn auth_caller(&self) -> Caller<'_> {
        Caller {
            api: self.api.id,
            policy: &self.policy,
            environment: None,
            issuer: "https://auth.sample.example",
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: None,
        }
    }

    pub(crate) fn new_user(&self, address: &str) -> NewUser {
        NewUser {
            api: self.api.id,
            email: email(address),
            is_email_verified: false,
            password: Some(chosen(PASSWORD)),
            profile: Profile::default(),
            workspace: None,
            environment: Environment::Live,
            scopes: None,
        }
    }

    /// Ada, a user of the API.
    pub(crate) async fn ada(&self) -> claviger_domain::Account {
        self.engine.create_user(&ACTOR, self.new_user(ADA)).await.unwrap()
    }

    pub(crate) async fn try_sign_in(
        &self,
        address: &str,
        password: &str,
    ) -> Result<IssuedSession, SignInError> {
        let attempt = SignIn {
            pool: self.pool(),
            email: email(address),
            password: typed(password),
            origin: origin(HOME),
        };
        self.engine.sign_in(attempt).await
    }

    pub(crate) async fn sign_in(&self, password: &str) -> IssuedSession {
        self.try_sign_in(ADA, password).await.unwrap()
    }

    pub(crate) async fn recognize(&self, issued: &IssuedSession) -> Option<SignedIn> {
        self.engine.authenticate_session(issued.cookie.expose().as_bytes()).await.ok()
    }

    /// Ada, signed in by her password.
    pub(crate) async fn signed_in(&self, password: &str) -> SignedIn {
        self.recognize(&self.sign_in(password).await).await.unwrap()
    }

    /// Delivers what waits and answers the links and recipients of what was sent.
    pub(crate) async fn letters(&self) -> Vec<(String, String, String)> {
        self.engine.deliver_pending_mail().await;
        self.mailbox
            .take()
            .into_iter()
            .map(|mail| {
                let text = mail.text.expose();
                let link = text.lines().find(|line| line.starts_with("https://")).unwrap();
                (mail.to.to_string(), mail.subject, link.to_owned())
            })
            .collect()
    }

    /// The token of the one letter that was sent.
    pub(crate) async fn token(&self) -> String {
        let letters = self.letters().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters[0].2.split_once("?token=").unwrap().1.to_owned()
    }
}
