//! An organizer sends a logo. A look has it by its name.

use chrono::TimeDelta;
use contracts::look::ContentId;
use platform::postgres;
use tracing::instrument;

use super::{
    logo,
    store::{self, Logo},
};
use crate::{
    room::{
        WrongSetting,
        change::{self, Ask, ChangeRoomError},
    },
    state::Gate,
};

/// How long a look or a logo is kept that no room has.
pub const UNUSED_LASTS: TimeDelta = TimeDelta::days(8);
/// How many of them a room may have.
pub const UNUSED_MAX: u64 = 200;

/// Keeps the picture for the room. The same again is the same logo. No page changes by it.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] for what is no logo, and for one too many that nobody uses; [`ChangeRoomError::UnknownRoom`].
#[instrument(name = "look.upload", skip_all, fields(room.id = %ask.room))]
pub async fn upload(gate: &Gate, ask: &Ask, media: &str, bytes: &[u8]) -> Result<Logo, ChangeRoomError> {
    let (tx, _) = change::begin(gate, ask).await?;
    let read = logo::read(bytes, media).map_err(ChangeRoomError::from);
    let (tx, picture) = postgres::go_on(tx, read).await?;
    let logo = Logo { id: ContentId::of(bytes), picture, bytes: bytes.to_vec() };
    let (mut tx, ()) = make_room(tx, ask).await?;
    let put = store::put_logo(&mut tx, ask.room, &logo).await;
    let (tx, ()) = postgres::go_on(tx, put).await?;
    postgres::commit(tx).await?;
    Ok(logo)
}

/// Forgets what nobody uses, and sees that there is not too much of it left.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] where there is.
pub async fn make_room(mut tx: postgres::Tx, ask: &Ask) -> Result<(postgres::Tx, ()), ChangeRoomError> {
    let forgotten = store::forget_unused(&mut tx, ask.room, UNUSED_LASTS).await;
    let (mut tx, ()) = postgres::go_on(tx, forgotten).await?;
    let counted = match store::unused(&mut tx, ask.room).await {
        Ok(count) if count >= UNUSED_MAX => {
            let bounds =
                format!("one of at most {UNUSED_MAX} that were tried in eight days and are not used");
            Err(ChangeRoomError::from(WrongSetting { field: "look", bounds }))
        }
        counted => counted.map(|_| ()).map_err(ChangeRoomError::from),
    };
    postgres::go_on(tx, counted).await
}
