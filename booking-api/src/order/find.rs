//! Looking at one's orders.

use std::collections::HashMap;

use contracts::{
    id::{AccountId, EventId, OrderId, OrderRef, TicketId},
    ticket_code::TicketCode,
};
use platform::postgres::StoreError;

use super::{
    Order, OrderLine,
    store::{self, history::Entry},
};
use crate::{
    dispute::{self, Dispute},
    offer,
    payment::{self, AttemptState},
    refund::{self, Refund},
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
    pub lines: Vec<OrderLine>,
    /// The codes of those that were issued.
    pub codes: HashMap<TicketId, TicketCode>,
    /// What happened to it.
    pub history: Vec<Entry>,
    /// Where its newest payment stands.
    pub payment: Option<AttemptState>,
    /// Where its fan must go before the payment is decided.
    pub challenge: Option<String>,
    /// What went back, or is about to.
    pub refunds: Vec<Refund>,
    /// What its fan's bank was asked about; for the organizer alone.
    pub disputes: Vec<Dispute>,
}

/// The order, for its owner; or, without codes, for the organizer of its event.
///
/// # Errors
/// [`FindError`].
pub async fn find(app: &Booking, account: AccountId, of: OrderRef) -> Result<Whole, FindError> {
    let order = store::find(&app.postgres, of.event, of.order).await?.ok_or(FindError::Unknown)?;
    let is_own = order.account == account;
    if !is_own && offer::store::owner(&app.postgres, of.event).await? != Some(account) {
        return Err(FindError::NotYours);
    }
    let (codes, disputes) = if is_own {
        (ticket::store::codes(&app.postgres, of.event, of.order).await?, Vec::new())
    } else {
        (Vec::new(), dispute::store::of_order(&app.postgres, of).await?)
    };
    let attempt = payment::store::newest(&app.postgres, of.event, of.order).await?;
    Ok(Whole {
        lines: store::line::of(&app.postgres, &order).await?,
        codes: codes.into_iter().map(|code| (code.ticket, code)).collect(),
        history: store::history::history(&app.postgres, of.event, of.order).await?,
        payment: attempt.as_ref().map(|attempt| attempt.state),
        challenge: attempt.filter(|attempt| attempt.state.is_open()).and_then(|attempt| attempt.challenge),
        refunds: refund::ask::list(app, of).await?,
        disputes,
        order,
    })
}

/// Orders of one's own event, by age, after the one called `after`.
///
/// # Errors
/// [`FindError`].
pub async fn of_event(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    after: Option<OrderId>,
) -> Result<Vec<Order>, FindError> {
    let owner = offer::store::owner(&app.postgres, event).await?.ok_or(FindError::Unknown)?;
    if owner != organizer {
        return Err(FindError::NotYours);
    }
    Ok(store::of_event(&app.postgres, event, after, LISTED).await?)
}

/// The newest orders of an account.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &Booking, account: AccountId) -> Result<Vec<Order>, StoreError> {
    store::of_account(&app.postgres, account, LISTED).await
}
