//! An OpenAPI document, as far as the reference shows it. Members stay in their order, which is that of whoever wrote them.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::Value;

/// A map in its own order.
#[derive(Clone, Debug)]
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pairs<T> {
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(InOrder(PhantomData))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) info: Info,
    pub(super) tags: Vec<Tag>,
    pub(super) paths: Pairs<Pairs<Operation>>,
    pub(super) components: Components,
    #[serde(rename = "x-problem-types")]
    pub(super) problems: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) description: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) description: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Components {
    pub(super) parameters: Pairs<Parameter>,
    pub(super) responses: Pairs<Response>,
    pub(super) schemas: Pairs<Schema>,
}

/// A kind of problem.
#[derive(Debug, Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub(super) uri: String,
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) mend: String,
    pub(super) service: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) tags: Vec<String>,
    /// Who may make it.
    #[serde(rename = "x-who")]
    pub(super) who: String,
    /// The kinds of problem that are its own.
    #[serde(rename = "x-problems")]
    pub(super) kinds: Vec<String>,
    #[serde(default)]
    pub(super) security: Vec<Value>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(super) request_body: Option<Body>,
    pub(super) responses: Pairs<Response>,
}

/// A parameter, or where it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parameter {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    pub(super) required: bool,
    pub(super) description: Option<String>,
    pub(super) schema: Schema,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) content: Pairs<Media>,
}

/// An answer, or where it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) description: String,
    pub(super) headers: Pairs<Value>,
    pub(super) content: Pairs<Media>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Media {
    pub(super) schema: Schema,
}

/// A schema, or where it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Kinds,
    pub(super) format: Option<String>,
    pub(super) description: Option<String>,
    pub(super) properties: Pairs<Schema>,
    pub(super) required: Vec<String>,
    pub(super) items: Option<Box<Schema>>,
    pub(super) prefix_items: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    #[serde(rename = "enum")]
    pub(super) values: Vec<Value>,
    #[serde(rename = "const")]
    pub(super) only: Option<Value>,
    pub(super) additional_properties: More,
    pub(super) minimum: Option<Value>,
    pub(super) maximum: Option<Value>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) pattern: Option<String>,
    pub(super) examples: Vec<Value>,
}

/// One type or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    One(String),
    Several(Vec<String>),
}

impl Default for Kinds {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Kinds {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Several(kinds) => kinds,
        }
    }
}

/// What members an object may have beside those that are named.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum More {
    Any(bool),
    Of(Box<Schema>),
}

impl Default for More {
    fn default() -> Self {
        Self::Any(false)
    }
}

/// What a reference ends in.
pub(super) fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

impl Document {
    /// The parameter itself.
    pub(super) fn parameter<'a>(&'a self, given: &'a Parameter) -> &'a Parameter {
        let named = given.reference.as_deref().and_then(|to| self.components.parameters.get(name_of(to)));
        named.unwrap_or(given)
    }

    /// The answer itself.
    pub(super) fn response<'a>(&'a self, given: &'a Response) -> &'a Response {
        let named = given.reference.as_deref().and_then(|to| self.components.responses.get(name_of(to)));
        named.unwrap_or(given)
    }

    /// The schema itself.
    pub(super) fn schema<'a>(&'a self, given: &'a Schema) -> &'a Schema {
        let named = given.reference.as_deref().and_then(|to| self.components.schemas.get(name_of(to)));
        named.unwrap_or(given)
    }
}
