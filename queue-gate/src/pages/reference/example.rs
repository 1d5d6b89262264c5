//! Examples: a value that a schema takes, and a call as one would type it.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::document::{Document, Operation, Parameter, Schema};

/// As deep as an example goes: nobody types more by hand.
const DEEP: u8 = 6;

/// A value that `schema` takes, with no more in it than must be.
pub(super) fn value(document: &Document, schema: &Schema, deep: u8) -> Value {
    let schema = document.schema(schema);
    if deep > DEEP {
        return Value::Null;
    }
    if let Some(first) = schema.only.as_ref().or(schema.examples.first()).or(schema.values.first()) {
        return first.clone();
    }
    if let Some(first) = schema.one_of.first().or(schema.any_of.first()) {
        return value(document, first, deep + 1);
    }
    match schema.kind.all().first().map(String::as_str) {
        Some("object") => {
            let needed = schema.required.iter().filter_map(|name| {
                let member = schema.properties.get(name)?;
                Some((name.clone(), value(document, member, deep + 1)))
            });
            let mut members: Map<_, _> = needed.collect();
            // Where nothing must be, one shows what may be.
            if let (true, Some((name, member))) = (members.is_empty(), schema.properties.0.first()) {
                members.insert(name.clone(), value(document, member, deep + 1));
            }
            members.into()
        }
        Some("array") => {
            let first = schema.items.as_deref().map(|item| value(document, item, deep + 1));
            first.into_iter().collect::<Vec<_>>().into()
        }
        Some("integer" | "number") => {
            schema.minimum.clone().filter(|least| *least != 0).unwrap_or_else(|| json!(1))
        }
        Some("boolean") => true.into(),
        Some("string") => text(schema).into(),
        _ => Value::Null,
    }
}

fn text(schema: &Schema) -> &'static str {
    match (schema.format.as_deref(), schema.pattern.as_deref()) {
        (Some("uuid"), _) => "01890000-0000-7000-8000-000000000000",
        (Some("date-time"), _) => "2030-06-01T18:00:00Z",
        (_, Some("^[A-Z]{3}$")) => "EUR",
        (_, Some("^[A-Z]{2}$")) => "DE",
        (_, Some(pattern)) if pattern.starts_with("^PT") => "PT5M",
        _ => "…",
    }
}

/// The call for a shell; `$GATE` is the gate, `$TOKEN` the token of a session.
pub(super) fn curl(document: &Document, (method, path): (&str, &str), call: &Operation) -> String {
    let parameters: Vec<_> = call.parameters.iter().map(|given| document.parameter(given)).collect();
    let needed = |place: &'static str| {
        parameters.iter().filter(move |parameter| parameter.place == place && parameter.required)
    };
    let mut address = path.replace('{', "$").replace('}', "");
    for (at, Parameter { name, schema, .. }) in needed("query").enumerate() {
        let sign = if at == 0 { '?' } else { '&' };
        let given = match value(document, schema, 0) {
            Value::String(text) if text != "…" => text,
            _ => format!("${name}"),
        };
        let _ = write!(address, "{sign}{name}={given}");
    }
    let mut text = String::from("curl");
    if method != "get" {
        let _ = write!(text, " -X {}", method.to_uppercase());
    }
    let _ = write!(text, " \"$GATE{address}\"");
    if !call.security.is_empty() {
        text.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    if parameters.iter().any(|parameter| parameter.name == "Idempotency-Key") {
        text.push_str(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"");
    }
    let json = call.request_body.as_ref().and_then(|body| body.content.get("application/json"));
    if let Some(media) = json {
        let body = value(document, &media.schema, 0).to_string().replace('\'', "'\\''");
        let _ = write!(text, " \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'");
    }
    text
}
