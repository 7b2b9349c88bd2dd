//! The values of the control interface as types of Python, made of its OpenAPI description.

use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt::Write};

const HEAD: &str = "\
\"\"\"The values of the control interface (docs/control.md), made of its description by `cargo xtask codegen`.\"\"\"

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict
";

/// Where a description has its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// The module `modemtwin.values`: whatever answers have in them.
pub(crate) fn values() -> Result<String, String> {
    let description = control::document();
    let schemas = description["components"]["schemas"].as_object().ok_or("there are no schemas")?;
    let mut wanted = BTreeSet::new();
    for operation in description["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, path)| path.as_object().into_iter().flatten().map(|(_, operation)| operation))
    {
        reach(&operation["responses"], schemas, &mut wanted);
    }
    let mut text = String::from(HEAD);
    for name in wanted {
        let schema = &schemas[name];
        let about = schema["description"].as_str().unwrap_or_default();
        // Writing to a string cannot fail, here and below.
        if let Some(properties) = schema["properties"].as_object() {
            let _ = write!(text, "\n\nclass {name}(TypedDict):\n    \"\"\"{about}\"\"\"\n");
            for (name, property) in properties {
                let _ = writeln!(text, "    {name}: {}", kind(property)?);
                if let Some(about) = property["description"].as_str() {
                    let _ = writeln!(text, "    \"\"\"{about}\"\"\"");
                }
            }
        } else {
            let words = words(schema).iter().map(|word| format!("{word:?}")).collect::<Vec<_>>();
            let _ = write!(text, "\n\n{name} = Literal[{}]\n\"\"\"{about}\"\"\"\n", words.join(", "));
        }
    }
    Ok(text)
}

/// Collects the names of what a part of the description refers to.
fn reach<'a>(part: &'a Value, schemas: &'a Map<String, Value>, wanted: &mut BTreeSet<&'a str>) {
    match part {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(|target| target.as_str()?.strip_prefix(SCHEMAS));
            if let Some((name, schema)) = name.and_then(|name| Some((name, schemas.get(name)?)))
                && wanted.insert(name)
            {
                reach(schema, schemas, wanted);
            }
            members.values().for_each(|member| reach(member, schemas, wanted));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(item, schemas, wanted)),
        _ => {}
    }
}

/// The type of a property.
fn kind(schema: &Value) -> Result<String, String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.strip_prefix(SCHEMAS)) {
        return Ok(name.into());
    }
    let choices: Vec<Value> = match (schema["anyOf"].as_array(), &schema["type"]) {
        (Some(choices), _) => choices.clone(),
        (None, Value::Array(types)) => types
            .iter()
            .map(|name| {
                let mut one = schema.clone();
                one["type"] = name.clone();
                one
            })
            .collect(),
        (None, _) => vec![schema.clone()],
    };
    match &choices[..] {
        [one, null] if null["type"] == "null" => Ok(format!("Optional[{}]", kind(one)?)),
        [one] => match one["type"].as_str() {
            Some("string") => Ok("str".into()),
            Some("integer") => Ok("int".into()),
            Some("number") => Ok("float".into()),
            Some("boolean") => Ok("bool".into()),
            Some("array") => Ok(format!("List[{}]", kind(&one["items"])?)),
            Some("object") => Ok(format!("Dict[str, {}]", kind(&one["additionalProperties"])?)),
            _ => Err(format!("python: what is {schema}?")),
        },
        _ => Err(format!("python: what is {schema}?")),
    }
}

/// The words that a value may be.
fn words(schema: &Value) -> Vec<&str> {
    let own = schema["enum"].as_array().into_iter().flatten().chain([&schema["const"]]);
    let others = schema["oneOf"].as_array().into_iter().flatten().flat_map(words);
    own.filter_map(Value::as_str).chain(others).collect()
}
