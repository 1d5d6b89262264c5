//! What a payment that a provider tells of means for its order.

use contracts::message::ReturnCause;

use crate::{
    order::{Order, OrderState, retake::Retake},
    payment::{Attempt, AttemptState, Standing, Told},
};

/// Why tickets cannot be had for a payment: for the history, and for the fan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) cause: &'static str,
    pub(super) why: &'static str,
    pub(super) told: ReturnCause,
}

pub(super) const OTHERS: Gone = Gone {
    cause: "the payment came too late: others have the tickets",
    why: "Your payment came after the tickets had gone to others. You are not charged.",
    told: ReturnCause::Others,
};
pub(super) const VOUCHER_USED: Gone = Gone {
    cause: "the payment came too late: others have used the voucher",
    why: "Your payment came after your voucher had been used by others. You are not charged.",
    told: ReturnCause::VoucherUsed,
};
pub(super) const CODE_USED: Gone = Gone {
    cause: "the payment came too late: others have used the presale code",
    why: "Your payment came after the seats of your presale code had gone to others. You are not charged.",
    told: ReturnCause::CodeUsed,
};
pub(super) const CALLED_OFF: Gone = Gone {
    cause: "the payment came after the event was called off",
    why: "The event was called off before your payment came. You are not charged.",
    told: ReturnCause::CalledOff,
};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is known already.
    Nothing,
    /// The attempt failed; the order may be paid by another.
    Decline,
    /// The payment is not wanted: let it go, and leave the order as it is.
    Void(&'static str),
    /// The tickets are gone: let it go, and the order with it.
    GiveUp(Gone),
    /// Hold the tickets again first.
    TakeAgain,
    /// Sell.
    Sell,
}

/// What is known under the lock.
pub(super) struct Facts<'a> {
    pub(super) order: &'a Order,
    pub(super) attempt: &'a Attempt,
    /// Whether no later attempt has begun.
    pub(super) is_current: bool,
    /// Whether the claims of all tickets are still the order's.
    pub(super) is_ours: bool,
    pub(super) retake: Retake,
    /// Whether the organizer has called the event off.
    pub(super) is_off: bool,
}

/// What to do about what the provider told.
pub(super) fn decide(facts: &Facts<'_>, told: &Told) -> Step {
    let Facts { order, attempt, is_current, is_ours, retake, is_off } = *facts;
    match told.state {
        Standing::Declined | Standing::Voided if attempt.state.is_open() => Step::Decline,
        Standing::Declined
        | Standing::Voided
        | Standing::Pending
        | Standing::Captured
        | Standing::Refunded => Step::Nothing,
        Standing::Authorised => match attempt.state {
            AttemptState::Authorised
            | AttemptState::Captured
            | AttemptState::Voiding
            | AttemptState::Voided
            | AttemptState::Refunded => Step::Nothing,
            AttemptState::Declined => Step::Void("it had counted as declined"),
            AttemptState::Created | AttemptState::Pending if !is_current => {
                Step::Void("another attempt has begun")
            }
            AttemptState::Created | AttemptState::Pending if told.amount != attempt.amount => {
                Step::Void("the amount is wrong")
            }
            AttemptState::Created | AttemptState::Pending => match (order.state, retake) {
                (OrderState::AwaitingPayment | OrderState::Expired, _) if is_off => Step::GiveUp(CALLED_OFF),
                (OrderState::AwaitingPayment, _) if is_ours => Step::Sell,
                (OrderState::AwaitingPayment | OrderState::Expired, Retake::NotTried) => Step::TakeAgain,
                (OrderState::AwaitingPayment | OrderState::Expired, Retake::Free) => Step::Sell,
                (OrderState::AwaitingPayment | OrderState::Expired, Retake::Taken) => Step::GiveUp(OTHERS),
                (OrderState::Cancelled, _) => Step::Void("the order was cancelled"),
                (
                    OrderState::Capturing
                    | OrderState::Paid
                    | OrderState::Fulfilled
                    | OrderState::PartlyRefunded
                    | OrderState::Refunded
                    | OrderState::Voided,
                    _,
                ) => Step::Void("the order needs no payment"),
            },
        },
    }
}
