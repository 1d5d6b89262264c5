//! Somebody types the code that was mailed.

use contracts::id::MailCodeId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Digits, store};
use crate::{
    account::{
        self, Caller,
        tries::{self, Slowed},
    },
    session::{
        Given,
        begin::{self, New},
    },
    state::Booking,
};

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum CodeSignInError {
    /// It is not the code that was mailed, it was used, tried too often or is too old, or nobody was mailed one.
    #[error("the code signs nobody in")]
    WrongCode,
    /// Too many wrong tries came from there.
    #[error("too many codes were tried")]
    Slowed(#[from] Slowed),
    /// A store failed.
    #[error("signing in by a code failed")]
    Store(#[from] StoreError),
}

/// A session for whom the code `text` was mailed to under `id`. Every try counts, and the right one uses the code up.
///
/// # Errors
/// [`CodeSignInError`].
#[instrument(name = "mail_code.sign_in", skip_all)]
pub async fn sign_in(
    app: &Booking,
    id: MailCodeId,
    text: &str,
    caller: &Caller<'_>,
) -> Result<Given, CodeSignInError> {
    let tried = tries::code(app, caller.address).await??;
    let mut tx = postgres::begin(&app.postgres).await?;
    let kept = store::try_one(&mut tx, id, app.clock.now()).await?;
    let right = kept.filter(|kept| {
        Digits::parse(text).is_some_and(|digits| digits.hash(&app.keys.codes, id) == kept.hash)
    });
    let Some(account) = right.and_then(|kept| kept.account) else {
        postgres::commit(tx).await?;
        return Err(CodeSignInError::WrongCode);
    };
    store::used(&mut tx, id, app.clock.now()).await?;
    account::store::prove(&mut tx, account.id, None, app.clock.now()).await?;
    let new = New { account: account.id, role: account.role, guest: account.guest, label: caller.label };
    let given = begin::begin(app, &mut tx, new).await?;
    postgres::commit(tx).await?;
    tried.right(app).await;
    Ok(given)
}
