//! What an organizer's people and keys changed: one entry a change, written in its transaction, so that there is none without
//! the other. PostgreSQL refuses to change or to delete an entry.

pub mod find;
pub mod handler;
pub mod store;

use std::fmt::Display;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrganizerKeyId},
    team::TeamRole,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The longest text that an entry repeats, in characters; of a longer one it has the beginning.
const TEXT_MAX: usize = 200;
/// The longest value that is no text, in bytes of JSON; of a longer one an entry says how long it is.
const VALUE_MAX: usize = 1_000;

/// Who makes a call for an organizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// For whom.
    pub organizer: AccountId,
    /// Who; for a key whoever made it.
    pub account: AccountId,
    /// By which means.
    pub means: Means,
    /// The request, as the gate named it.
    pub request: Option<String>,
}

/// By which means somebody acts for an organizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// In person, in this role.
    Role(TeamRole),
    /// By a program with this key.
    Key(OrganizerKeyId),
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Did {
    operation: &'static str,
    event: Option<EventId>,
    subject: String,
    changes: Map<String, Value>,
}

impl Did {
    /// The operation, by the name of its span, to the thing with this id.
    pub fn new(operation: &'static str, subject: impl Display) -> Self {
        Self { operation, event: None, subject: subject.to_string(), changes: Map::new() }
    }

    /// The same to an event.
    pub fn to(operation: &'static str, event: EventId) -> Self {
        Self::new(operation, event).of(event)
    }

    /// About which event it is.
    #[must_use]
    pub fn of(mut self, event: EventId) -> Self {
        self.event = Some(event);
        self
    }

    /// A setting that was one thing and is another now; nothing where it is the same.
    #[must_use]
    pub fn set(self, name: &str, from: impl Serialize, to: impl Serialize) -> Self {
        let (from, to) = (value(from), value(to));
        if from == to { self } else { self.put(name, json!({ "from": short(from), "to": short(to) })) }
    }

    /// What came to be.
    #[must_use]
    pub fn now(self, name: &str, to: impl Serialize) -> Self {
        match value(to) {
            Value::Null => self,
            to => self.put(name, json!({ "to": short(to) })),
        }
    }

    /// What was, and is gone.
    #[must_use]
    pub fn was(self, name: &str, from: impl Serialize) -> Self {
        match value(from) {
            Value::Null => self,
            from => self.put(name, json!({ "from": short(from) })),
        }
    }

    /// All settings that are different between two things of the same shape.
    #[must_use]
    pub fn between<T: Serialize>(mut self, before: &T, after: &T) -> Self {
        let (Value::Object(before), Value::Object(after)) = (value(before), value(after)) else {
            return self;
        };
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        for name in after.keys().chain(gone) {
            self = self.set(name, before.get(name), after.get(name));
        }
        self
    }

    /// Everything about a thing that came to be.
    #[must_use]
    pub fn all<T: Serialize>(mut self, of: &T) -> Self {
        if let Value::Object(of) = value(of) {
            for (name, to) in of {
                self = self.now(&name, to);
            }
        }
        self
    }

    fn put(mut self, name: &str, change: Value) -> Self {
        self.changes.insert(name.to_owned(), change);
        self
    }
}

/// What is written in an entry is a summary: long texts are cut, long lists are counted.
fn short(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > TEXT_MAX => {
            let cut: String = text.chars().take(TEXT_MAX).collect();
            Value::String(format!("{cut}…"))
        }
        Value::Array(items) if json!(items).to_string().len() > VALUE_MAX => json!({ "items": items.len() }),
        Value::Object(members) if json!(members).to_string().len() > VALUE_MAX => {
            json!({ "members": members.len() })
        }
        value => value,
    }
}

fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

/// An entry, as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number; later ones are higher.
    pub entry: i64,
    /// When, by the clock of the database.
    pub at: DateTime<Utc>,
    /// Whether `actor` is a key.
    pub is_key: bool,
    /// Who: an account, or a key.
    pub actor: Uuid,
    /// As what they worked.
    pub role: Option<String>,
    /// What was done.
    pub operation: String,
    /// About which event.
    pub event: Option<Uuid>,
    /// To what.
    pub subject: String,
    /// What is different.
    pub changes: Value,
    /// By which request.
    pub request: Option<String>,
}

/// Which entries somebody wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// About one event.
    pub event: Option<EventId>,
    /// Of one account, or one key.
    pub actor: Option<Uuid>,
    /// Of one operation.
    pub operation: Option<String>,
    /// Those before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_what_is_different_and_nothing_else() {
        let before = json!({ "name": "Hall", "city": "Hamburg", "address": "Quay 1" });
        let after = json!({ "name": "Harbour Hall", "city": "Hamburg", "externalId": "h" });
        let did = Did::new("venue.update", "1").between(&before, &after);
        let expected = json!({
            "name": { "from": "Hall", "to": "Harbour Hall" },
            "address": { "from": "Quay 1", "to": null },
            "externalId": { "from": null, "to": "h" },
        });
        assert_eq!(Value::Object(did.changes), expected);
        assert_eq!(Did::new("brand.put", "1").between(&before, &before).changes, Map::new());
    }

    #[test]
    fn long_values_are_cut_and_counted() {
        let did = Did::new("event.create", "1").now("description", "é".repeat(20_000));
        let cut = did.changes["description"]["to"].as_str().unwrap();
        assert_eq!(cut.chars().count(), TEXT_MAX + 1);
        let did = Did::new("event.create", "1").set("tiers", json!([]), vec!["a tier of many"; 100]);
        assert_eq!(did.changes["tiers"], json!({ "from": [], "to": { "items": 100 } }));
    }
}
