//! Tables from JSON. Only what the server sent, in its order; nothing that could steer a terminal.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// A column: its title, and where its value is in a row (RFC 6901).
pub(super) type Column = (&'static str, &'static str);

/// Stands for what is not there.
const NOTHING: &str = "–";

/// An object, a line per member; `hidden` is left out.
pub(super) fn of_object(object: &Value, hidden: Option<&str>) -> String {
    let mut table = empty();
    for (name, value) in object.as_object().into_iter().flatten() {
        if hidden != Some(name.as_str()) {
            table.add_row([name.clone(), cell(value)]);
        }
    }
    table.trim_fmt()
}

/// A page's `data`, a line per object.
pub(super) fn of_rows(page: &Value, columns: &[Column]) -> String {
    let mut table = empty();
    table.set_header(columns.iter().map(|(title, _)| *title));
    for row in page.get("data").and_then(Value::as_array).into_iter().flatten() {
        table.add_row(columns.iter().map(|(_, pointer)| row.pointer(pointer).map_or_else(nothing, cell)));
    }
    table.trim_fmt()
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn nothing() -> String {
    NOTHING.to_owned()
}

/// A value on one line, or a list of objects on one each.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => nothing(),
        Value::String(text) => harmless(text),
        Value::Array(values) if values.is_empty() => nothing(),
        Value::Array(values) => {
            let is_flat = values.iter().all(|value| !value.is_object() && !value.is_array());
            values.iter().map(cell).collect::<Vec<_>>().join(if is_flat { ", " } else { "\n" })
        }
        Value::Object(members) if members.is_empty() => nothing(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name}: {}", cell(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A user agent that a stranger chose must not move the operator's cursor.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_have_a_column_per_pointer() {
        let page = json!({"data": [
            {"id": "key_1", "hint": {"last_four": "abcd"}, "scopes": ["read", "write"]},
            {"id": "key_2", "scopes": []},
        ]});
        let columns = [("ID", "/id"), ("ENDS", "/hint/last_four"), ("SCOPES", "/scopes")];
        assert_eq!(
            of_rows(&page, &columns).lines().map(str::trim_end).collect::<Vec<_>>(),
            [" ID     ENDS  SCOPES", " key_1  abcd  read, write", " key_2  –     –"]
        );
    }

    #[test]
    fn a_hidden_member_is_not_shown() {
        let shown = of_object(&json!({"id": "key_1", "key": "sk_live_x"}), Some("key"));
        assert!(shown.contains("key_1") && !shown.contains("sk_live_x"), "{shown}");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(cell(&json!("a\u{1b}[2Jb")), "a\u{fffd}[2Jb");
    }
}
