//! Sets messages aside: a person must look. `outbox.last_error` says why; the metric says that there are some.

use platform::postgres::StoreError;

use super::{Delivery, attempt::discreet, store};
use crate::{metrics, state::Notifier};

/// Sets aside what no attempt can ever deliver.
///
/// # Errors
/// It is not written down, and is found again when the lease ends.
pub async fn poison(app: &Notifier, delivery: &Delivery, why: &str) -> Result<(), StoreError> {
    tracing::error!(error = discreet(why), "a message can never be delivered and is set aside");
    store::give_up(&app.postgres, delivery, app.clock.now(), why).await?;
    metrics::given_up("poison");
    Ok(())
}

/// Sets aside what the mail server refused for good: there is no such mailbox, and asking again only harms our name.
///
/// # Errors
/// It is not written down, and is tried again when the lease ends.
pub async fn refused(app: &Notifier, delivery: &Delivery, why: &str) -> Result<(), StoreError> {
    tracing::warn!(error = discreet(why), "a mail was refused for good and is set aside");
    store::give_up(&app.postgres, delivery, app.clock.now(), why).await?;
    metrics::given_up("refused");
    Ok(())
}

/// Sets aside what says something that is not true any more: a turn that is over, a code that opens nothing.
///
/// # Errors
/// It is not written down, and is found again when the lease ends.
pub async fn late(app: &Notifier, delivery: &Delivery) -> Result<(), StoreError> {
    tracing::warn!("a mail could not be sent in time and is set aside");
    store::give_up(&app.postgres, delivery, app.clock.now(), "too late").await?;
    metrics::given_up("late");
    Ok(())
}

/// Sets aside what failed too often.
///
/// # Errors
/// It is not written down, and is tried again when the lease ends.
pub async fn exhausted(app: &Notifier, delivery: &Delivery, why: &str) -> Result<(), StoreError> {
    tracing::error!(error = discreet(why), "a message was tried too often and is set aside");
    store::give_up(&app.postgres, delivery, app.clock.now(), why).await?;
    metrics::given_up("exhausted");
    Ok(())
}
