//! Every page of an API's host with sample data: written to `target/gallery` to be looked at, and held to what is true of
//! every page.

use std::collections::BTreeSet;
use std::path::Path;

use askama::Template;
use claviger_domain::{PictureDigest, Timestamp};
use claviger_engine::{Flow, PasskeyCeremony, UpstreamProvider};
use proptest::prelude::*;

use super::account::applications::{ApplicationCard, ApplicationsPage};
use super::account::authenticator::{AuthenticatorPage, RecoveryCodesPage};
use super::account::email::NewAddressPage;
use super::account::profile::ProfilePage;
use super::account::security::{SecurityPage, ServiceRow};
use super::account::sessions::{SessionRow, SessionsPage};
use super::account::shell::{Section, Shell};
use super::brand::sheet;
use super::color::Color;
use super::consent::{ClientFace, ConsentPage, ScopeLine};
use super::device::{DeviceDonePage, DevicePage, DeviceQuestionPage};
use super::look::{FormPostPage, LookPage};
use super::recover::{ForgotPasswordPage, ResetPasswordPage};
use super::refusal::RefusalPage;
use super::render::{Face, Reader, initials};
use super::second_factor::SecondFactorPage;
use super::select_account::SelectAccountPage;
use super::sign_in::SignInPage;
use super::sign_out::{SignOutPage, SignedOutPage};
use super::sign_up::SignUpPage;
use super::verify_email::VerifyEmailPage;
use crate::complaints::Complaints;
use crate::enrolment::Enrolment;
use crate::moment::Moment;
use crate::onward::Onward;
use crate::passkeys::PasskeyRow;
use crate::words::{Phrase, say};

/// Every text that comes from outside.
pub(super) struct Sample {
    title: String,
    email: String,
    name: String,
    client: String,
    description: String,
    destination: String,
    location: String,
    scopes: [(String, String); 2],
    complaint: String,
    flow: String,
    code: String,
    agent: String,
}

impl Sample {
    pub(super) fn nice() -> Self {
        let text = str::to_owned;
        Self {
            title: text("Example API"),
            email: text("ada@example.com"),
            name: text("Ada Lovelace"),
            client: text("Inkwell"),
            description: text("Writes your meeting notes and files them under the right customer."),
            destination: text("inkwell.example"),
            location: text("https://inkwell.example/callback?code=abc&state=xyz"),
            scopes: [("read", "Read data"), ("write", "Create and change data")]
                .map(|(n, d)| (text(n), text(d))),
            complaint: text("E-mail address or password is wrong."),
            flow: text("ZmxvdyBvZiBhIHJlcXVlc3Q"),
            code: text("BCDF-GHJK"),
            agent: text("Firefox on Linux"),
        }
    }

    /// The same text in every place.
    fn of(text: &str) -> Self {
        let text = || text.to_owned();
        Self {
            title: text(),
            email: text(),
            name: text(),
            client: text(),
            description: text(),
            destination: text(),
            location: text(),
            scopes: [(text(), text()), (text(), text())],
            complaint: text(),
            flow: text(),
            code: text(),
            agent: text(),
        }
    }

    fn face(&self) -> Face<'_> {
        Face {
            title: &self.title,
            initials: initials(&self.title),
            about: Some("Users, read and written."),
            documentation: None,
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader { email: &self.email, token: "form-token" }
    }

    fn shell(&self, section: Section, notice: Option<Phrase>) -> Shell<'_> {
        Shell { face: self.face(), reader: self.reader(), notice, section }
    }

    fn onward(&self) -> Onward {
        Onward::Flow(Flow(self.flow.clone()))
    }

    fn complaints(&self, field: &'static str) -> Complaints {
        Complaints::one(field, self.complaint.clone())
    }

    fn client(&self, is_unverified: bool) -> ClientFace {
        ClientFace {
            name: self.client.clone(),
            initials: initials(&self.client),
            logo: is_unverified.then(|| PictureDigest::from_bytes([0xAB; 32])),
            description: Some(self.description.clone()),
            owner: (!is_unverified).then(|| self.name.clone()),
            host: (!is_unverified).then(|| self.destination.clone()),
            is_unverified,
            is_on_device: is_unverified,
            policy: (!is_unverified).then(|| "https://inkwell.example/privacy".to_owned()),
            terms: (!is_unverified).then(|| "https://inkwell.example/terms".to_owned()),
        }
    }

    fn scopes(&self, is_known: bool) -> Vec<ScopeLine> {
        let line = |(at, (name, description)): (usize, &(String, String))| ScopeLine {
            name: name.clone(),
            description: description.clone(),
            is_known: is_known && at == 1,
        };
        self.scopes.iter().enumerate().map(line).collect()
    }

    fn ceremony(&self) -> Option<PasskeyCeremony> {
        let options = r#"{"publicKey":{"challenge":"AAAA"}}"#.to_owned();
        Some(PasskeyCeremony { options, state: self.flow.clone() })
    }
}

fn moment() -> Moment {
    Moment::ago(Timestamp::from_seconds(1_800_000_000), Timestamp::from_seconds(1_800_009_000))
}

fn signing_in(sample: &Sample) -> Vec<(&'static str, String)> {
    let onward = sample.onward();
    let sign_in = |email, complaints, is_full: bool| SignInPage {
        face: sample.face(),
        token: "form-token",
        onward: &onward,
        email,
        passkey: sample.ceremony().filter(|_| is_full),
        providers: Vec::from_iter(is_full.then(|| {
            let provider = UpstreamProvider { name: "acme".to_owned(), title: sample.client.clone() };
            (onward.to("/sign-in/with/acme"), provider)
        })),
        has_sign_up: is_full,
        notice: None,
        complaints,
    };
    let sign_up = |complaints| SignUpPage {
        face: sample.face(),
        token: "form-token",
        onward: &onward,
        name: &sample.name,
        email: &sample.email,
        complaints,
    };
    let second_factor = |complaints| SecondFactorPage {
        face: sample.face(),
        reader: sample.reader(),
        onward: &onward,
        complaints,
    };
    let select = SelectAccountPage {
        face: sample.face(),
        reader: sample.reader(),
        name: Some(&sample.name),
        onward: &onward,
        other: onward.to("/sign-in"),
    };
    vec![
        ("sign-in", sign_in("", Complaints::default(), true).render().unwrap()),
        ("sign-in-wrong", sign_in(&sample.email, sample.complaints("form"), false).render().unwrap()),
        ("sign-in-malformed", sign_in(&sample.email, sample.complaints("email"), false).render().unwrap()),
        ("sign-up", sign_up(Complaints::default()).render().unwrap()),
        ("sign-up-wrong", sign_up(sample.complaints("password")).render().unwrap()),
        ("second-factor", second_factor(Complaints::default()).render().unwrap()),
        ("second-factor-wrong", second_factor(sample.complaints("code")).render().unwrap()),
        ("select-account", select.render().unwrap()),
    ]
}

fn recovering(sample: &Sample) -> Vec<(&'static str, String)> {
    let onward = sample.onward();
    let forgot = |is_sent| ForgotPasswordPage {
        face: sample.face(),
        token: "form-token",
        onward: &onward,
        email: &sample.email,
        is_sent,
        complaints: Complaints::default(),
    };
    let reset = ResetPasswordPage {
        face: sample.face(),
        token: "form-token",
        link: &sample.flow,
        complaints: sample.complaints("new_password"),
    };
    let verify =
        |is_done| VerifyEmailPage { face: sample.face(), token: "form-token", link: &sample.flow, is_done };
    vec![
        ("forgot-password", forgot(false).render().unwrap()),
        ("forgot-password-sent", forgot(true).render().unwrap()),
        ("reset-password", reset.render().unwrap()),
        ("verify-email", verify(false).render().unwrap()),
        ("verify-email-done", verify(true).render().unwrap()),
    ]
}

fn asking(sample: &Sample) -> Vec<(&'static str, String)> {
    let onward = sample.onward();
    let consent = |is_unverified, is_known| ConsentPage {
        face: sample.face(),
        reader: sample.reader(),
        onward: &onward,
        client: sample.client(is_unverified),
        destination: &sample.destination,
        scopes: sample.scopes(is_known),
        is_offline: !is_unverified,
        lifetime: is_unverified.then(|| "30 days".to_owned()),
        other: onward.to("/sign-in"),
    };
    let device = |complaints| DevicePage {
        face: sample.face(),
        reader: sample.reader(),
        code: &sample.code,
        complaints,
    };
    let question = DeviceQuestionPage {
        face: sample.face(),
        reader: sample.reader(),
        code: &sample.code,
        client: sample.client(false),
        scopes: sample.scopes(false),
        address: Some("203.0.113.7".to_owned()),
    };
    vec![
        ("consent", consent(false, false).render().unwrap()),
        ("consent-more", consent(false, true).render().unwrap()),
        ("consent-unverified", consent(true, false).render().unwrap()),
        ("device", device(Complaints::default()).render().unwrap()),
        ("device-wrong", device(sample.complaints("user_code")).render().unwrap()),
        ("device-question", question.render().unwrap()),
        ("device-done", DeviceDonePage { face: sample.face(), is_allowed: true }.render().unwrap()),
    ]
}

fn leaving(sample: &Sample) -> Vec<(&'static str, String)> {
    let look = LookPage {
        face: sample.face(),
        destination: sample.destination.clone(),
        is_device: false,
        location: &sample.location,
    };
    let fields = [("code".to_owned(), sample.code.clone()), ("state".to_owned(), sample.flow.clone())];
    let form_post = FormPostPage {
        face: sample.face(),
        destination: sample.destination.clone(),
        location: &sample.location,
        fields: &fields,
        needs_look: false,
    };
    let sign_out = SignOutPage {
        face: sample.face(),
        reader: sample.reader(),
        client: Some(sample.client.clone()),
        carried: vec![("state", &sample.flow)],
    };
    let refusal = RefusalPage {
        face: sample.face(),
        title: say("error-request-does-not-work"),
        message: say("error-application-link-brought-here-asked"),
        detail: Some(sample.complaint.clone()),
        request_id: "req_06f2m0000000000000000000",
    };
    vec![
        ("look", look.render().unwrap()),
        ("form-post", form_post.render().unwrap()),
        ("sign-out", sign_out.render().unwrap()),
        ("signed-out", SignedOutPage { face: sample.face() }.render().unwrap()),
        ("refusal", refusal.render().unwrap()),
    ]
}

fn account(sample: &Sample) -> Vec<(&'static str, String)> {
    let profile = |complaints| ProfilePage {
        shell: sample.shell(Section::Profile, Some(say("notice-saved"))),
        name: &sample.name,
        is_verified: false,
        email: &sample.email,
        has_password: true,
        complaints,
    };
    let new_address = NewAddressPage { shell: sample.shell(Section::Profile, None), link: &sample.flow };
    let passkey = |id: &str| PasskeyRow {
        id: id.to_owned(),
        name: sample.name.clone(),
        created: moment(),
        last_used: Some(moment()),
    };
    let service = |linked: Option<Moment>| ServiceRow {
        title: sample.title.clone(),
        address: match linked {
            Some(_) => "/account/services/example/unlink".to_owned(),
            None => "/account/services/example/link?ticket=abc".to_owned(),
        },
        linked,
    };
    let security = |has_totp, complaints| SecurityPage {
        shell: sample.shell(Section::Security, None),
        has_password: true,
        has_totp,
        recovery_codes: 10,
        passkeys: ["psk_1", "psk_2"].map(passkey).into(),
        ceremony: sample.ceremony(),
        services: [Some(moment()), None].map(service).into(),
        complaints,
    };
    let address = "otpauth://totp/Example%20API:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Example%20API";
    let authenticator = AuthenticatorPage {
        shell: sample.shell(Section::Security, None),
        enrolment: Enrolment::of(&sample.flow, address),
        complaints: sample.complaints("code"),
    };
    let codes = RecoveryCodesPage {
        shell: sample.shell(Section::Security, None),
        codes: vec!["b7kq-92mx"; 10],
        next: "/account/security?notice=codes-stored".to_owned(),
    };
    vec![
        ("profile", profile(Complaints::default()).render().unwrap()),
        ("profile-wrong", profile(sample.complaints("name")).render().unwrap()),
        ("profile-address-wrong", profile(sample.complaints("email")).render().unwrap()),
        ("new-address", new_address.render().unwrap()),
        ("security", security(false, Complaints::default()).render().unwrap()),
        ("security-on", security(true, sample.complaints("code")).render().unwrap()),
        ("authenticator", authenticator.render().unwrap()),
        ("recovery-codes", codes.render().unwrap()),
    ]
}

fn access(sample: &Sample) -> Vec<(&'static str, String)> {
    let session = |is_this| SessionRow {
        id: "ses_1".to_owned(),
        device: sample.agent.clone(),
        address: Some("2001:db8::17".to_owned()),
        created: moment(),
        last_seen: moment(),
        is_this,
    };
    let sessions = SessionsPage {
        shell: sample.shell(Section::Sessions, None),
        rows: vec![session(true), session(false), session(false)],
    };
    let card = |is_unverified| ApplicationCard {
        grant: "grt_1".to_owned(),
        client: sample.client(is_unverified),
        scopes: sample.scopes(false),
        since: moment(),
        last_used: Some(moment()).filter(|_| is_unverified),
    };
    let applications = |cards| ApplicationsPage { shell: sample.shell(Section::Applications, None), cards };
    vec![
        ("sessions", sessions.render().unwrap()),
        ("applications", applications(vec![card(false), card(true)]).render().unwrap()),
        ("applications-none", applications(Vec::new()).render().unwrap()),
    ]
}

pub(super) fn gallery(sample: &Sample) -> Vec<(&'static str, String)> {
    [signing_in, recovering, asking, leaving, account, access].map(|pages| pages(sample)).concat()
}

/// The tags of a page, each up to its end.
pub(super) fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0)).collect()
}

pub(super) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[test]
fn every_page_hangs_where_people_can_look_at_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("claviger.css"), crate::style::STYLE).unwrap();
    std::fs::write(folder.join("brand.css"), sheet(Color::parse("#4f46e5").unwrap())).unwrap();
    for (name, page) in gallery(&Sample::nice()) {
        let page = page.replace("\"/static/", "\"");
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}

#[test]
fn every_page_can_be_read_without_seeing_it() {
    for (name, page) in gallery(&Sample::nice()) {
        assert!(page.contains("<html lang=\"en\">"), "{name}");
        assert!(page.contains("href=\"#main\"") && page.contains("<main id=\"main\""), "{name}");
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        let ids: Vec<_> = tags(&page).into_iter().filter_map(|tag| attribute(tag, "id")).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}: {ids:?}");
        for tag in tags(&page) {
            let is_seen = attribute(tag, "type") != Some("hidden") && attribute(tag, "aria-hidden").is_none();
            if tag.starts_with("input ") && is_seen {
                let id = attribute(tag, "id").unwrap_or_else(|| panic!("{name}: {tag}"));
                assert!(page.contains(&format!("<label for=\"{id}\">")), "{name}: {tag}");
            }
            for id in attribute(tag, "aria-describedby").into_iter().flat_map(|ids| ids.split(' ')) {
                assert!(ids.contains(&id), "{name}: nothing has the id {id}");
            }
        }
    }
}

#[test]
fn bcp_16_no_page_needs_anything_from_elsewhere() {
    for (name, page) in gallery(&Sample::nice()) {
        for tag in tags(&page) {
            assert!(attribute(tag, "style").is_none(), "{name}: {tag}");
            assert!(!tag.split('"').step_by(2).any(|part| part.contains(" on")), "{name}: {tag}");
            let source =
                if tag.starts_with("link ") { attribute(tag, "href") } else { attribute(tag, "src") };
            let is_own = source.is_none_or(|source| source.starts_with("/static/") || source == "data:,");
            assert!(is_own, "{name}: {tag}");
            if tag.starts_with("script") {
                assert!(attribute(tag, "src").is_some(), "{name}: a script stands in the page");
            }
        }
    }
}

/// Names and ids that scripts and password managers rely on.
#[test]
fn names_and_ids_stay_as_they_are() {
    let pages = gallery(&Sample::nice());
    let page = |name: &str| &pages.iter().find(|(known, _)| *known == name).unwrap().1;
    for (name, wanted) in [
        ("sign-in", "<form id=\"sign-in\" method=\"post\" action=\"/sign-in\">"),
        ("sign-in", "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username webauthn\""),
        (
            "sign-in",
            "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password",
        ),
        ("sign-in", "name=\"flow\" value=\"ZmxvdyBvZiBhIHJlcXVlc3Q\""),
        ("consent", "<form id=\"consent\" method=\"post\" action=\"/consent\">"),
        ("consent", "<button name=\"answer\" value=\"allow\" id=\"allow\">"),
        ("consent", "name=\"answer\" value=\"refuse\" id=\"refuse\">"),
        ("second-factor", "autocomplete=\"one-time-code\""),
        ("device-question", "<button name=\"answer\" value=\"allow\" id=\"allow\">"),
        ("device", "<input id=\"user_code\" name=\"user_code\""),
    ] {
        assert!(page(name).contains(wanted), "{name}: {wanted}");
    }
    let first_button = |name: &str| page(name).split("<button").nth(1).unwrap().split('>').next().unwrap();
    assert!(first_button("sign-in").contains("id=\"submit\""), "the first button signs in with the password");
    assert!(first_button("consent").contains("id=\"allow\""), "the first button allows");
    assert_eq!(page("sign-in").matches("<form").count(), 1);
    assert_eq!(page("consent").matches("<form").count(), 1);
}

#[test]
fn bcp_19_consent_shows_who_asks_for_what_and_for_how_long() {
    let pages = gallery(&Sample::nice());
    let page = |name: &str| &pages.iter().find(|(known, _)| *known == name).unwrap().1;
    for shown in ["Inkwell", "by Ada Lovelace", "inkwell.example", "Read data", "Until you take it back"] {
        assert!(page("consent").contains(shown), "{shown}");
    }
    assert!(page("consent-more").contains("allowed before") && page("consent-more").contains(">new<"));
    assert!(
        page("consent-unverified").contains("Unverified") && page("consent-unverified").contains("30 days")
    );
}

#[test]
fn mcp_21_consent_shows_the_redirect_host_and_warns_of_programs_on_the_device() {
    let pages = gallery(&Sample::nice());
    let page = |name: &str| &pages.iter().find(|(known, _)| *known == name).unwrap().1;
    assert!(page("consent").contains("<strong id=\"destination\">inkwell.example</strong>"));
    assert!(!page("consent").contains("your own device"));
    assert!(page("consent-unverified").contains("it runs on your own device"));
}

/// The shape of a page: its tags with the names of their attributes, without any value.
fn shape(page: &str) -> Vec<String> {
    let mut shape = Vec::new();
    for tag in tags(page) {
        let outside: Vec<&str> = tag.split('"').step_by(2).collect();
        shape.push(outside.concat());
    }
    shape
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn bcp_17_no_text_changes_the_shape_of_a_page(text in r#"[a-z]{1,3}(<script>|</form>|"|'|&|<|>| onload=x |\PC){0,6}[a-z]"#) {
        let plain = gallery(&Sample::of("abc"));
        for ((name, page), (_, plain)) in gallery(&Sample::of(&text)).into_iter().zip(plain) {
            prop_assert_eq!(shape(&page), shape(&plain), "{}", name);
        }
    }
}
