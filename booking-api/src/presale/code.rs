//! The codes of presales: an organizer brings them, reads them back without what they say, and revokes them.

use contracts::{
    access_code::import::{Import, Outcome},
    id::{AccountId, EventId, PresaleCodeId},
};
use platform::postgres;
use serde::Deserialize;
use tracing::instrument;

use super::{
    CLASS_MAX, PURPOSE, PresaleCode,
    plan::ManageError,
    store::{self, Kept},
};
use crate::{
    audit::{self, Actor, Did},
    code::{
        self, Code, Text,
        guess::{self, Guesser},
    },
    hold::place::PlaceError,
    offer::own::own,
    state::Booking,
};

/// A code as its organizer writes it down.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrittenCode {
    code: String,
    class: Option<Text>,
    seats: Option<Text>,
    label: Option<Text>,
}

/// A code that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCode {
    /// The code.
    pub code: Code,
    /// Which windows it opens.
    pub class: String,
    /// How many seats it is good for.
    pub seats_max: Option<i32>,
    /// A word of the organizer's.
    pub label: Option<String>,
}

impl WrittenCode {
    /// What is meant.
    ///
    /// # Errors
    /// What is wrong, in words for the organizer.
    pub fn read(&self) -> Result<NewCode, String> {
        let class = self.class.as_ref().and_then(Text::said).ok_or("a code has a class")?;
        if class.chars().count() > CLASS_MAX || class.contains(char::is_control) {
            return Err(format!("a class has at most {CLASS_MAX} characters"));
        }
        Ok(NewCode {
            code: code::read(&self.code)?,
            class,
            seats_max: code::uses(self.seats.as_ref(), "seats")?,
            label: code::label(self.label.as_ref())?,
        })
    }
}

/// Imports `written` codes, and says of each what became of it, in order. All that can be are imported in one transaction;
/// importing the same again changes nothing.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "presale.import", skip_all, fields(event.id = %event))]
pub async fn import(
    app: &Booking,
    by: &Actor,
    event: EventId,
    written: &[WrittenCode],
) -> Result<Vec<Outcome>, ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let import = Import::of(written.iter().map(WrittenCode::read), |new| &new.code);
    let row = |new| store::Row { id: app.ids.next(), hash: hash(app, event, new), new };
    let rows: Vec<store::Row<'_>> = import.read().iter().map(row).collect();
    let mut tx = postgres::begin(&app.postgres).await?;
    let imported = store::insert(&mut tx, event, &rows, app.clock.now()).await?;
    let did = Did::to("presale.import", event).now("imported", imported.len());
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    tracing::info!(event.id = %event, imported = imported.len(), of = written.len(), "presale codes were imported");
    Ok(import.outcomes(rows.iter().map(|row| imported.contains(&row.id))))
}

fn hash(app: &Booking, event: EventId, new: &NewCode) -> [u8; 32] {
    app.keys.codes.hash(PURPOSE, event, &new.code)
}

/// The codes of an event after the one called `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// [`ManageError`].
pub async fn list(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    after: Option<PresaleCodeId>,
    limit: i64,
) -> Result<Vec<Kept>, ManageError> {
    own(&app.postgres, organizer, event).await?;
    Ok(store::list(&app.catalog, event, after, limit).await?)
}

/// Revokes a code: nothing more is reserved with it. What is held and bought with it stays.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "presale.revoke", skip_all, fields(event.id = %event))]
pub async fn revoke(
    app: &Booking,
    by: &Actor,
    event: EventId,
    code: PresaleCodeId,
) -> Result<(), ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::revoke(&mut tx, event, code, app.clock.now()).await? {
        return Err(ManageError::UnknownCode);
    }
    audit::store::append(&mut tx, by, Did::new("presale.revoke", code).of(event)).await?;
    Ok(postgres::commit(tx).await?)
}

/// The code that a fan names, and how many seats are sold by it.
///
/// # Errors
/// [`PlaceError::UnknownCode`] where there is none, or it was revoked; [`PlaceError::Slowed`]; or when a store fails.
pub(crate) async fn named(
    app: &Booking,
    event: EventId,
    guesser: &Guesser,
    text: &str,
) -> Result<(PresaleCode, u32), PlaceError> {
    let look = async |hash| {
        let found = store::by_code(&app.postgres, event, &hash).await?;
        Ok(found.filter(|(code, _)| !code.is_revoked))
    };
    guess::named(app, guesser, (PURPOSE, event, text), look).await??.ok_or(PlaceError::UnknownCode)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_has_a_class_and_a_number_of_seats() {
        let read = |body| serde_json::from_value::<WrittenCode>(body).unwrap().read();
        let one = read(json!({"code": "fan-club-1", "class": "fans"})).unwrap();
        assert_eq!((one.class.as_str(), one.seats_max), ("fans", Some(1)));
        assert_eq!(
            read(json!({"code": "ABC123", "class": "fans", "seats": "many"})).unwrap().seats_max,
            None
        );
        for wrong in [
            json!({"code": "ABC123"}),
            json!({"code": "ABC123", "class": " "}),
            json!({"code": "ABC123", "class": "x".repeat(41)}),
            json!({"code": "ABC123", "class": "fans", "seats": 0}),
            json!({"code": "A", "class": "fans"}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
