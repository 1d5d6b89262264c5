//! How an index is built beside the one in use, takes its place in one step, and how what is left over goes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use elasticsearch::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Index, IndexError, store::WRITE_DEADLINE};
use crate::document::{MAPPING, SHAPE};

/// What the alias for writes leads to, as this program sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: there never was an index, or somebody removed it.
    Missing,
    /// An index of an older shape: another one has to be built.
    Older,
    /// An index of our shape.
    Current,
    /// An index of a shape that came after this program: not ours to touch.
    Newer,
}

impl Standing {
    fn of(shapes: impl Iterator<Item = u32>) -> Self {
        match shapes.max().map(|shape| shape.cmp(&SHAPE)) {
            None => Self::Missing,
            Some(std::cmp::Ordering::Less) => Self::Older,
            Some(std::cmp::Ordering::Equal) => Self::Current,
            Some(std::cmp::Ordering::Greater) => Self::Newer,
        }
    }
}

impl Index {
    /// What the alias for writes leads to.
    ///
    /// # Errors
    /// [`IndexError`]; not when it leads nowhere.
    pub async fn standing(&self) -> Result<Standing, IndexError> {
        let all = self.all().await?;
        let live = all.iter().filter(|(_, aliases)| aliases.contains(self.written()));
        Ok(Standing::of(live.map(|(index, _)| self.shape(index))))
    }

    /// The same index, whose documents keep only what the mapping in use has, which is of another shape.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn outlived(&self) -> Result<Self, IndexError> {
        let path = format!("/{}/_mapping", self.written());
        let found = self.send(Method::Get, &path, None, WRITE_DEADLINE).await?;
        let mappings = found.as_object().into_iter().flatten();
        let fields: HashSet<String> = mappings
            .filter_map(|(_, index)| index["mappings"]["properties"].as_object())
            .flat_map(|fields| fields.keys().cloned())
            .collect();
        Ok(self.cut_down(fields))
    }

    /// Makes an empty index of our shape, to which [`Index::beside`] writes, and returns its name. It shows what was
    /// written only after [`Index::show`].
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn begin(&self, new: Uuid) -> Result<String, IndexError> {
        let index = format!("{}-v{SHAPE}-{}", self.name(), new.simple());
        let mut body = mapping()?;
        body["settings"]["index.refresh_interval"] = json!("-1");
        let next = self.beside();
        body["aliases"] = json!({next.written(): {"is_write_index": true}});
        self.send(Method::Put, &format!("/{index}"), Some(body), WRITE_DEADLINE).await?;
        Ok(index)
    }

    /// Lets `index` show what was written, from now on as often as the mapping says.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn show(&self, index: &str) -> Result<(), IndexError> {
        let interval = &mapping()?["settings"]["index.refresh_interval"];
        let settings = json!({"index.refresh_interval": interval});
        self.send(Method::Put, &format!("/{index}/_settings"), Some(settings), WRITE_DEADLINE).await?;
        self.send(Method::Post, &format!("/{index}/_refresh"), None, WRITE_DEADLINE).await?;
        Ok(())
    }

    /// Lets both aliases lead to `index`, in one step, so that at no moment two indices take writes, or none. Returns the
    /// indices they led to before.
    ///
    /// # Errors
    /// [`IndexError`]: also where another copy leads by now and has taken the index for a leftover.
    pub async fn swap(&self, index: &str) -> Result<Vec<String>, IndexError> {
        let (name, write, next) = (self.name(), self.written(), self.beside());
        let hidden = json!({"bool": {"must_not": {"term": {"deleted": true}}}});
        // That it is still ours is asked in the same step: see `sweep`.
        let mut actions =
            vec![json!({"remove": {"index": index, "alias": next.written(), "must_exist": true}})];
        let mut old = Vec::new();
        for (other, aliases) in self.all().await? {
            let led: Vec<&String> =
                aliases.iter().filter(|alias| *alias == name || *alias == write).collect();
            actions.extend(led.iter().map(|alias| json!({"remove": {"index": other, "alias": alias}})));
            if !led.is_empty() {
                old.push(other);
            }
        }
        actions.push(json!({"add": {"index": index, "alias": name, "filter": hidden}}));
        actions.push(json!({"add": {"index": index, "alias": write, "is_write_index": true}}));
        self.send(Method::Post, "/_aliases", Some(json!({"actions": actions})), WRITE_DEADLINE).await?;
        Ok(old)
    }

    /// Removes what killed builders left: our indices behind no alias. Returns how many. Only the copy that leads calls
    /// this.
    ///
    /// # Errors
    /// [`IndexError`]: the rest goes another time.
    pub async fn sweep(&self) -> Result<usize, IndexError> {
        let (name, write, next) = (self.name(), self.written(), self.beside());
        // First the alias without which nobody can swap: a builder that does not know yet that it was deposed can put
        // its index in use before this, and then it is seen below, or not at all.
        let all = self.all().await?;
        let begun = all.iter().filter(|(_, aliases)| aliases.contains(next.written()));
        let actions: Vec<Value> =
            begun.map(|(index, _)| json!({"remove": {"index": index, "alias": next.written()}})).collect();
        if !actions.is_empty() {
            self.send(Method::Post, "/_aliases", Some(json!({"actions": actions})), WRITE_DEADLINE).await?;
        }
        let is_left = |index: &String, aliases: &BTreeSet<String>| {
            self.is_ours(index) && !aliases.contains(name) && !aliases.contains(write)
        };
        let left: Vec<String> = self
            .all()
            .await?
            .into_iter()
            .filter(|(index, aliases)| is_left(index, aliases))
            .map(|(index, _)| index)
            .collect();
        for index in &left {
            self.remove(index).await?;
        }
        Ok(left.len())
    }

    /// Removes an index. One that is gone is removed.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn remove(&self, index: &str) -> Result<(), IndexError> {
        match self.send(Method::Delete, &format!("/{index}"), None, WRITE_DEADLINE).await {
            Ok(_) | Err(IndexError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All indices that are named as ours are, with their aliases.
    async fn all(&self) -> Result<BTreeMap<String, BTreeSet<String>>, IndexError> {
        let path = format!("/{}-v*/_alias", self.name());
        let found = match self.send(Method::Get, &path, None, WRITE_DEADLINE).await {
            Err(IndexError::Missing) => return Ok(BTreeMap::new()),
            found => found?,
        };
        let aliases = |index: &Value| {
            index["aliases"].as_object().into_iter().flatten().map(|(alias, _)| alias.clone()).collect()
        };
        Ok(found
            .as_object()
            .into_iter()
            .flatten()
            .map(|(index, value)| (index.clone(), aliases(value)))
            .collect())
    }

    /// The shape that the name of an index tells; 0 where it tells none.
    fn shape(&self, index: &str) -> u32 {
        let parts = index.strip_prefix(&format!("{}-v", self.name())).and_then(|rest| rest.split_once('-'));
        parts.and_then(|(shape, _)| shape.parse().ok()).unwrap_or_default()
    }

    /// Whether [`Index::begin`] named it: somebody else's index may begin with the same words.
    fn is_ours(&self, index: &str) -> bool {
        let parts = index.strip_prefix(&format!("{}-v", self.name())).and_then(|rest| rest.split_once('-'));
        parts.is_some_and(|(shape, id)| {
            shape.parse::<u32>().is_ok() && id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

fn mapping() -> Result<Value, IndexError> {
    serde_json::from_str(MAPPING)
        .map_err(|error| IndexError::Refused { status: 0, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_behind_the_alias_says_what_is_to_be_done() {
        let of = |shapes: &[u32]| Standing::of(shapes.iter().copied());
        assert_eq!(of(&[]), Standing::Missing);
        assert_eq!(of(&[0]), Standing::Older);
        assert_eq!(of(&[SHAPE - 1]), Standing::Older);
        assert_eq!(of(&[SHAPE]), Standing::Current);
        assert_eq!(of(&[SHAPE, SHAPE + 1]), Standing::Newer);
    }

    #[test]
    fn only_indices_that_we_named_are_ours() {
        let index = Index::new(&"http://127.0.0.1:1".parse().unwrap(), "usher-event").unwrap();
        let id = Uuid::from_u128(7).simple();
        assert!(index.is_ours(&format!("usher-event-v2-{id}")));
        for other in ["usher-event", "usher-event-v2", "usher-event-v2-old", "usher-events-v2-x"] {
            assert!(!index.is_ours(other), "{other}");
        }
        assert!(!index.is_ours(&format!("usher-event-v2-v2-{id}")), "another alias with a longer name");
        assert_eq!(index.shape(&format!("usher-event-v12-{id}")), 12);
    }
}
