//! Looking at one's orders.

use std::collections::HashMap;

use contracts::{
    id::{AccountId, OrderRef, TicketId},
    ticket_code::TicketCode,
};
use platform::postgres::StoreError;

use super::{
    Order,
    store::{self, Entry},
};
use crate::{
    offer::Line,
    payment::{self, AttemptState},
    state::Booking,
    ticket,
};

/// How many orders a list shows.
const LISTED: i64 = 100;

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is none.
    #[error("there is no such order")]
    Unknown,
    /// It is somebody else's.
    #[error("the order is somebody else's")]
    NotYours,
    /// A store failed.
    #[error("finding an order failed")]
    Store(#[from] StoreError),
}

/// All about an order.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The order.
    pub order: Order,
    /// Its tickets.
    pub lines: Vec<Line>,
    /// The codes of those that were issued.
    pub codes: HashMap<TicketId, TicketCode>,
    /// What happened to it.
    pub history: Vec<Entry>,
    /// Where its newest payment stands.
    pub payment: Option<AttemptState>,
}

/// The order, for its owner.
///
/// # Errors
/// [`FindError`].
pub async fn find(app: &Booking, account: AccountId, of: OrderRef) -> Result<Whole, FindError> {
    let order = store::find(&app.postgres, of.event, of.order).await?.ok_or(FindError::Unknown)?;
    if order.account != account {
        return Err(FindError::NotYours);
    }
    let lines = store::lines_of(&app.postgres, &order).await?;
    let codes = ticket::store::codes(&app.postgres, of.event, of.order).await?;
    let history = store::history(&app.postgres, of.event, of.order).await?;
    let payment =
        payment::store::newest(&app.postgres, of.event, of.order).await?.map(|attempt| attempt.state);
    Ok(Whole {
        order,
        lines,
        codes: codes.into_iter().map(|code| (code.ticket, code)).collect(),
        history,
        payment,
    })
}

/// The newest orders of an account.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &Booking, account: AccountId) -> Result<Vec<Order>, StoreError> {
    store::of_account(&app.postgres, account, LISTED).await
}
