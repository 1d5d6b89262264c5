//! The kinds of problem that this service answers beside those of `platform`.

use platform::http::{Problem, kinds};

use crate::invalid::Invalid;

platform::problems! {
    // who asks
    /// No session, or one that we did not give.
    SIGNED_OUT = UNAUTHORIZED "signed-out" "This needs a session: sign in, or go on as a guest.";
    /// The session was good once.
    SESSION_EXPIRED = UNAUTHORIZED "session-expired" "The session is over: refresh it, or sign in again.";
    /// The session is not an organizer's.
    ORGANIZERS_ONLY = FORBIDDEN "organizers-only" "This is for organizers.";
    /// The role of the caller, or their key, does not allow it, or not for this event.
    NOT_PERMITTED = FORBIDDEN "not-permitted" "Your role does not allow this.";
    /// The caller works for several organizers.
    WHICH_ORGANIZER = CONFLICT "which-organizer" "You work for several organizers.";
    /// The request did not come through the gate.
    NO_ASSERTION = UNAUTHORIZED "no-assertion" "This request did not come through the gate.";

    // accounts
    /// An account with a password has this address already.
    EMAIL_TAKEN = CONFLICT "email-taken" "There is an account with this address already.";
    /// The account has a password, so its address is not changed so.
    NOT_A_GUEST = CONFLICT "not-a-guest" "Only guests tell their address so.";
    /// No account has this address and password.
    WRONG_CREDENTIALS = UNAUTHORIZED "wrong-credentials" "The address or the password is wrong.";
    /// The code that was mailed is another one, or is good no longer.
    WRONG_CODE = UNAUTHORIZED "wrong-code" "This code signs nobody in.";
    /// Too many wrong passwords or codes, or too many mails, for an address or from one.
    TOO_MANY_TRIES = TOO_MANY_REQUESTS "too-many-tries" "There were too many tries.";
    /// No provider of this id signs anybody in.
    UNKNOWN_SIGN_IN_PROVIDER = NOT_FOUND "unknown-sign-in-provider" "Nobody of this name signs anybody in here.";
    /// This browser began no such sign-in, or it is over.
    SIGN_IN_OVER = UNAUTHORIZED "sign-in-over" "This sign-in is over. Please begin again.";
    /// The provider signs nobody in, or what it says is not genuine.
    SIGN_IN_REFUSED = UNAUTHORIZED "sign-in-refused" "The provider did not sign you in.";
    /// The provider does not say that the address is theirs, or its word does not count for it.
    EMAIL_NOT_VERIFIED = FORBIDDEN "email-not-verified" "The provider does not say that your address is yours.";
    /// The provider cannot be asked.
    SIGN_IN_AWAY = SERVICE_UNAVAILABLE "sign-in-away" "The provider cannot be reached right now.";
    /// The account has no session with this id that goes on.
    UNKNOWN_SESSION = NOT_FOUND "unknown-session" "There is no such session.";
    /// Passwords are being checked for too many others.
    BUSY = SERVICE_UNAVAILABLE "busy" "Too many people are signing in right now.";

    // teams
    /// No such key, or it ended or was revoked.
    BAD_KEY = UNAUTHORIZED "bad-key" "This key is not good.";
    /// The organizer has no key with this id that was not revoked.
    UNKNOWN_KEY = NOT_FOUND "unknown-key" "You have no such key.";
    /// As many keys of the organizer hold as may.
    TOO_MANY_KEYS = CONFLICT "too-many-keys" "You have as many keys as you may.";
    /// No account with a password has this address, or it is the organizer's own.
    UNKNOWN_ACCOUNT = NOT_FOUND "unknown-account" "There is no such account.";
    /// Nobody with this id works for the organizer.
    UNKNOWN_MEMBER = NOT_FOUND "unknown-member" "Nobody like that works for you.";
    /// As many work for the organizer as may.
    TEAM_FULL = CONFLICT "team-full" "As many work for you as may.";

    // catalog
    /// It belongs to another organizer.
    NOT_YOURS = FORBIDDEN "not-yours" "This belongs to somebody else.";
    /// Something else depends on it.
    IN_USE = CONFLICT "in-use" "This is in use.";
    /// The organizer gave the external id to something else.
    EXTERNAL_ID_TAKEN = CONFLICT "external-id-taken" "You call something else by this external id.";

    /// Somebody changed it since the caller read it.
    VERSION_UNMATCHED = PRECONDITION_FAILED "version-unmatched" "This has changed since you read it.";
    /// The event cannot become what the organizer says.
    WRONG_EVENT_STATE = CONFLICT "wrong-event-state" "The event is in a state that does not allow this.";
    /// The plan of an event is drawn while it is a draft, and nobody holds a ticket of it.
    PLAN_SETTLED = CONFLICT "plan-settled" "This plan cannot be changed any more.";

    // bookings
    /// A room guards the event, and the pass does not open it.
    QUEUE_REQUIRED = TOO_MANY_REQUESTS "queue-required" "There is a line in front of this event.";
    /// No event has this id.
    UNKNOWN_EVENT = NOT_FOUND "unknown-event" "There is no such event.";
    /// The event has no such ticket.
    UNKNOWN_TICKET = NOT_FOUND "unknown-ticket" "There is no such ticket.";
    /// The event has no such tier, or one chooses seats in it.
    UNKNOWN_TIER = NOT_FOUND "unknown-tier" "There is no such tier to ask for in this way.";
    /// The event has no such section.
    UNKNOWN_SECTION = NOT_FOUND "unknown-section" "There is no such section.";
    /// Sales begin later.
    SALES_NOT_OPEN = CONFLICT "sales-not-open" "Sales have not begun.";
    /// Sales are over, the event has begun, or it was called off.
    SALES_CLOSED = CONFLICT "sales-closed" "Sales are over.";
    /// A presale: only with a code.
    PRESALE_ONLY = FORBIDDEN "presale-only" "These tickets are sold with a code only at the moment.";
    /// The event has no such presale code, or it was revoked.
    UNKNOWN_PRESALE_CODE = NOT_FOUND "unknown-presale-code" "There is no such presale code.";
    /// Too many wrong codes came from the account or its address.
    TOO_MANY_CODES = TOO_MANY_REQUESTS "too-many-codes" "Too many wrong codes were tried.";
    /// The code is not good for so many seats more.
    PRESALE_CODE_USED = CONFLICT "presale-code-used" "This presale code is not good for so many seats.";
    /// Others hold or have bought some of the tickets.
    SEATS_TAKEN = CONFLICT "seats-taken" "Others have some of these tickets.";
    /// The tier has not so many left.
    SOLD_OUT = CONFLICT "sold-out" "There are not so many left.";
    /// More than one account may have.
    TOO_MANY_TICKETS = UNPROCESSABLE_ENTITY "too-many-tickets" "These are more tickets than one person may have.";
    /// The event has no voucher with this code, or this id.
    UNKNOWN_VOUCHER = NOT_FOUND "unknown-voucher" "There is no such voucher.";
    /// Its time is over, or the organizer has taken it back.
    VOUCHER_OVER = CONFLICT "voucher-over" "This voucher is not good any more.";
    /// It was used as often as it may be, or took off as much as it may.
    VOUCHER_USED = CONFLICT "voucher-used" "This voucher was used as far as it may be.";
    /// It lowers the price of none of the tickets.
    VOUCHER_UNFIT = UNPROCESSABLE_ENTITY "voucher-unfit" "This voucher is not for these tickets.";
    /// The event is not sold out: there is nothing to wait for.
    NOT_SOLD_OUT = CONFLICT "not-sold-out" "There are tickets left: reserve them.";
    /// The event has no waitlist, or it is closed.
    WAITLIST_CLOSED = CONFLICT "waitlist-closed" "Nobody can enter the waitlist.";
    /// The account never entered the waitlist of the event.
    NO_WAITLIST_ENTRY = NOT_FOUND "no-waitlist-entry" "You are not on the waitlist.";
    /// The offer of the waitlist is over, or never was.
    OFFER_OVER = CONFLICT "offer-over" "This offer is over.";
    /// The hold has ended, or never was.
    HOLD_EXPIRED = CONFLICT "hold-expired" "The hold is over.";
    /// The hold is being paid.
    HOLD_CONFIRMED = CONFLICT "hold-confirmed" "The hold is being paid.";
    /// The hold or order is somebody else's.
    NOT_YOUR_BOOKING = FORBIDDEN "not-your-booking" "This booking is somebody else's.";
    /// The key came with another body before.
    KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency-key-reused" "This Idempotency-Key belongs to another request.";
    /// The first request under the key is not done.
    KEY_RUNNING = CONFLICT "idempotency-key-running" "A request under this Idempotency-Key is still running.";
    /// A card number instead of a provider's token.
    RAW_CARD_NUMBER = UNPROCESSABLE_ENTITY "raw-card-number" "Send the provider's token, never a card number.";
    /// We do not work with this payment provider.
    UNKNOWN_PROVIDER = UNPROCESSABLE_ENTITY "unknown-provider" "There is no such payment provider.";
    /// No order has this id.
    UNKNOWN_ORDER = NOT_FOUND "unknown-order" "There is no such order.";
    /// The order does not await a payment any more.
    TOO_LATE_TO_CANCEL = CONFLICT "too-late-to-cancel" "The order cannot be cancelled any more.";
    /// Sales have begun: what a ticket costs is fixed.
    SALES_BEGUN = CONFLICT "sales-begun" "Sales have begun.";
    /// The order has no such refund.
    UNKNOWN_REFUND = NOT_FOUND "unknown-refund" "There is no such refund.";
    /// The provider has not refused it.
    NOT_REFUSED = CONFLICT "not-refused" "The provider has not refused this refund.";
    /// The order has no money to give back.
    NOTHING_TO_REFUND = CONFLICT "nothing-to-refund" "There is nothing to refund.";
    /// The tickets went back before.
    ALREADY_REFUNDED = CONFLICT "already-refunded" "These tickets were refunded already.";
    /// The fan's bank decides about the money.
    DISPUTED = CONFLICT "disputed" "The payment is disputed.";
    /// A callback that the provider did not sign.
    BAD_SIGNATURE = UNAUTHORIZED "bad-signature" "The signature is wrong.";
    /// A code that is not ours, not the newest of its ticket, or of somebody else's event.
    NOT_GENUINE = UNPROCESSABLE_ENTITY "not-genuine" "This code opens no door of yours.";

    // doors
    /// No session of a door, or one that has ended or was revoked.
    DOOR_CLOSED = UNAUTHORIZED "door-closed" "This door is closed.";
    /// The event has no door with this id.
    UNKNOWN_DOOR = NOT_FOUND "unknown-door" "There is no such door.";

    // mails
    /// No mail of this id was set aside.
    UNKNOWN_MAIL = NOT_FOUND "unknown-mail" "There is no such mail.";

    // webhooks
    /// The organizer has no such endpoint.
    UNKNOWN_WEBHOOK = NOT_FOUND "unknown-webhook" "There is no such webhook of yours.";
    /// The organizer has one at this address.
    WEBHOOK_EXISTS = CONFLICT "webhook-exists" "You have a webhook at this address.";
    /// The organizer has as many as there may be.
    TOO_MANY_WEBHOOKS = CONFLICT "too-many-webhooks" "You have as many webhooks as you may.";
    /// It is switched off: nothing is sent there.
    WEBHOOK_OFF = CONFLICT "webhook-off" "This webhook is switched off.";
    /// Nothing of this id was told there.
    UNKNOWN_DELIVERY = NOT_FOUND "unknown-delivery" "Nothing of this id was sent there.";

    // transfers
    /// The organizer lets nobody send tickets of this event.
    TRANSFER_FORBIDDEN = FORBIDDEN "transfer-forbidden" "Tickets of this event cannot be sent to others.";
    /// The ticket is on its way to somebody else already.
    TRANSFER_OPEN = CONFLICT "transfer-open" "This ticket is on its way already.";
    /// The transfer was accepted, called back, or is past its end; or there never was one.
    TRANSFER_OVER = CONFLICT "transfer-over" "This ticket cannot be accepted any more.";
    /// Nobody sends this ticket.
    NO_TRANSFER = NOT_FOUND "no-transfer" "This ticket is not on its way to anybody.";
    /// The operator has set no certificate for wallet passes.
    NO_WALLET = NOT_FOUND "no-wallet" "There are no wallet passes here.";
    /// Somebody was let in with it.
    TICKET_USED = CONFLICT "ticket-used" "Somebody was let in with this ticket.";
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::of(kinds::INVALID_BODY).detail(invalid.to_string()).with("errors", invalid.0)
    }
}
