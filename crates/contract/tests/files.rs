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
