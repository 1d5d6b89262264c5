//! The kinds of problem that this service answers beside those of `platform`.

use platform::http::{Problem, kinds};

use crate::invalid::Invalid;

platform::problems! {
    // who asks
    /// No session, or one that we did not give.
    SIGNED_OUT = UNAUTHORIZED "signed-out" "This needs a session: sign in, or go on as a guest.";
    /// The session was good once.
    SESSION_EXPIRED = UNAUTHORIZED "session-expired" "The session is over: sign in again.";
    /// The session is not an organizer's.
    ORGANIZERS_ONLY = FORBIDDEN "organizers-only" "This is for organizers.";
    /// The request did not come through the gate.
    NO_ASSERTION = UNAUTHORIZED "no-assertion" "This request did not come through the gate.";

    // accounts
    /// An account with a password has this address already.
    EMAIL_TAKEN = CONFLICT "email-taken" "There is an account with this address already.";
    /// No account has this address and password.
    WRONG_CREDENTIALS = UNAUTHORIZED "wrong-credentials" "The address or the password is wrong.";
    /// Passwords are being checked for too many others.
    BUSY = SERVICE_UNAVAILABLE "busy" "Too many people are signing in right now.";

    // catalog
    /// It belongs to another organizer.
    NOT_YOURS = FORBIDDEN "not-yours" "This belongs to somebody else.";
    /// Something else depends on it.
    IN_USE = CONFLICT "in-use" "This is in use.";
    /// The organizer gave the external id to something else.
    EXTERNAL_ID_TAKEN = CONFLICT "external-id-taken" "You call something else by this external id.";
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::of(kinds::INVALID_BODY).detail(invalid.to_string()).with("errors", invalid.0)
    }
}
