//! Writes a schema as the documents are written: a line for what fits on one.

use anyhow::{Context, Result};
use serde_yaml_ng::Value;

/// The longest line.
const WIDTH: usize = 150;

/// How far the schemas of a document are indented.
const INDENT: usize = 4;

/// `text` with `schema` in the place of the one called `name`.
pub(super) fn replaced(text: &str, name: &str, schema: &Value) -> Result<String> {
    let lines: Vec<_> = text.lines().collect();
    let schemas = lines.iter().position(|line| *line == "  schemas:").context("there are no schemas")?;
    let head = format!("{}{name}:", " ".repeat(INDENT));
    let begins =
        |line: &&str| line.strip_prefix(&head).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let from = lines.iter().skip(schemas).position(begins).context("it is not there")? + schemas;
    let deeper = " ".repeat(INDENT + 1);
    let more = lines[from + 1..].iter().take_while(|line| line.starts_with(&deeper)).count();
    let mut all: Vec<String> = lines[..from].iter().map(|line| (*line).to_owned()).collect();
    all.extend(entry(name, schema, INDENT));
    all.extend(lines[from + 1 + more..].iter().map(|line| (*line).to_owned()));
    Ok(all.join("\n") + "\n")
}

/// `name: value`, on one line where it fits.
fn entry(name: &str, value: &Value, indent: usize) -> Vec<String> {
    let head = format!("{}{}:", " ".repeat(indent), scalar(name));
    let line = format!("{head} {}", flow(value));
    let is_short = line.len() <= WIDTH;
    match value {
        Value::Mapping(members) if !is_short && !members.is_empty() => {
            let members = members.iter().flat_map(|(name, member)| entry(text(name), member, indent + 2));
            [head].into_iter().chain(members).collect()
        }
        Value::Sequence(items) if !is_short && !items.is_empty() => {
            [head].into_iter().chain(items.iter().flat_map(|one| item(one, indent + 2))).collect()
        }
        _ => vec![line],
    }
}

fn item(value: &Value, indent: usize) -> Vec<String> {
    let mark = format!("{}- ", " ".repeat(indent));
    let line = format!("{mark}{}", flow(value));
    match value {
        Value::Mapping(members) if line.len() > WIDTH => {
            let members = members.iter().flat_map(|(name, member)| entry(text(name), member, indent + 2));
            let mut lines: Vec<_> = members.collect();
            if let Some(first) = lines.first_mut() {
                *first = mark + first.trim_start();
            }
            lines
        }
        _ => vec![line],
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn flow(value: &Value) -> String {
    match value {
        Value::Mapping(members) => {
            let members =
                members.iter().map(|(name, member)| format!("{}: {}", scalar(text(name)), flow(member)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}

/// A text as it stands, or between quotes where YAML would take it for something else.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 8] = ["null", "true", "false", "yes", "no", "on", "off", "y"];
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$' || first == '/');
    let is_plain = text.chars().all(|char| char.is_ascii_alphanumeric() || "$_ ./()-".contains(char));
    if begins && is_plain && !text.ends_with(' ') && !WORDS.contains(&text.to_lowercase().as_str()) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_written_in_the_place_of_the_one_before_and_reads_as_it_was() {
        let words = "Of many words, so that it does not fit on a line: ".repeat(4);
        let long = format!(
            "{{type: object, properties: {{a: {{type: string, description: '{words}'}}, 'no': {{enum: [x, null]}}}}}}"
        );
        let schema: Value = serde_yaml_ng::from_str(&long).unwrap();
        let before = "components:\n  schemas:\n    Aa:\n      type: object\n    A: {type: string}\n    B: {type: integer}\n";
        let after = replaced(before, "A", &schema).unwrap();
        let read: Value = serde_yaml_ng::from_str(&after).unwrap();
        assert_eq!(read["components"]["schemas"]["A"], schema);
        assert!(
            after.ends_with("    B: {type: integer}\n")
                && after.contains("    Aa:\n      type: object\n    A:\n"),
            "{after}"
        );
        assert!(replaced(before, "C", &schema).is_err());
    }
}
