//! Who reserves in the same moment shares a look at the event's terms, and a call of the script. In a rush most of what a
//! call costs does not depend on how many it is for.

use std::sync::Arc;

use contracts::id::{AccountId, EventId, PassId};
use platform::postgres::StoreError;

use super::{
    place::PlaceError,
    store::{self, Call, New, Placed},
};
use crate::{
    gather::{Company, Gather},
    mirror::rebuild::{self, RebuildError},
    offer::{self, Offer},
    state::Booking,
};

/// The most holds, and the most tickets that they name, in one call: it takes Redis half a millisecond, and nobody else is answered
/// meanwhile. One reservation may name more.
const TOGETHER: usize = 16;
const TICKETS: usize = 64;
/// For how many accounts one statement looks at an event.
const LOOKS: usize = 64;

/// Who reserves tickets of an event.
#[derive(Debug, Default)]
pub struct Reserving {
    offers: Gather<(AccountId, Option<PassId>), Answer<Option<Offer>>>,
    holds: Gather<Call, Answer<Placed>>,
}

/// A failure is everybody's.
type Answer<T> = Result<T, Arc<StoreError>>;

#[derive(Default)]
struct Looks(usize);

impl Company<(AccountId, Option<PassId>)> for Looks {
    fn admits(&mut self, _: &(AccountId, Option<PassId>)) -> bool {
        self.0 += 1;
        self.0 <= LOOKS
    }
}

#[derive(Default)]
struct Calls {
    holds: usize,
    tickets: usize,
}

impl Company<Call> for Calls {
    fn admits(&mut self, call: &Call) -> bool {
        let fits = self.holds < TOGETHER && self.tickets + call.tickets <= TICKETS;
        let admitted = self.holds == 0 || fits;
        if admitted {
            self.holds += 1;
            self.tickets += call.tickets;
        }
        admitted
    }
}

/// Every one of `number` has this failure.
fn failed<T>(number: usize, error: StoreError) -> Vec<Answer<T>> {
    let error = Arc::new(error);
    (0..number).map(|_| Err(Arc::clone(&error))).collect()
}

/// The event, and what an account has bought of it, and all who share its pass.
///
/// # Errors
/// When the database fails.
pub(super) async fn offer(
    app: &Booking,
    event: EventId,
    whose: (AccountId, Option<PassId>),
) -> Result<Option<Offer>, Arc<StoreError>> {
    let reserving = app.reserving.of(event).await;
    let send = |all: Vec<(AccountId, Option<PassId>)>| async move {
        match offer::store::offers(&app.postgres, event, &all).await {
            Ok(offers) => offers.into_iter().map(Ok).collect(),
            Err(error) => failed(all.len(), error),
        }
    };
    loop {
        if let Some(answer) = reserving.offers.ask::<Looks, _>(whose, send).await {
            return answer;
        }
    }
}

/// Places a hold; where the mirror does not belong to this Redis, it is built first.
///
/// # Errors
/// When a store fails: it may or may not be placed.
pub(super) async fn place(app: &Booking, new: &New<'_>) -> Result<Placed, PlaceError> {
    let (event, call) = (new.about.event, Call::of(new)?);
    match once(app, event, &call).await? {
        Placed::Rebuild => {
            rebuild::wait(app, event).await?;
            Ok(once(app, event, &call).await?)
        }
        placed => Ok(placed),
    }
}

/// Asks the script. It is safe to ask again.
async fn once(app: &Booking, event: EventId, call: &Call) -> Answer<Placed> {
    let reserving = app.reserving.of(event).await;
    let send = |calls: Vec<Call>| async move {
        match store::place(&mut app.redis.clone(), event, &calls).await {
            Ok(placed) => placed.into_iter().map(Ok).collect(),
            Err(error) => failed(calls.len(), error),
        }
    };
    loop {
        // None: who made the call was interrupted.
        if let Some(placed) = reserving.holds.ask::<Calls, _>(call.clone(), send).await {
            return placed;
        }
    }
}

/// Places a hold alone, as is done for what is no fan's own doing; where the mirror does not belong to this Redis, it is built
/// first.
///
/// # Errors
/// [`RebuildError`].
pub async fn on_mirror(app: &Booking, new: &New<'_>) -> Result<Placed, RebuildError> {
    let (event, calls, redis) = (new.about.event, [Call::of(new)?], &mut app.redis.clone());
    match store::place(redis, event, &calls).await?.pop() {
        None | Some(Placed::Rebuild) => {
            rebuild::wait(app, event).await?;
            Ok(store::place(redis, event, &calls).await?.pop().unwrap_or(Placed::Rebuild))
        }
        Some(placed) => Ok(placed),
    }
}
