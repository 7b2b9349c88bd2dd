//! Answers of the control interface beside its description.

use super::{M, ask};
use control::client::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Does a value fit a schema? Words of schemas that this does not know fail, so that none is passed over.
fn fits(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{why}: {value} is not {schema}"));
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "description" | "title" | "format" => {}
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                fits(root, target, value)?;
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                let is = |name: &Value| match name.as_str().unwrap() {
                    "null" => value.is_null(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "string" => value.is_string(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("{other}"),
                };
                if !types.iter().any(is) {
                    return wrong("type");
                }
            }
            "minimum" if value.as_f64().is_some_and(|n| n < rule.as_f64().unwrap()) => {
                return wrong("minimum");
            }
            "maximum" if value.as_f64().is_some_and(|n| n > rule.as_f64().unwrap()) => {
                return wrong("maximum");
            }
            "minimum" | "maximum" => {}
            "enum" if !rule.as_array().unwrap().contains(value) => return wrong("enum"),
            "enum" => {}
            "const" if rule != value => return wrong("const"),
            "const" => {}
            "anyOf" | "oneOf" => {
                if !rule.as_array().unwrap().iter().any(|schema| fits(root, schema, value).is_ok()) {
                    return wrong("none of them");
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(root, rule, item)?;
                }
            }
            "required" => {
                if let Some(missing) =
                    rule.as_array().unwrap().iter().find(|name| value.get(name.as_str().unwrap()).is_none())
                {
                    return wrong(&format!("{missing} is missing"));
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(root, schema, value)?;
                    }
                }
            }
            "additionalProperties" if rule.is_object() => {
                for value in value.as_object().unwrap().values() {
                    fits(root, rule, value)?;
                }
            }
            "additionalProperties" => {
                assert_eq!(*rule, json!(false));
                let known = schema["properties"].as_object().unwrap();
                if let Some(name) = value.as_object().unwrap().keys().find(|name| !known.contains_key(*name))
                {
                    return wrong(&format!("{name} is too much"));
                }
            }
            other => panic!("a schema says {other}, and this test does not know what that means"),
        }
    }
    Ok(())
}

/// Asks for things, and compares each answer with the description.
pub(super) struct Compared<'a> {
    pub(super) client: &'a Client,
    pub(super) description: Value,
    pub(super) asked: BTreeSet<String>,
}

impl Compared<'_> {
    pub(super) fn ask(&mut self, method: &str, template: &str, path: &str, body: Value) -> Value {
        let operation = self.description["paths"][template][method.to_lowercase()].clone();
        let media = |content: &Value| content["application/json"]["schema"].clone();
        if operation.get("requestBody").is_some() {
            let schema = media(&operation["requestBody"]["content"]);
            fits(&self.description, &schema, &body).unwrap();
        } else {
            assert!(body.is_null(), "{method} {template} takes no body");
        }
        let answer = ask(self.client, method, path, &body).unwrap();
        if answer.is_null() {
            assert!(operation["responses"]["204"].is_object(), "{method} {template}: {operation}");
        } else {
            let schema = media(&operation["responses"]["200"]["content"]);
            assert!(schema.is_object(), "{method} {template}: {operation}");
            fits(&self.description, &schema, &answer).unwrap();
        }
        self.asked.insert(format!("{method} {template}"));
        answer
    }

    /// The same below the module; `{module}` is the first word of the path that differs.
    pub(super) fn of(&mut self, method: &str, template: &str, rest: &str, body: Value) -> Value {
        self.ask(method, &format!("/v1/modules/{{module}}{template}"), &format!("{M}{rest}"), body)
    }
}
