//! The types of the client in `web/client`, out of the joined document.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result, bail};
use serde_yaml_ng::Value;

use crate::document::calls;

const HEAD: &str =
    "// Made by `cargo xtask openapi` out of docs/openapi/usher.json: change that, not this.\n";

/// The header under which a call is known when it is sent again.
const KEY: &str = "Idempotency-Key";

/// The text of `schema.ts`.
///
/// # Errors
/// When the document says something that has no type here.
pub fn types(document: &Value) -> Result<String> {
    let mut text = HEAD.to_owned();
    write!(
        text,
        "\n/** A kind of problem: the end of its `type`. Others may come. */\nexport type ProblemKind ="
    )?;
    let mut names = BTreeSet::new();
    for kind in list(&document["x-problem-types"]) {
        names.insert(kind["type"].as_str().context("a kind has a type")?.trim_start_matches("/problems/"));
    }
    for name in names {
        write!(text, "\n  | '{name}'")?;
    }
    text.push_str("\n  | (string & {});\n");
    for (name, schema) in document["components"]["schemas"].as_mapping().into_iter().flatten() {
        let name = name.as_str().context("a schema has a name")?;
        comment(&mut text, "", &schema["description"])?;
        writeln!(text, "export type {name} = {};", of(schema, "")?)?;
    }
    text.push_str("\n/** Every call: what goes into its path, its query, its headers and its body, and what it answers. */\nexport interface Calls {\n");
    let mut keyed = Vec::new();
    for (method, path, call) in calls(document) {
        comment(&mut text, "  ", &call["summary"])?;
        writeln!(text, "  '{method} {path}': {{")?;
        let parameters = parameters(document, call)?;
        for place in ["path", "query", "header"] {
            let inside: Vec<_> =
                parameters.iter().copied().filter(|parameter| parameter["in"] == place).collect();
            writeln!(text, "    {place}: {};", members(&inside)?)?;
            if inside.iter().any(|parameter| parameter["name"] == KEY) {
                keyed.push(format!("{method} {path}"));
            }
        }
        writeln!(text, "    body: {};", body(call)?)?;
        writeln!(text, "    answer: {};\n  }};", answer(document, call)?)?;
    }
    text.push_str("}\n\n/** The calls that may be sent twice under one `Idempotency-Key`. */\nexport const KEYED: ReadonlySet<string> = new Set<keyof Calls>([\n");
    for call in keyed {
        writeln!(text, "  '{call}',")?;
    }
    text.push_str("]);\n");
    Ok(text)
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn comment(text: &mut String, indent: &str, words: &Value) -> Result<()> {
    if let Some(words) = words.as_str() {
        writeln!(
            text,
            "{indent}/** {} */",
            words.replace("*/", "* /").split_whitespace().collect::<Vec<_>>().join(" ")
        )?;
    }
    Ok(())
}

/// What a reference of the document leads to, or the thing itself.
fn resolved<'a>(document: &'a Value, said: &'a Value) -> Result<&'a Value> {
    let Some(reference) = said["$ref"].as_str() else { return Ok(said) };
    let mut at = document;
    for part in reference.trim_start_matches("#/").split('/') {
        at = at.get(part).with_context(|| format!("{reference} leads nowhere"))?;
    }
    Ok(at)
}

fn parameters<'a>(document: &'a Value, call: &'a Value) -> Result<Vec<&'a Value>> {
    list(&call["parameters"]).iter().map(|parameter| resolved(document, parameter)).collect()
}

fn members(parameters: &[&Value]) -> Result<String> {
    let mut text = String::from("{");
    for parameter in parameters {
        let name = parameter["name"].as_str().context("a parameter has a name")?;
        let mark = if parameter["required"] == true { "" } else { "?" };
        write!(text, " {}{mark}: {};", key(name), of(&parameter["schema"], "    ")?)?;
    }
    Ok(text + if parameters.is_empty() { "}" } else { " }" })
}

fn body(call: &Value) -> Result<String> {
    let body = &call["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    let none = if body["required"] == true { "" } else { "undefined" };
    let kinds = match (body.is_null(), schema.is_null()) {
        (true, _) => String::new(),
        (false, true) => "string".to_owned(),
        (false, false) => of(schema, "    ")?,
    };
    Ok([kinds.as_str(), none].into_iter().filter(|kind| !kind.is_empty()).collect::<Vec<_>>().join(" | "))
}

/// What comes back when it went well: JSON where there is any, else text or bytes, else nothing.
fn answer(document: &Value, call: &Value) -> Result<String> {
    let mut kinds = Vec::new();
    for (status, response) in call["responses"].as_mapping().into_iter().flatten() {
        if !status.as_str().is_some_and(|status| status.starts_with('2')) {
            continue;
        }
        let content = &resolved(document, response)?["content"];
        let first = content.as_mapping().and_then(|media| media.iter().next()).map(|(media, _)| media);
        let kind = match (&content["application/json"], first.and_then(Value::as_str)) {
            (json, _) if !json.is_null() => of(&json["schema"], "    ")?,
            (_, Some(media)) if media.starts_with("text/") || media == "image/svg+xml" => "string".to_owned(),
            (_, Some(_)) => "ArrayBuffer".to_owned(),
            (_, None) => "undefined".to_owned(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(if kinds.is_empty() { "undefined".to_owned() } else { kinds.join(" | ") })
}

/// A name as a member is written.
fn key(name: &str) -> String {
    let plain = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    if plain { name.to_owned() } else { format!("'{name}'") }
}

fn literal(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))),
        value => Ok(serde_json::to_string(value)?),
    }
}

/// The type of a schema, written behind `indent`.
fn of(schema: &Value, indent: &str) -> Result<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return Ok(reference.rsplit('/').next().unwrap_or_default().to_owned());
    }
    if let Some(value) = schema.get("const") {
        return literal(value);
    }
    if let Some(values) = schema["enum"].as_sequence() {
        return Ok(values.iter().map(literal).collect::<Result<Vec<_>>>()?.join(" | "));
    }
    for (keyword, sign) in [("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")] {
        if let Some(parts) = schema[keyword].as_sequence() {
            let parts: Vec<_> = parts.iter().map(|part| of(part, indent)).collect::<Result<_>>()?;
            return Ok(if sign == " & " {
                parts.iter().map(|part| grouped(part)).collect::<Vec<_>>().join(sign)
            } else {
                parts.join(sign)
            });
        }
    }
    match &schema["type"] {
        Value::Sequence(kinds) => {
            let kinds = kinds.iter().map(|kind| plain(schema, kind, indent));
            Ok(kinds.collect::<Result<Vec<_>>>()?.join(" | "))
        }
        Value::Null if schema.get("properties").is_some() => object(schema, indent),
        Value::Null => Ok("unknown".to_owned()),
        kind => plain(schema, kind, indent),
    }
}

fn plain(schema: &Value, kind: &Value, indent: &str) -> Result<String> {
    Ok(match kind.as_str().unwrap_or_default() {
        "string" => "string".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "boolean" => "boolean".to_owned(),
        "null" => "null".to_owned(),
        "array" => match schema["prefixItems"].as_sequence() {
            Some(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| of(part, indent)).collect::<Result<_>>()?;
                format!("[{}]", parts.join(", "))
            }
            None => format!("{}[]", grouped(&of(&schema["items"], indent)?)),
        },
        "object" => object(schema, indent)?,
        other => bail!("a schema is of the type {other:?}"),
    })
}

fn grouped(kind: &str) -> String {
    if kind.contains(" | ") { format!("({kind})") } else { kind.to_owned() }
}

fn object(schema: &Value, indent: &str) -> Result<String> {
    let deeper = format!("{indent}  ");
    let mut text = String::from("{\n");
    let required = list(&schema["required"]);
    for (name, member) in schema["properties"].as_mapping().into_iter().flatten() {
        comment(&mut text, &deeper, &member["description"])?;
        let mark = if required.contains(name) { "" } else { "?" };
        let name = key(name.as_str().context("a member has a name")?);
        writeln!(text, "{deeper}{name}{mark}: {};", of(member, &deeper)?)?;
    }
    let more = &schema["additionalProperties"];
    let is_empty = text == "{\n";
    match more {
        Value::Mapping(_) => writeln!(text, "{deeper}[name: string]: {};", of(more, &deeper)?)?,
        Value::Bool(true) => writeln!(text, "{deeper}[name: string]: unknown;")?,
        _ if is_empty => return Ok("Record<string, never>".to_owned()),
        _ => {}
    }
    write!(text, "{indent}}}")?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(schema: &str) -> String {
        of(&serde_yaml_ng::from_str(schema).unwrap(), "").unwrap()
    }

    #[test]
    fn a_schema_is_written_as_a_type() {
        assert_eq!(written("{type: [string, 'null']}"), "string | null");
        assert_eq!(written("{type: array, items: {enum: [a, 1]}}"), "('a' | 1)[]");
        assert_eq!(
            written("{type: array, prefixItems: [{type: string}, {type: integer}]}"),
            "[string, number]"
        );
        assert_eq!(written("{$ref: '#/components/schemas/Room'}"), "Room");
        assert_eq!(
            written("{allOf: [{$ref: '#/c/A'}, {type: object, properties: {x-y: {type: boolean}}}]}"),
            "A & {\n  'x-y'?: boolean;\n}"
        );
        assert_eq!(
            written("{type: object, properties: {a: {type: number}}, required: [a]}"),
            "{\n  a: number;\n}"
        );
        assert_eq!(written("{type: object}"), "Record<string, never>");
        assert!(of(&serde_yaml_ng::from_str("{type: strnig}").unwrap(), "").is_err());
    }
}
