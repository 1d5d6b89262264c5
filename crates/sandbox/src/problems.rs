//! The kinds of problem that the sandbox answers beside those of `platform`.

platform::problems! {
    /// A call that changes something came without `Idempotency-Key`.
    KEY_MISSING = BAD_REQUEST "idempotency-key-missing" "This call needs an Idempotency-Key.";
    /// The key came with another request before.
    KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency-key-reused" "This Idempotency-Key belongs to another request.";
    /// The token is none that the sandbox knows.
    UNKNOWN_TOKEN = UNPROCESSABLE_ENTITY "unknown-token" "The sandbox does not know this token.";
    /// The amount is negative, or more than there is to give back.
    BAD_AMOUNT = UNPROCESSABLE_ENTITY "bad-amount" "This amount is not possible.";
    /// The address for callbacks is none.
    BAD_CALLBACK = UNPROCESSABLE_ENTITY "bad-callback" "The callbackUrl is not an address of HTTP.";
    /// No authorization has this id or reference.
    UNKNOWN_AUTHORIZATION = NOT_FOUND "unknown-authorization" "There is no such authorization.";
    /// The state of the authorization forbids the step.
    WRONG_STATE = CONFLICT "wrong-state" "The authorization is in a state that forbids this.";
    /// Too much is due already.
    FULL = SERVICE_UNAVAILABLE "full" "Too many authorizations are open.";
}
