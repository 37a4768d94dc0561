//! A small file of countries in MaxMind's format (MaxMind DB 2.0), for IPv4.

use std::net::Ipv4Addr;

/// The end of the search tree.
const SEPARATOR: [u8; 16] = [0; 16];
const METADATA: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// Where a bit of an address leads.
#[derive(Clone, Copy, Debug)]
enum Branch {
    Nowhere,
    Node(usize),
    /// To what begins there in the data.
    Data(usize),
}

/// The bytes of a file of this type, such as `GeoLite2-Country`, that knows these networks: the first address, the length
/// of the prefix, and the country's code. No network may lie in another.
pub fn country_database(kind: &str, networks: &[(Ipv4Addr, u32, &str)]) -> Vec<u8> {
    let (mut tree, mut data) = (vec![[Branch::Nowhere; 2]], Vec::new());
    for (address, length, code) in networks {
        let at = data.len();
        map(&mut data, 1);
        text(&mut data, "country");
        map(&mut data, 1);
        text(&mut data, "iso_code");
        text(&mut data, code);
        plant(&mut tree, (address.to_bits(), *length), at);
    }
    let count = tree.len();
    let record = |branch: &Branch| match branch {
        Branch::Nowhere => count,
        Branch::Node(node) => *node,
        Branch::Data(at) => count + SEPARATOR.len() + at,
    };
    let mut file = Vec::new();
    for branch in tree.iter().flatten() {
        let bytes = (record(branch) as u32).to_be_bytes();
        file.extend_from_slice(&bytes[1..]);
    }
    file.extend_from_slice(&SEPARATOR);
    file.extend_from_slice(&data);
    file.extend_from_slice(METADATA);
    file.extend_from_slice(&metadata(kind, count as u32));
    file
}

/// Grows the tree down to a network.
#[expect(
    clippy::indexing_slicing,
    reason = "a node is there before anything leads to it, and a bit is 0 or 1"
)]
fn plant(tree: &mut Vec<[Branch; 2]>, (bits, length): (u32, u32), at: usize) {
    let mut node = 0;
    for depth in 0..length {
        let bit = (bits >> (31 - depth) & 1) as usize;
        if depth + 1 == length {
            tree[node][bit] = Branch::Data(at);
            return;
        }
        node = match tree[node][bit] {
            Branch::Node(next) => next,
            Branch::Nowhere | Branch::Data(_) => {
                tree.push([Branch::Nowhere; 2]);
                let next = tree.len() - 1;
                tree[node][bit] = Branch::Node(next);
                next
            }
        };
    }
}

fn metadata(kind: &str, count: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    map(&mut bytes, 9);
    // Types 5 and 6 are numbers of two and four bytes, 9 one of eight, 11 a list.
    for (name, number) in [
        ("binary_format_major_version", [0xa1, 2].as_slice()),
        ("binary_format_minor_version", &[0xa0]),
        ("ip_version", &[0xa1, 4]),
        ("record_size", &[0xa1, 24]),
        ("build_epoch", &[4, 2, 0x69, 0, 0, 0]),
        ("languages", &[0, 4]),
        // One language: "en", "Test".
        ("description", b"\xe1\x42en\x44Test"),
    ] {
        text(&mut bytes, name);
        bytes.extend_from_slice(number);
    }
    text(&mut bytes, "node_count");
    bytes.push(0xc4);
    bytes.extend_from_slice(&count.to_be_bytes());
    text(&mut bytes, "database_type");
    text(&mut bytes, kind);
    bytes
}

fn map(bytes: &mut Vec<u8>, members: u8) {
    bytes.push(0xe0 | members);
}

/// Short: at most 28 bytes.
fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(0x40 | text.len() as u8);
    bytes.extend_from_slice(text.as_bytes());
}
