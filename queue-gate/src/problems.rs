//! The kinds of problem that a gate answers, beside those of every service. docs/PROBLEMS.md lists them.

platform::problems! {
    /// A room guards the event and the visitor was not called yet.
    QUEUE_REQUIRED = TOO_MANY_REQUESTS "queue-required" "There is a line in front of this event.";
    /// No room has this id.
    UNKNOWN_ROOM = NOT_FOUND "unknown-room" "There is no such waiting room.";
    /// No event has this id, or it belongs to somebody else.
    UNKNOWN_EVENT = NOT_FOUND "unknown-event" "There is no such event of yours.";
    /// The visitor has no place in this line.
    NO_PLACE = NOT_FOUND "no-place" "You have no place in this line.";
    /// The place was called, or is over.
    NOT_WAITING = CONFLICT "not-waiting" "Your place waits no longer.";
    /// What was typed is no e-mail address.
    NO_ADDRESS = UNPROCESSABLE_ENTITY "no-address" "This is not an e-mail address.";
    /// Too many mails were asked for: by the visitor, for the address, or from the network.
    TOO_MANY_TRIES = TOO_MANY_REQUESTS "too-many-tries" "There were too many tries.";
    /// The room takes accounts of another class.
    WRONG_ACCOUNT = FORBIDDEN "wrong-account" "This line is for other accounts.";
    /// The room takes those who have an access code.
    CODE_REQUIRED = FORBIDDEN "code-required" "This line takes an access code.";
    /// The room has no such access code, or it was revoked.
    UNKNOWN_CODE = NOT_FOUND "unknown-code" "There is no such access code.";
    /// Others have used the access code as often as it may be.
    CODE_USED = CONFLICT "code-used" "This access code was used already.";
    /// There is no such party, or everybody left it.
    UNKNOWN_PARTY = NOT_FOUND "unknown-party" "There is no such party.";
    /// As many are in the party as the event's ticket limit.
    PARTY_FULL = CONFLICT "party-full" "This party has all its members.";
    /// A place of the party or of the visitor was called already.
    PARTY_CALLED = CONFLICT "party-called" "Friends join one another before they are called.";
    /// The visitor shares a place with others already.
    IN_PARTY = CONFLICT "in-party" "You are in another party.";
    /// Nobody may join a room that is closed.
    ROOM_CLOSED = CONFLICT "room-closed" "This waiting room is closed.";
    /// The room lets everybody through.
    NOBODY_WAITS = CONFLICT "nobody-waits" "Nobody has to wait at the moment.";
    /// What is published after a sale was asked for before.
    SALE_RUNNING = CONFLICT "sale-running" "This is published after the sale.";
    /// Another opening of the room lasts then.
    OPENING_OVERLAPS = CONFLICT "opening-overlaps" "Another opening of the room lasts then.";
    /// The room has no opening with this id.
    UNKNOWN_OPENING = NOT_FOUND "unknown-opening" "There is no such opening.";
    /// The opening has begun.
    OPENING_BEGUN = CONFLICT "opening-begun" "This opening has begun.";
    /// The event or the host has a room that lives.
    ROOM_EXISTS = CONFLICT "room-exists" "This has a waiting room already.";
    /// The operator does not let this organizer guard the site, or lead to its origin.
    SITE_NOT_PERMITTED = UNPROCESSABLE_ENTITY "site-not-permitted" "This site may not be guarded here.";
    /// The link shows no look of this room, or no more.
    BAD_PREVIEW = FORBIDDEN "bad-preview" "This preview is over, or there was never one.";
    /// The staff token does not hold here.
    BAD_STAFF_TOKEN = FORBIDDEN "bad-staff-token" "This staff token is not valid here.";
    /// The room lists no such staff token.
    UNKNOWN_STAFF_TOKEN = NOT_FOUND "unknown-staff-token" "There is no such staff token.";
    /// The settings were changed by somebody else in between.
    STALE_VERSION = CONFLICT "stale-version" "The settings have changed since you read them.";
    /// `If-Match` names no version that holds.
    VERSION_UNMATCHED = PRECONDITION_FAILED "version-unmatched" "The room has changed since you read it.";
    /// The lobby of a draw is not open yet.
    LOBBY_CLOSED = CONFLICT "lobby-closed" "The lobby of this draw is not open yet.";
    /// The entry is being drawn at this moment.
    DRAWING = CONFLICT "drawing" "The draw is running.";
    /// The room is first come, first served.
    NO_DRAW = NOT_FOUND "no-draw" "This waiting room has no draw.";
    /// The list of a draw is not closed yet.
    LIST_OPEN = CONFLICT "list-open" "The list of this draw is not closed yet.";
    /// The room's state does not allow this step.
    WRONG_STATE = CONFLICT "wrong-state" "The room is in a state that does not allow this.";
    /// A setting lies outside its bounds.
    WRONG_SETTING = UNPROCESSABLE_ENTITY "wrong-setting" "A setting is outside its bounds.";
    /// It is not this visitor's turn.
    NOT_CALLED = CONFLICT "not-called" "It is not your turn yet.";
    /// The claim window ended.
    CLAIM_OVER = GONE "claim-over" "The time to claim your turn is over.";
    /// The admission token was used, or is over.
    TOKEN_USED = CONFLICT "token-used" "This admission was used already.";
    /// The admission token is not one of ours, or somebody else's.
    BAD_ADMISSION = FORBIDDEN "bad-admission" "This admission is not valid for you.";
    /// The visitor has no pass.
    NO_PASS = FORBIDDEN "no-pass" "You are not inside.";
    /// The call takes a session.
    SIGN_IN = UNAUTHORIZED "sign-in" "Sign in first.";
    /// The call takes an organizer.
    NOT_ORGANIZER = FORBIDDEN "not-organizer" "Only organizers may do this.";
    /// No such key, or it ended or was revoked.
    BAD_KEY = UNAUTHORIZED "bad-key" "This key is not good.";
    /// The role of the caller, or their key, does not allow it, or not for this event.
    NOT_PERMITTED = FORBIDDEN "not-permitted" "Your role does not allow this.";
    /// The caller works for several organizers.
    WHICH_ORGANIZER = CONFLICT "which-organizer" "You work for several organizers.";
    /// A browser sent the request from another site.
    FOREIGN_ORIGIN = FORBIDDEN "foreign-origin" "This request comes from another site.";
    /// The call takes a WebSocket.
    NOT_A_WEBSOCKET = UPGRADE_REQUIRED "not-a-websocket" "This path speaks WebSocket.";
    /// Too many live connections at the moment.
    TOO_BUSY = SERVICE_UNAVAILABLE "too-busy" "The gate is full at the moment.";
    /// The organizer turned everybody away.
    REJECTED = SERVICE_UNAVAILABLE "rejected" "Nobody is let in at the moment.";
    /// One address asks too often.
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS "too-many-requests" "There were too many requests from your address.";
    /// A proof is asked for before a place, and none was sent.
    PROOF_REQUIRED = FORBIDDEN "proof-required" "A proof is asked for before you get a place.";
    /// The proof does not hold.
    BAD_PROOF = FORBIDDEN "bad-proof" "This proof does not hold.";
    /// The visitor has newer connections.
    TOO_MANY_TABS = TOO_MANY_REQUESTS "too-many-tabs" "This line is open in too many tabs.";
    /// The head names no host, or several.
    BAD_HOST = BAD_REQUEST "bad-host" "The request must name one host.";
    /// A booking names things of several events.
    SEVERAL_EVENTS = UNPROCESSABLE_ENTITY "several-events" "One call can only be about one event.";
    /// The service behind has as many requests as it bears.
    SHED = SERVICE_UNAVAILABLE "overloaded" "Too much is going on at the moment.";
    /// The service behind broke off before it answered.
    BAD_GATEWAY = BAD_GATEWAY "no-answer" "The service behind this path broke off.";
    /// The service behind did not answer in time.
    GATEWAY_TIMEOUT = GATEWAY_TIMEOUT "late-answer" "The service behind this path did not answer in time.";
}
