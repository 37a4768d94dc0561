use std::fmt::Write as _;

use serde_json::{Map, Value};

fn document() -> Value {
    serde_json::to_value(crate::openapi()).unwrap()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// Every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for (method, operation) in object(item) {
            found.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    found
}

#[test]
fn the_operations_are_these() {
    let mut list = String::new();
    for (path, method, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        let scope = operation["security"][0]["operator_token"][0].as_str().unwrap_or("nobody");
        writeln!(list, "{method:5} {path:45} {id:24} {scope}").unwrap();
    }
    insta::assert_snapshot!(list);
}

#[test]
fn the_document_is_openapi_3_1() {
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn operation_ids_are_unique() {
    let mut ids: Vec<_> =
        operations(&document()).into_iter().map(|(_, _, o)| o["operationId"].to_string()).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_operation_and_parameter_is_described() {
    for (path, method, operation) in operations(&document()) {
        assert!(operation["summary"].is_string(), "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{method} {path} {parameter}");
        }
    }
}

#[test]
fn every_path_parameter_is_declared() {
    for (path, method, operation) in operations(&document()) {
        let declared: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let in_path: Vec<_> = path.split('/').filter(|part| part.starts_with('{')).collect();
        assert_eq!(declared, in_path, "{method} {path}");
    }
}

#[test]
fn every_operation_but_the_document_names_its_scope_and_its_refusals() {
    for (path, method, operation) in operations(&document()) {
        if operation["operationId"] == "read_openapi" {
            assert!(operation["security"].is_null());
            continue;
        }
        let scope = operation["security"][0]["operator_token"][0].as_str().unwrap();
        assert!(scope.parse::<claviger_domain::OperatorScope>().is_ok(), "{method} {path}");
        for status in ["401", "403", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
    }
}

#[test]
fn every_schema_and_every_member_is_described() {
    let document = document();
    for (name, schema) in object(&document["components"]["schemas"]) {
        described(name, schema);
    }
}

fn described(name: &str, schema: &Value) {
    assert!(schema["description"].is_string(), "{name} has no description");
    let parts = schema["allOf"].as_array().into_iter().flatten();
    for part in parts.chain([schema]) {
        for (member, property) in part["properties"].as_object().into_iter().flatten() {
            // A member that may be null has its description beside the reference.
            let alternatives = property["oneOf"].as_array().into_iter().flatten();
            let is_described = alternatives.chain([property]).any(|schema| schema["description"].is_string());
            assert!(is_described, "{name}.{member} has no description: {property}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut queue = vec![&document];
    while let Some(value) = queue.pop() {
        match value {
            Value::Array(items) => queue.extend(items),
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                queue.extend(members.values());
            }
            _ => {}
        }
    }
}

#[test]
fn every_request_body_has_an_example() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let content = &operation["requestBody"]["content"]["application/json"]["schema"];
        if content.is_null() {
            continue;
        }
        let text = content.to_string();
        let reference = text.split('"').find(|part| part.starts_with("#/")).unwrap().trim_start_matches('#');
        assert!(!document.pointer(reference).unwrap()["example"].is_null(), "{method} {path}");
    }
}
