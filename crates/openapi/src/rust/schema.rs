//! A schema out of a type.

use anyhow::{Context, Result, bail};
use serde_yaml_ng::{Mapping, Value};
use syn::{Field, Fields, GenericArgument, Item, ItemEnum, PathArguments, Type, TypePath, Variant};

use super::{
    MARK,
    attribute::{Serde, words},
    index::Index,
};

/// What is written as a text, by code of its own or of others.
const TEXTS: [&str; 7] = ["Colour", "ContentId", "Currency", "IpNet", "PlaceId", "String", "str"];

/// Makes schemas.
pub(super) struct Maker<'a> {
    pub(super) index: &'a Index,
    /// Types that have a schema of their own: file and name of the type, and the name of the schema.
    pub(super) named: Vec<((&'a str, &'a str), &'a str)>,
}

/// The members of an object while they are gathered.
#[derive(Default)]
struct Members {
    properties: Mapping,
    required: Vec<Value>,
    /// Objects of which one lies flat among the members.
    ways: Vec<Value>,
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Mapping(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn of_kind(kind: &str) -> Value {
    map([("type", kind.into())])
}

fn format(format: &str) -> Value {
    map([("type", "string".into()), ("format", format.into())])
}

fn list(items: Value) -> Value {
    map([("type", "array".into()), ("items", items)])
}

fn any_of(ways: Vec<Value>) -> Value {
    map([("anyOf", Value::Sequence(ways))])
}

/// `schema` with words, behind what it is and before what it bounds.
fn described(schema: Value, words: &str) -> Value {
    let Value::Mapping(members) = schema else { return schema };
    if words.is_empty() {
        return Value::Mapping(members);
    }
    let is_first = |name: &Value| name == "type" || name == "format";
    let (first, rest): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| is_first(name));
    let words = ("description".into(), words.into());
    Value::Mapping(first.into_iter().chain([words]).chain(rest).collect())
}

/// What a schema allows, or nothing.
fn nullable(mut schema: Value) -> Value {
    let null = || Value::from("null");
    let kind = schema.get("type").and_then(Value::as_str).map(str::to_owned);
    match kind {
        None if schema.as_mapping().is_some_and(Mapping::is_empty) => schema,
        Some(kind) => {
            schema["type"] = Value::Sequence(vec![kind.into(), null()]);
            if let Some(values) = schema.get_mut("enum").and_then(Value::as_sequence_mut) {
                values.push(Value::Null);
            }
            schema
        }
        None => any_of(vec![schema, map([("type", null())])]),
    }
}

impl Members {
    fn schema(self) -> Value {
        let Self { properties, required, ways } = self;
        if ways.is_empty() {
            return object(properties, required);
        }
        let merged = ways.into_iter().map(|way| {
            let (mut properties, mut required) = (properties.clone(), required.clone());
            properties.extend(way["properties"].as_mapping().cloned().unwrap_or_default());
            required.extend(way["required"].as_sequence().cloned().unwrap_or_default());
            object(properties, required)
        });
        any_of(merged.collect())
    }
}

fn object(properties: Mapping, required: Vec<Value>) -> Value {
    let mut schema = map([("type", "object".into()), ("properties", properties.into())]);
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

impl Maker<'_> {
    /// The schema that a document marks as made out of this type.
    pub(super) fn of_mark(&self, mark: &str) -> Result<Value> {
        let at = self.index.at(mark)?;
        let item = &self.index.get(at).context("it is there")?.item;
        let attributes = match item {
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            _ => bail!("neither struct nor enum"),
        };
        let mut schema = described(self.of_item(at)?, &words(attributes).replace(", as JSON", ""));
        schema[MARK] = mark.into();
        Ok(schema)
    }

    fn of_item(&self, at: (&str, &str)) -> Result<Value> {
        let item = &self.index.get(at).with_context(|| format!("{at:?} is not there"))?.item;
        let attributes = match item {
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            _ => bail!("{at:?} is neither struct nor enum"),
        };
        let said = Serde::of(attributes)?;
        if let Some(into) = &said.into {
            return self.of_type(at.0, &syn::parse_str(into)?);
        }
        match item {
            Item::Struct(item) => self.of_fields(at.0, &item.fields, said.rename_all.as_deref()),
            Item::Enum(item) => self.of_enum(at.0, item),
            _ => bail!("{at:?} is neither struct nor enum"),
        }
    }

    fn of_fields(&self, file: &str, fields: &Fields, rule: Option<&str>) -> Result<Value> {
        match fields {
            Fields::Named(fields) => Ok(self.members(file, fields.named.iter(), rule)?.schema()),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => self.of_type(file, &fields.unnamed[0].ty),
            Fields::Unnamed(fields) => self.tuple(file, fields.unnamed.iter().map(|field| &field.ty)),
            Fields::Unit => Ok(of_kind("null")),
        }
    }

    fn members<'f>(
        &self,
        file: &str,
        fields: impl Iterator<Item = &'f Field>,
        rule: Option<&str>,
    ) -> Result<Members> {
        let mut members = Members::default();
        for field in fields {
            let said = Serde::of(&field.attrs)?;
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            if said.is_skipped {
                continue;
            }
            if said.is_flat {
                self.flatten(file, &field.ty, &mut members)?;
                continue;
            }
            let inner = if said.may_be_skipped { optional(&field.ty) } else { None };
            let schema = self.of_type(file, inner.unwrap_or(&field.ty)).with_context(|| name.clone())?;
            let name: Value = said.rename.unwrap_or_else(|| Serde::member(&name, rule)).into();
            if !said.may_be_skipped {
                members.required.push(name.clone());
            }
            members.properties.insert(name, described(schema, &words(&field.attrs)));
        }
        Ok(members)
    }

    fn flatten(&self, file: &str, of: &Type, members: &mut Members) -> Result<()> {
        let (of, may_be_away) = optional(of).map_or((of, false), |of| (of, true));
        let Type::Path(of) = of else { bail!("only a type with a name lies flat") };
        let schema = self.of_item(self.index.meant(file, &path(of))?)?;
        if let Some(ways) = schema.get("anyOf").and_then(Value::as_sequence) {
            members.ways.extend(ways.iter().cloned());
            return Ok(());
        }
        members.properties.extend(schema["properties"].as_mapping().cloned().unwrap_or_default());
        if !may_be_away {
            members.required.extend(schema["required"].as_sequence().cloned().unwrap_or_default());
        }
        Ok(())
    }

    fn of_enum(&self, file: &str, item: &ItemEnum) -> Result<Value> {
        let said = Serde::of(&item.attrs)?;
        let (mut names, mut ways) = (Vec::new(), Vec::new());
        for variant in &item.variants {
            let own = Serde::of(&variant.attrs)?;
            let name = own
                .rename
                .clone()
                .unwrap_or_else(|| Serde::variant(&variant.ident.to_string(), said.rename_all.as_deref()));
            match (&variant.fields, &said.tag) {
                (Fields::Unit, None) => names.push(name.into()),
                (Fields::Unit, Some(tag)) => ways.push(tagged(tag, name, None)),
                _ => ways.push(self.of_variant(file, variant, name, &said)?),
            }
        }
        if !names.is_empty() {
            ways.insert(0, map([("type", "string".into()), ("enum", Value::Sequence(names))]));
        }
        Ok(if ways.len() == 1 { ways.remove(0) } else { any_of(ways) })
    }

    fn of_variant(&self, file: &str, variant: &Variant, name: String, said: &Serde) -> Result<Value> {
        let own = Serde::of(&variant.attrs)?;
        let rule = own.rename_all.as_deref().or(said.rename_all_fields.as_deref());
        let inner = self.of_fields(file, &variant.fields, rule)?;
        Ok(match (&said.tag, &said.content, said.is_untagged) {
            (_, _, true) => inner,
            (Some(tag), Some(content), _) => tagged(tag, name, Some((content.as_str(), inner))),
            (Some(tag), None, _) => {
                let mut schema = tagged(tag, name, None);
                let mut add = |part: &str| match (&mut schema[part], &inner[part]) {
                    (Value::Mapping(all), Value::Mapping(more)) => all.extend(more.clone()),
                    (Value::Sequence(all), Value::Sequence(more)) => all.extend(more.clone()),
                    _ => {}
                };
                add("properties");
                add("required");
                schema
            }
            (None, ..) => {
                let name = Value::from(name);
                object([(name.clone(), inner)].into_iter().collect(), vec![name])
            }
        })
    }

    fn tuple<'t>(&self, file: &str, types: impl Iterator<Item = &'t Type>) -> Result<Value> {
        let items = types.map(|one| self.of_type(file, one)).collect::<Result<Vec<_>>>()?;
        let count = Value::from(items.len());
        // Parts that are all alike are told once, which older readers of schemas understand too.
        let items = match items.split_first() {
            Some((first, rest)) if rest.iter().all(|part| part == first) => ("items", first.clone()),
            _ => ("prefixItems", Value::Sequence(items)),
        };
        Ok(map([("type", "array".into()), items, ("minItems", count.clone()), ("maxItems", count)]))
    }

    fn of_type(&self, file: &str, of: &Type) -> Result<Value> {
        match of {
            Type::Reference(of) => self.of_type(file, &of.elem),
            Type::Paren(of) => self.of_type(file, &of.elem),
            Type::Group(of) => self.of_type(file, &of.elem),
            Type::Array(of) => Ok(list(self.of_type(file, &of.elem)?)),
            Type::Slice(of) => Ok(list(self.of_type(file, &of.elem)?)),
            Type::Tuple(of) => self.tuple(file, of.elems.iter()),
            Type::Path(of) => self.of_path(file, of),
            _ => bail!("a type that is not understood"),
        }
    }

    fn of_path(&self, file: &str, of: &TypePath) -> Result<Value> {
        let inside = arguments(of);
        let inner = |at: usize| self.of_type(file, inside.get(at).context("it lacks a type")?);
        let path = path(of);
        let name = path.last().map(String::as_str).unwrap_or_default();
        Ok(match name {
            "Option" => nullable(inner(0)?),
            "Vec" | "VecDeque" | "BTreeSet" | "HashSet" => list(inner(0)?),
            "Box" | "Arc" | "Cow" => inner(inside.len().saturating_sub(1))?,
            "BTreeMap" | "HashMap" => map([("type", "object".into()), ("additionalProperties", inner(1)?)]),
            "bool" => of_kind("boolean"),
            "f32" | "f64" => of_kind("number"),
            "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => of_kind("integer"),
            "DateTime" => format("date-time"),
            "NaiveDate" => format("date"),
            "Uuid" => format("uuid"),
            // What it is depends on what it is about.
            "Value" | "RawValue" => Value::Mapping(Mapping::new()),
            "Map" => map([("type", "object".into()), ("additionalProperties", true.into())]),
            "Money" => map([("$ref", "#/components/schemas/Money".into())]),
            name if TEXTS.contains(&name) || self.index.texts.contains(name) => of_kind("string"),
            name if self.index.uuids.contains(name) => format("uuid"),
            _ => {
                let at = self.index.meant(file, &path)?;
                match self.named.iter().find(|(of, _)| *of == at) {
                    Some((_, schema)) => map([("$ref", format!("#/components/schemas/{schema}").into())]),
                    None => self.of_item(at)?,
                }
            }
        })
    }
}

/// An object that says what it is, and what that holds.
fn tagged(tag: &str, name: String, content: Option<(&str, Value)>) -> Value {
    let (mut properties, mut required) = (Mapping::new(), vec![Value::from(tag)]);
    properties.insert(tag.into(), map([("const", name.into())]));
    if let Some((name, schema)) = content {
        properties.insert(name.into(), schema);
        required.push(name.into());
    }
    object(properties, required)
}

fn path(of: &TypePath) -> Vec<String> {
    of.path.segments.iter().map(|part| part.ident.to_string()).collect()
}

/// The types between the angle brackets.
fn arguments(of: &TypePath) -> Vec<&Type> {
    let Some(PathArguments::AngleBracketed(inside)) = of.path.segments.last().map(|last| &last.arguments)
    else {
        return Vec::new();
    };
    let types = inside.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    types.collect()
}

/// What is inside an `Option`.
fn optional(of: &Type) -> Option<&Type> {
    let Type::Path(of) = of else { return None };
    let is_option = of.path.segments.last().is_some_and(|last| last.ident == "Option");
    arguments(of).into_iter().next().filter(|_| is_option)
}
