use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::shutdown;
use claviger_testkit::mmdb::country_database;

const GERMANY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 0);
const FRANCE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 0);

fn code(file: &CountryFile, address: &str) -> Option<String> {
    file.country(address.parse().unwrap()).map(|country| country.to_string())
}

#[test]
fn a_file_tells_the_country_of_what_it_knows_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countries.mmdb");
    let bytes = country_database("GeoLite2-Country", &[(GERMANY, 24, "DE"), (FRANCE, 25, "FR")]);
    // Whether the test itself makes a file as others make them.
    Reader::from_source(bytes.as_slice()).unwrap().verify().unwrap();
    fs::write(&path, &bytes).unwrap();
    let file = CountryFile::open(&path).unwrap();
    assert_eq!(code(&file, "203.0.113.7").as_deref(), Some("DE"));
    assert_eq!(code(&file, "::ffff:203.0.113.7").as_deref(), Some("DE"));
    assert_eq!(code(&file, "198.51.100.127").as_deref(), Some("FR"));
    for unknown in ["198.51.100.128", "192.0.2.1", "2001:db8::1"] {
        assert_eq!(code(&file, unknown), None, "{unknown}");
    }

    fs::write(&path, country_database("GeoIP2-City", &[(GERMANY, 24, "AT")])).unwrap();
    file.reload().unwrap();
    assert_eq!(code(&file, "203.0.113.7").as_deref(), Some("AT"));
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    file.reload().unwrap_err();
    assert_eq!(code(&file, "203.0.113.7").as_deref(), Some("AT"), "a bad file leaves the old one");
}

#[tokio::test]
async fn a_hangup_that_came_before_the_file_was_followed_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countries.mmdb");
    fs::write(&path, country_database("GeoLite2-Country", &[(GERMANY, 24, "DE")])).unwrap();
    let (sender, hangups) = Hangups::pair();
    let file = Arc::new(CountryFile::open(&path).unwrap());
    fs::write(&path, country_database("GeoLite2-Country", &[(GERMANY, 24, "AT")])).unwrap();
    sender.send_replace(());
    let (source, stop) = shutdown::stop();
    // Whoever else reads files again hears of it too.
    let mut others = hangups.clone();
    let following = tokio::spawn(Arc::clone(&file).follow(hangups, stop));
    let read_again = async {
        while code(&file, "203.0.113.7").as_deref() != Some("AT") {
            tokio::task::yield_now().await;
        }
        others.next().await;
    };
    tokio::time::timeout(Duration::from_secs(20), read_again).await.expect("the new countries");
    source.request();
    following.await.unwrap();
}

#[test]
fn a_file_that_tells_no_countries_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countries.mmdb");
    let refused = |bytes: Option<&[u8]>| {
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let error = CountryFile::open(&path).unwrap_err();
        assert!(error.to_string().contains("countries.mmdb"), "{error}");
        error
    };
    assert!(matches!(refused(None), CountryFileError::Unreadable { .. }));
    assert!(matches!(refused(Some(b"")), CountryFileError::Damaged { .. }));
    assert!(matches!(refused(Some(&[0xab; 4_096])), CountryFileError::Damaged { .. }));
    let networks = country_database("GeoLite2-ASN", &[(GERMANY, 24, "DE")]);
    let error = refused(Some(&networks));
    assert!(error.to_string().contains("GeoLite2-ASN"), "{error}");
}

#[test]
fn a_damaged_file_answers_nothing_and_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countries.mmdb");
    let good = country_database("GeoLite2-Country", &[(GERMANY, 24, "DE"), (FRANCE, 25, "FR")]);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        if let Ok(file) = CountryFile::open(&path) {
            for address in ["203.0.113.7", "198.51.100.1", "2001:db8::1"] {
                let _answered = code(&file, address);
            }
        }
    }
}
