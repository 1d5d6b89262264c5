//! The payment, and the order followed to its end.

use std::time::Duration;

use contracts::id::{OrderRef, TicketRef};
use rand::RngExt;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{FanError, Payment, Step, Walk, shop::Hold};

/// How long a payment may take.
const PAYMENT_LASTS: Duration = Duration::from_mins(2);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmed {
    order_id: OrderRef,
}

#[derive(Deserialize)]
struct Order {
    state: String,
    /// Where the newest payment stands.
    payment: Option<String>,
    tickets: Vec<OrderTicket>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderTicket {
    ticket_id: TicketRef,
    code: Option<String>,
}

impl Payment {
    /// The sandbox's word for it.
    const fn token(self) -> &'static str {
        match self {
            Self::Well => "tok_ok",
            Self::Declined => "tok_declined",
            Self::Double => "tok_double",
            Self::Late => "tok_late:1",
        }
    }
}

/// How a payment ended.
pub(super) enum Paid {
    /// The tickets are the fan's.
    Bought(OrderRef, Vec<u32>),
    /// The card was declined; the hold is there still.
    Declined,
    /// The hold is gone; the pass is good for another.
    Gone,
    /// The order came to nothing, and with it the visit is over.
    Returned,
}

impl Walk {
    /// Confirms the hold and follows the order to its end.
    pub(super) async fn pay(&mut self, hold: &Hold, payment: Payment) -> Result<Paid, FanError> {
        self.at = Step::Confirm;
        let body = json!({
            "holdId": hold.hold_id,
            "paymentDetails": {"provider": "sandbox", "token": payment.token()},
        });
        let began = Instant::now();
        let answer = self.fan.visitor.call(Method::PUT, "/booking/confirm", Some(&body)).await?;
        self.lap(Step::Confirm, began);
        if let (409, Some("hold-expired" | "seats-taken")) =
            (answer.status.as_u16(), answer.problem().as_deref())
        {
            return Ok(Paid::Gone);
        }
        let confirmed: Confirmed = answer.read(&[200, 202])?;
        self.at = Step::Paid;
        loop {
            // Jitter, so that fans do not ask in step with one another.
            sleep(Duration::from_millis(self.fan.chance.random_range(150..350))).await;
            let path = format!("/order/{}", confirmed.order_id);
            let answer = self.fan.visitor.call(Method::GET, &path, None).await?;
            let order: Order = answer.read(&[200])?;
            match (order.state.as_str(), order.payment.as_deref()) {
                ("paid", _) => {
                    if payment != Payment::Late {
                        self.lap(Step::Paid, began);
                    }
                    return Ok(Paid::Bought(confirmed.order_id, tickets(&order)?));
                }
                ("awaitingPayment", Some("declined")) => return Ok(Paid::Declined),
                ("awaitingPayment" | "capturing", _) if began.elapsed() < PAYMENT_LASTS => {}
                ("cancelled" | "expired" | "voided" | "refunded", _) => return Ok(Paid::Returned),
                (other, _) => {
                    let lasts = humantime::format_duration(PAYMENT_LASTS);
                    return Err(FanError::Wrong(format!("the order is still {other} after {lasts}")));
                }
            }
        }
    }
}

/// The tickets of a paid order: each must have its code.
fn tickets(order: &Order) -> Result<Vec<u32>, FanError> {
    if order.tickets.is_empty() || order.tickets.iter().any(|ticket| ticket.code.is_none()) {
        return Err(FanError::Wrong("a paid order has a ticket without its code".to_owned()));
    }
    Ok(order.tickets.iter().map(|ticket| ticket.ticket_id.ticket.number()).collect())
}
