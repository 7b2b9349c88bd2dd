//! The OpenAPI description, made of the table of routes and the types of their values.

use crate::{
    api::Problem,
    routes::{Content, PARAMETERS, ROUTES, Route},
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Where schemas lie in a description.
const SCHEMAS: &str = "/components/schemas";

/// The description, as `/openapi.json` serves it.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<Problem>();
    let mut paths = Map::new();
    for route in ROUTES {
        let mut operation = operation(route, &mut generator);
        operation["responses"]["default"] = json!({
            "description": "It did not go well",
            "content": {"application/problem+json": {"schema": problem}},
        });
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.to_ascii_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "modemtwin control interface",
            "description": "Running modules: see inside, break on purpose, drive. Every request needs the token.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let in_path = PARAMETERS.iter().filter(|(name, _)| route.path.contains(&format!("{{{name}}}")));
    let in_path = in_path.map(|(name, text)| parameter("path", true, name, text));
    let in_query = route.query.iter().map(|(name, text)| parameter("query", false, name, text));
    let (status, answer) = match route.answer {
        Content::Nothing => ("204", "It is done"),
        _ => ("200", "What was asked for"),
    };
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": {status: {"description": answer}},
    });
    if let Some(content) = content(&route.answer, generator) {
        operation["responses"][status]["content"] = content;
    }
    if let Some(content) = content(&route.body, generator) {
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

fn parameter(place: &str, is_required: bool, name: &str, text: &str) -> Value {
    json!({"name": name, "in": place, "required": is_required, "description": text, "schema": {"type": "string"}})
}

fn content(content: &Content, generator: &mut SchemaGenerator) -> Option<Value> {
    Some(match content {
        Content::Nothing => return None,
        Content::Json(schema) => json!({"application/json": {"schema": schema(generator)}}),
        Content::AnyJson => json!({"application/json": {"schema": {"type": "object"}}}),
        Content::Bytes => {
            json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})
        }
        Content::Events => json!({"text/event-stream": {"schema": {"type": "string"}}}),
    })
}
