//! The form of an event's page: how many, which, and who asks. It holds tickets without a script.

use contracts::id::{EventId, TierId};

use super::form::Fields;
use crate::hold::reserve::{PriceRange, Reserve};

/// What the fan asked for, to be shown again where it was refused.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Asked {
    /// How many.
    quantity: u32,
    /// Which.
    what: String,
    /// How many places for wheelchairs.
    accessible: u32,
    /// A presale code.
    code: String,
}

impl Asked {
    /// What most ask for.
    pub(super) fn usual(limit: i32) -> Self {
        let quantity = u32::try_from(limit).unwrap_or(1).min(2);
        Self { quantity, what: String::new(), accessible: 0, code: String::new() }
    }

    /// What the form says.
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            quantity: fields.parse("quantity").unwrap_or(1),
            what: fields.or_empty("what").to_owned(),
            accessible: fields.parse("accessible").unwrap_or_default(),
            code: fields.or_empty("code").to_owned(),
        }
    }

    /// A key for asking so: the form sent twice holds once, and changed it is another form.
    pub(super) fn key(&self, of_page: &str) -> String {
        let Self { quantity, what, accessible, code } = self;
        format!("{of_page} {quantity} {what} {accessible} {code}").chars().take(100).collect()
    }

    /// The same as a program would say it: the best seats (`any`, or `to:` and a price), or places without seats (`units:`
    /// and their tier).
    pub(super) fn reserve(&self, event: EventId) -> Reserve {
        let (kind, value) = self.what.split_once(':').unwrap_or((&self.what, ""));
        let units: Option<TierId> = (kind == "units").then(|| value.parse().ok()).flatten();
        let to: Option<i64> = (kind == "to").then(|| value.parse().ok()).flatten();
        Reserve {
            event_id: Some(event),
            quantity: Some(self.quantity),
            tier: units,
            best_available: units.is_none().then_some(true),
            price: to.map(|to| PriceRange { from: None, to: Some(to) }),
            accessible: (units.is_none() && self.accessible > 0).then_some(self.accessible),
            code: Some(self.code.clone()).filter(|code| !code.is_empty()),
            ..Reserve::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::hold::{Asked as Wanted, best::Best};

    #[test]
    fn the_form_asks_for_the_best_seats_or_for_places_without_seats() {
        let event = EventId::from(Uuid::from_u128(1));
        let tier = TierId::from(Uuid::from_u128(2));
        let asked = |what: &str, accessible| {
            Asked { quantity: 2, what: what.to_owned(), accessible, code: String::new() }
                .reserve(event)
                .asked()
        };
        let best = |to, accessible| {
            Wanted::Best(Best { quantity: 2, tier: None, price: (None, to), section: None, accessible })
        };
        assert_eq!(asked("any", 0), Ok((event, best(None, 0))));
        assert_eq!(asked("to:7900", 1), Ok((event, best(Some(7900), 1))));
        assert_eq!(asked(&format!("units:{tier}"), 0), Ok((event, Wanted::Units(tier, 2))));
    }
}
