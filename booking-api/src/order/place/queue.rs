//! Who confirms in the same moment shares a transaction: in a rush its statements and its flush of the log are paid once for
//! many orders.

use std::collections::HashSet;

use contracts::id::{AccountId, PassId, TicketId};

use super::{Wish, together};
use crate::{
    gather::{Company, Gather},
    order::{Order, confirm::ConfirmError},
    state::Booking,
};

/// The most orders in one transaction: it holds their locks for as long as all of them take.
const TOGETHER: usize = 64;

/// What became of a wish in company.
#[derive(Debug)]
pub(super) enum Placed {
    /// It is an order.
    Order(Box<Order>),
    /// It cannot be.
    Refused(ConfirmError),
    /// Nothing was written: only alone can it be told why.
    Alone,
}

/// Who waits to confirm tickets of an event.
#[derive(Debug, Default)]
pub struct Queue(Gather<Wish, Placed>);

/// What the wishes of a group are about. Two that are about the same thing depend on what becomes of the first: they go one
/// after the other.
#[derive(Debug, Default)]
struct Group {
    accounts: HashSet<AccountId>,
    passes: HashSet<PassId>,
    tickets: HashSet<TicketId>,
}

impl Company<Wish> for Group {
    /// Unless one about the same is in it.
    fn admits(&mut self, wish: &Wish) -> bool {
        let pass = wish.shared_pass();
        let is_apart = self.accounts.len() < TOGETHER
            && !self.accounts.contains(&wish.account)
            && pass.is_none_or(|pass| !self.passes.contains(&pass))
            && wish.hold.tickets.iter().all(|ticket| !self.tickets.contains(ticket));
        if is_apart {
            self.accounts.insert(wish.account);
            self.passes.extend(pass);
            self.tickets.extend(&wish.hold.tickets);
        }
        is_apart
    }
}

/// Places it with those who come in the same moment; `None` when it must be placed alone.
pub(super) async fn place(app: &Booking, wish: &Wish) -> Option<Result<Order, ConfirmError>> {
    let queue = app.queues.of(wish.event).await;
    let event = wish.event;
    let send = |wishes: Vec<Wish>| async move { together::place(app, event, &wishes).await };
    // None: who had it in hand was interrupted, and its transaction undone or not. Alone that is found out.
    let placed = queue.0.ask::<Group, _>(wish.clone(), send).await.unwrap_or(Placed::Alone);
    match placed {
        Placed::Order(order) => Some(Ok(*order)),
        Placed::Refused(error) => Some(Err(error)),
        Placed::Alone => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::hold::{About, Hold};

    fn wish(account: u128, pass: Option<u128>, tickets: &[i32]) -> Wish {
        let (event, at) = (Uuid::from_u128(1).into(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let account = Uuid::from_u128(account).into();
        let pass = pass.map(|pass| (Uuid::from_u128(2).into(), Uuid::from_u128(pass).into()));
        let visitor = Uuid::from_u128(3).into();
        let (voucher, presale, offer) = (None, None, None);
        let about = About {
            event,
            account,
            visitor,
            pass,
            since: at,
            end: at,
            voucher,
            presale,
            offer,
            equivalent: false,
        };
        let tickets = tickets.iter().copied().map(TicketId::from).collect();
        let hold = Hold { id: Uuid::from_u128(4).into(), about, tickets, epoch: 1, fence: 1 };
        Wish {
            event,
            account,
            visitor,
            pass,
            hold,
            card: None,
            run: None,
            language: contracts::language::Language::En,
        }
    }

    #[test]
    fn wishes_about_the_same_thing_go_one_after_the_other() {
        let mut group = Group::default();
        assert!(group.admits(&wish(10, None, &[1, 2])));
        assert!(!group.admits(&wish(10, None, &[3])), "the same account");
        assert!(!group.admits(&wish(11, None, &[3, 2])), "a ticket in common");
        assert!(group.admits(&wish(11, Some(20), &[3])));
        assert!(!group.admits(&wish(12, Some(20), &[4])), "the same pass");
        assert!(group.admits(&wish(12, Some(21), &[4])), "what was refused before left no trace");
    }
}
