//! What the template shows: the document, already in words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{
    document::{Body, Document, Kinds, Media, More, Operation, Response, Schema, Tag, name_of},
    example,
};

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct View<'a> {
    title: &'a str,
    summary: &'a str,
    about: Vec<Piece<'a>>,
    calls: usize,
    groups: Vec<Group<'a>>,
    schemas: Vec<Row>,
    problems: Vec<Problems<'a>>,
}

/// Calls about one thing.
#[derive(Debug, Serialize)]
struct Group<'a> {
    id: String,
    name: &'a str,
    about: &'a str,
    calls: Vec<Call<'a>>,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    about: Vec<Piece<'a>>,
    who: Vec<Piece<'a>>,
    takes_session: bool,
    parameters: Vec<Place>,
    bodies: Vec<Shown>,
    answers: Vec<Answer<'a>>,
    refusals: Vec<&'a str>,
    problems: &'a [String],
    curl: String,
}

/// A piece of a sentence: words, or code.
#[derive(Debug, Serialize)]
struct Piece<'a> {
    text: &'a str,
    is_code: bool,
}

/// The parameters of one place: path, query or header.
#[derive(Debug, Serialize)]
struct Place {
    name: &'static str,
    rows: Vec<Row>,
}

/// What a body holds, of one media type.
#[derive(Debug, Serialize)]
struct Shown {
    media: String,
    is_required: bool,
    row: Row,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    status: &'a str,
    words: &'a str,
    headers: Vec<&'a str>,
    bodies: Vec<Shown>,
}

/// A member, and what is in it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    kind: Vec<Word>,
    is_required: bool,
    words: Option<String>,
    rows: Vec<Row>,
}

/// A piece of what something is: words, or the name of a schema.
#[derive(Clone, Debug, Serialize)]
struct Word {
    text: String,
    is_schema: bool,
}

/// The kinds of problem of one service.
#[derive(Debug, Serialize)]
struct Problems<'a> {
    service: &'a str,
    kinds: Vec<Problem<'a>>,
}

#[derive(Debug, Serialize)]
struct Problem<'a> {
    /// Absent where another service has the kind too, and shows it first.
    id: Option<String>,
    name: &'a str,
    status: u16,
    title: &'a str,
    mend: Vec<Piece<'a>>,
}

/// What there is to show of `document`.
pub(super) fn view<'a>(document: &'a Document) -> View<'a> {
    let calls = |tag: &str| {
        let paths = document.paths.0.iter();
        let all = paths
            .flat_map(|(path, methods)| methods.0.iter().map(move |(method, call)| (method, path, call)));
        let of_tag = all.filter(|(_, _, call)| call.tags.iter().any(|name| name == tag));
        of_tag.map(|(method, path, said)| call(document, (method.as_str(), path.as_str()), said)).collect()
    };
    let group = |tag: &'a Tag| Group {
        id: tag.name.to_lowercase().replace(' ', "-"),
        name: &tag.name,
        about: &tag.description,
        calls: calls(&tag.name),
    };
    let groups: Vec<_> = document.tags.iter().map(group).collect();
    View {
        title: &document.info.title,
        summary: &document.info.summary,
        about: pieces(&document.info.description),
        calls: groups.iter().map(|group| group.calls.len()).sum(),
        groups,
        schemas: document
            .components
            .schemas
            .0
            .iter()
            .map(|(name, schema)| row(name, schema, false))
            .collect(),
        problems: problems(document),
    }
}

fn call<'a>(document: &'a Document, at: (&str, &'a str), said: &'a Operation) -> Call<'a> {
    let parameters = ["path", "query", "header"].map(|name| {
        let all = said.parameters.iter().map(|given| document.parameter(given));
        let rows = all.filter(|parameter| parameter.place == name).map(|parameter| Row {
            words: parameter.description.clone(),
            ..row(&parameter.name, &parameter.schema, parameter.required)
        });
        Place { name, rows: rows.collect() }
    });
    let is_refusal = |status: &str| status.starts_with(['4', '5']);
    let answers = said.responses.0.iter().filter(|(status, _)| !is_refusal(status));
    Call {
        id: &said.id,
        method: at.0.to_uppercase(),
        path: at.1,
        summary: &said.summary,
        about: pieces(&said.description),
        who: pieces(&said.who),
        takes_session: !said.security.is_empty(),
        parameters: parameters.into_iter().filter(|place| !place.rows.is_empty()).collect(),
        bodies: said.request_body.iter().flat_map(bodies).collect(),
        answers: answers.map(|(status, given)| answer(status, document.response(given))).collect(),
        refusals: said
            .responses
            .0
            .iter()
            .map(|(status, _)| status.as_str())
            .filter(|status| is_refusal(status))
            .collect(),
        problems: &said.kinds,
        curl: example::curl(document, at, said),
    }
}

/// Words between which stands code, in `…`.
fn pieces(words: &str) -> Vec<Piece<'_>> {
    let parts = words.split('`').enumerate();
    parts
        .map(|(at, text)| Piece { text, is_code: at % 2 == 1 })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

fn bodies(body: &Body) -> impl Iterator<Item = Shown> {
    body.content.0.iter().map(|media| Shown { is_required: body.required, ..shown(media) })
}

fn shown((media, Media { schema }): &(String, Media)) -> Shown {
    Shown { media: media.clone(), is_required: false, row: row("", schema, false) }
}

fn answer<'a>(status: &'a str, said: &'a Response) -> Answer<'a> {
    Answer {
        status,
        words: &said.description,
        headers: said.headers.0.iter().map(|(name, _)| name.as_str()).collect(),
        bodies: said.content.0.iter().map(shown).collect(),
    }
}

/// A schema as a row: what it is, and its members under it.
fn row(name: &str, schema: &Schema, is_required: bool) -> Row {
    let (kind, inner) = kind(schema);
    Row { name: name.to_owned(), kind, is_required, words: schema.description.clone(), rows: rows(inner) }
}

/// The members, or the ways to be.
fn rows(schema: &Schema) -> Vec<Row> {
    let member = |(name, member): &(String, Schema)| row(name, member, schema.required.contains(name));
    let mut rows: Vec<_> = schema.properties.0.iter().map(member).collect();
    let ways: Vec<_> = ways(schema).iter().filter(|way| !is_null(way)).collect();
    if ways.iter().any(|way| way.reference.is_none()) {
        rows.extend(ways.into_iter().map(|way| row("", way, false)));
    }
    rows.extend(schema.prefix_items.iter().map(|item| row("", item, true)));
    match &schema.additional_properties {
        More::Of(more) => rows.push(row("…", more, false)),
        More::Any(true) => rows.push(row("…", &Schema::default(), false)),
        More::Any(false) => {}
    }
    rows
}

/// Of which it is one.
fn ways(schema: &Schema) -> &[Schema] {
    if schema.any_of.is_empty() { &schema.one_of } else { &schema.any_of }
}

fn is_null(schema: &Schema) -> bool {
    matches!(&schema.kind, Kinds::One(kind) if kind == "null")
}

fn word(text: impl Into<String>) -> Vec<Word> {
    vec![Word { text: text.into(), is_schema: false }]
}

/// What a schema is, in words, and the schema whose members it shows: of a list, that of what is in it.
fn kind(schema: &Schema) -> (Vec<Word>, &Schema) {
    if let Some(reference) = &schema.reference {
        return (vec![Word { text: name_of(reference).to_owned(), is_schema: true }], schema);
    }
    if let Some(only) = &schema.only {
        return (word(said(only)), schema);
    }
    if !schema.values.is_empty() {
        return (word(schema.values.iter().map(said).collect::<Vec<_>>().join(" | ")), schema);
    }
    if let Some(items) = &schema.items {
        let (of, inner) = kind(items);
        let or_null = if schema.kind.all().len() > 1 { ", or null" } else { "" };
        let end = word(bounds(schema.min_items, schema.max_items) + or_null);
        return ([word("list of "), of, end].concat(), inner);
    }
    let ways = ways(schema);
    if ways.iter().any(|way| way.reference.is_none() && !is_null(way)) {
        return (word("one of"), schema);
    }
    if !ways.is_empty() {
        let kinds: Vec<_> = ways.iter().map(|way| kind(way).0).collect();
        return (kinds.join(&word(" or ")[0]), schema);
    }
    (word(plain(schema)), schema)
}

/// What a schema without a name is, with its bounds.
fn plain(schema: &Schema) -> String {
    let kinds = schema.kind.all().join(" or ");
    let mut words = match (&schema.format, kinds.is_empty()) {
        (Some(format), _) => kinds.replacen("string", format, 1),
        (None, true) => "anything".to_owned(),
        (None, false) => kinds,
    };
    words += &bounds(schema.min_length, schema.max_length);
    words += &bounds(schema.minimum.as_ref(), schema.maximum.as_ref());
    if let Some(pattern) = &schema.pattern {
        words = format!("{words} {pattern}");
    }
    words
}

fn bounds<T: ToString>(least: Option<T>, most: Option<T>) -> String {
    match (least.map(|least| least.to_string()), most.map(|most| most.to_string())) {
        (Some(least), Some(most)) => format!(" ({least} to {most})"),
        (Some(least), None) => format!(" (from {least})"),
        (None, Some(most)) => format!(" (up to {most})"),
        (None, None) => String::new(),
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        value => value.to_string(),
    }
}

/// The kinds, each with the service that answers it.
fn problems(document: &Document) -> Vec<Problems<'_>> {
    let mut shown = BTreeSet::new();
    let mut all: Vec<Problems<'_>> = Vec::new();
    for kind in &document.problems {
        let name = name_of(&kind.uri);
        let id = shown.insert(name).then(|| format!("problem-{name}"));
        let problem = Problem { id, name, status: kind.status, title: &kind.title, mend: pieces(&kind.mend) };
        match all.last_mut().filter(|last| last.service == kind.service) {
            Some(last) => last.kinds.push(problem),
            None => all.push(Problems { service: &kind.service, kinds: vec![problem] }),
        }
    }
    all
}
