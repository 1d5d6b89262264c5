//! The kinds of problem that only the notifier answers.

use platform::problems;

problems! {
    /// The folder holds no mail of this name.
    UNKNOWN_MAIL = NOT_FOUND "unknown-mail" "There is no such mail.";
}
