//! Pages that a form makes, which no address alone leads to.

use crate::house::{Demo, House};
use crate::window::Window;

/// Such a page: a trial, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formed {
    /// The API answered.
    Answered,
    /// It was refused.
    Refused,
    /// The upstream is away.
    Away,
}

impl Formed {
    /// What a member of the demo can make.
    pub(super) const ALL: [Self; 3] = [Self::Answered, Self::Refused, Self::Away];

    /// What its picture is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Answered => "portal-trial-answered",
            Self::Refused => "portal-trial-refused",
            Self::Away => "portal-trial-away",
        }
    }

    /// Makes it, in a window in which the demo's member is signed in.
    pub(super) async fn make(self, window: &Window, demo: &Demo) {
        let (credential, said) = match self {
            Self::Answered => ("test_key", "200 OK"),
            Self::Refused => ("expired_token", "401 Unauthorized"),
            Self::Away => ("read_only_key", "502 Bad Gateway"),
        };
        let base = format!("http://{}/portal", demo.address);
        window.go(&format!("{base}/workspaces")).await;
        let workspace = window.attribute(".wants a", "href").await;
        let workspace = workspace.rsplit('/').next().unwrap_or_default();
        window.go(&format!("{base}/{workspace}/docs/example/try?route=GET+%2Fv1%2Fusers")).await;
        if self == Self::Away {
            window.press("[name=environment][value=live]").await;
            window.press("[name=understood]").await;
        }
        window.fill("#credential", demo.fact("example", credential)).await;
        window.press("form.form .actions button").await;
        window.expect(said).await;
    }
}

/// A demo whose example API has nothing behind it for live requests.
pub(super) async fn demo() -> (Demo, House) {
    let house = House::empty().with("APIS__EXAMPLE__UPSTREAMS__LIVE", "http://127.0.0.1:9");
    (house.demo(&["--port", "0"]).await, house)
}
