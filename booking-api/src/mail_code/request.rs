//! A code is asked for.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, MailCodeId},
    language::Language,
    message::{Message, Recipient, SEALED_CODE, SignInCode},
};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Digits, LASTS, store};
use crate::{
    account::{
        self, Caller,
        tries::{self, Slowed},
    },
    invalid::Invalid,
    outbox,
    state::Booking,
};

/// A code that is on its way, if anybody has the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Which: whoever types the code says it.
    pub id: MailCodeId,
    /// Until when it is good.
    pub until: DateTime<Utc>,
}

/// Why no code goes out.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The address is none.
    #[error("the address is not valid")]
    Invalid(#[from] Invalid),
    /// Too many were sent to the address, or asked for from there.
    #[error("too many codes were asked for")]
    Slowed(#[from] Slowed),
    /// A store failed.
    #[error("sending a code failed")]
    Store(#[from] StoreError),
}

/// Mails a code to `email`, in `language`. Whether an account with a password has that address is not told: the same is written down and
/// answered, but nobody is mailed.
///
/// # Errors
/// [`RequestError`].
#[instrument(name = "mail_code.request", skip_all)]
pub async fn request(
    app: &Booking,
    email: &str,
    caller: &Caller<'_>,
    language: Language,
) -> Result<Requested, RequestError> {
    let email = account::check_person(email, None)?;
    tries::mail(app, email.as_str(), caller.address).await??;
    let account = account::store::find_by_email(&app.postgres, &email).await?.map(|(account, _)| account);
    let (id, code, now): (MailCodeId, _, _) = (app.ids.next(), Digits::new(), app.clock.now());
    let until = now + LASTS;
    let kept = store::New {
        id,
        account: account.as_ref().map(|account| account.id),
        hash: code.hash(&app.keys.codes, id),
        now,
        until,
    };
    let mut tx = postgres::begin(&app.postgres).await?;
    store::insert(&mut tx, &kept).await?;
    if let Some(account) = account {
        let to = Recipient { email: account.email.as_str().to_owned(), name: account.name, language };
        let minutes = u32::try_from(LASTS.num_minutes()).unwrap_or_default();
        // Until it is mailed it waits in the database, which may be copied meanwhile.
        let code = app.keys.seals.seal(SEALED_CODE, to.email.as_bytes(), code.shown().as_bytes());
        let code = STANDARD.encode(code);
        let message = Message::SignInCode(SignInCode { to, code, sealed: true, minutes });
        outbox::append::append(&mut tx, &app.ids, (None::<EventId>, &message), &id.to_string(), now).await?;
    }
    postgres::commit(tx).await?;
    Ok(Requested { id, until })
}
