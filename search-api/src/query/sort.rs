//! In which order events come.

use serde_json::{Value, json};

/// The order. Among equals always the sooner event, and at last its id: so pages have no gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What fits best, is to come, and is not sold out.
    #[default]
    Relevance,
    /// The sooner first.
    Date,
    /// The nearer first.
    Distance,
    /// The cheaper first.
    Price,
    /// What most have bought.
    Popularity,
}

impl Sort {
    /// All, as the API names them.
    pub const NAMES: &str = "relevance, date, distance, price or popularity";

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "relevance" => Self::Relevance,
            "date" => Self::Date,
            "distance" => Self::Distance,
            "price" => Self::Price,
            "popularity" => Self::Popularity,
            _ => return None,
        })
    }

    /// What comes before the start and the id.
    fn first(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Relevance | Self::Distance => Some(("_score", "desc")),
            Self::Date => None,
            Self::Price => Some(("priceFrom", "asc")),
            Self::Popularity => Some(("popularity", "desc")),
        }
    }

    /// The order for Elasticsearch.
    pub fn clause(self) -> Value {
        let mut clause: Vec<Value> =
            self.first().map(|(field, way)| json!({field: way})).into_iter().collect();
        clause.push(json!({"startsAt": "asc"}));
        clause.push(json!({"id": "asc"}));
        Value::Array(clause)
    }

    /// What a hit says of its place in this order: how it ranks (nothing to say where only the date counts), its start
    /// and its id.
    pub fn place_of(self, keys: &Value) -> Option<(f64, i64, &str)> {
        let at = usize::from(self.first().is_some());
        let rank = if at == 0 { 0.0 } else { keys[0].as_f64()? };
        Some((rank, keys[at].as_i64()?, keys[at + 1].as_str()?))
    }

    /// The place after which to go on.
    pub fn after(self, rank: f64, starts: i64, event: &str) -> Value {
        match self {
            Self::Relevance | Self::Distance => json!([rank, starts, event]),
            Self::Date => json!([starts, event]),
            // Whole numbers, which the field takes only as such.
            Self::Price | Self::Popularity => {
                let whole = serde_json::from_str(&format!("{rank:.0}")).unwrap_or(Value::Null);
                json!([whole, starts, event])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_hit_is_where_the_next_page_begins() {
        for (name, keys) in [
            ("relevance", json!([46.0, 5, "a"])),
            ("date", json!([5, "a"])),
            ("distance", json!([0.999_877_15, 5, "a"])),
            ("price", json!([4950, 5, "a"])),
            ("popularity", json!([3, 5, "a"])),
        ] {
            let sort = Sort::parse(name).unwrap();
            let (rank, starts, event) = sort.place_of(&keys).unwrap();
            assert_eq!(sort.after(rank, starts, event), keys, "{name}");
        }
    }
}
