//! Trees from JSON: an object a line, what is in its `children` below it.

use serde_json::Value;

use super::table::cell;

/// A tree, a line per object: its id, and what is found in it at these places (RFC 6901).
pub(super) fn of_object(object: &Value, places: &[&str]) -> String {
    let mut lines = vec![line(object, places)];
    grow(object, places, "", &mut lines);
    lines.join("\n")
}

fn grow(object: &Value, places: &[&str], indent: &str, lines: &mut Vec<String>) {
    let children = object.get("children").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (at, child) in children.iter().enumerate() {
        let (corner, stem) = if at + 1 == children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        lines.push(format!("{indent}{corner}{}", line(child, places)));
        grow(child, places, &format!("{indent}{stem}"), lines);
    }
}

/// What is not there is left out.
fn line(object: &Value, places: &[&str]) -> String {
    let found = ["/id"].iter().chain(places).filter_map(|place| object.pointer(place));
    found.filter(|value| !value.is_null()).map(cell).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_shows_what_stems_from_what() {
        let leaf = json!({"id": "c", "state": "ended", "session": null, "children": []});
        let tree = json!({"id": "a", "state": "active", "session": "x\u{1b}[2J", "children": [
            {"id": "b", "state": "active", "children": [leaf]},
            {"id": "d", "state": "expired", "children": []},
        ]});
        assert_eq!(
            of_object(&tree, &["/state", "/session"]).lines().collect::<Vec<_>>(),
            ["a  active  x\u{fffd}[2J", "├─ b  active", "│  └─ c  ended", "└─ d  expired"]
        );
    }
}
