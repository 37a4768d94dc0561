//! The pictures of `docs/screenshots`, made anew by `cargo xtask screenshots`.

use std::path::Path;

use claviger_testkit::chromium::Chromium;
use data_encoding::BASE64;

use super::formed::{self, Formed};
use super::sights::{Reader, Sight, consent_of, sights};
use crate::window::{Look, Window};

/// Pages that are shown in the dark, too.
const DARK: [&str; 4] = ["overview", "application", "refusal", "user-sign-in"];
/// Pages that are shown on a phone, too.
const PHONE: [&str; 4] = ["overview", "keys", "refusal", "consent"];

async fn take(window: &Window, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let looks = [
        (Look::Light, "", true),
        (Look::Dark, "-dark", DARK.contains(&name)),
        (Look::Phone, "-phone", PHONE.contains(&name)),
    ];
    for (look, suffix, _) in looks.into_iter().filter(|(_, _, is_wanted)| *is_wanted) {
        window.look(look).await;
        let picture = BASE64.decode(window.picture(look != Look::Phone).await.as_bytes()).unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{name}{suffix}");
        std::fs::write(folder.join(format!("{name}{suffix}.png")), picture).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/screenshots; cargo xtask screenshots runs it"]
async fn every_page_has_its_picture() {
    let (demo, _house) = formed::demo().await;
    let chromium = Chromium::start().await.unwrap();
    let all = sights(&demo).await;
    for reader in [Reader::Nobody, Reader::Operator, Reader::User, Reader::Member] {
        let window = Window::open(&chromium, demo.address, &format!("{reader:?}")).await;
        match reader {
            Reader::Nobody => {}
            Reader::Operator => window.sign_in(&demo).await,
            Reader::Member => window.sign_in_member(&demo).await,
            Reader::User => {
                window.sign_in_user(&demo, "example").await;
                window.go(&consent_of(&demo)).await;
                window.expect("id=\"allow\"").await;
                take(&window, "consent").await;
            }
        }
        for Sight { address, name, .. } in all.iter().filter(|sight| sight.reader == reader) {
            let Some(name) = name else { continue };
            window.go(address).await;
            take(&window, name).await;
        }
        for formed in Formed::ALL.into_iter().filter(|_| reader == Reader::Member) {
            formed.make(&window, &demo).await;
            take(&window, formed.name()).await;
        }
        window.client.close().await.unwrap();
    }
}
