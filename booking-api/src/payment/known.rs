//! What many ask of the attempts in the same moment, and tell of them: one statement for all.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderId};
use platform::{postgres::StoreError, telemetry::Chain};

use super::{ProviderName, Told, store};
use crate::{
    gather::{Company, Gather},
    state::Booking,
};

/// The most attempts in one statement.
const TOGETHER: usize = 64;

/// Who looks for the order of an attempt.
pub type Looking = Gather<(ProviderName, String), Option<(EventId, OrderId)>>;
/// Who notes that an attempt was taken in.
pub type Sending = Gather<(ProviderName, (Told, DateTime<Utc>)), ()>;

/// Attempts of one provider.
#[derive(Debug, Default)]
struct OfOne(Option<ProviderName>, usize);

impl<T> Company<(ProviderName, T)> for OfOne {
    fn admits(&mut self, (provider, _): &(ProviderName, T)) -> bool {
        let is_apart = self.1 < TOGETHER && self.0.is_none_or(|other| other == *provider);
        if is_apart {
            (self.0, self.1) = (Some(*provider), self.1 + 1);
        }
        is_apart
    }
}

/// What goes together in one call, and of which provider it is.
fn of_one<T>(asked: Vec<(ProviderName, T)>) -> Option<(ProviderName, Vec<T>)> {
    let provider = asked.first()?.0;
    Some((provider, asked.into_iter().map(|(_, one)| one).collect()))
}

/// The order that the attempt with this key is of. Says nothing about its state: lock the order, then read again.
///
/// # Errors
/// When the database fails.
pub async fn order_of(
    app: &Booking,
    provider: ProviderName,
    key: &str,
) -> Result<Option<(EventId, OrderId)>, StoreError> {
    let look = async |keys: &[String]| store::orders_of(&app.postgres, provider, keys).await;
    let send = |asked| async move {
        let Some((_, keys)) = of_one(asked) else { return Vec::new() };
        match look(&keys).await {
            Ok(orders) => keys.iter().map(|key| orders.get(key).copied()).collect(),
            // Nobody is answered, and each finds the error out alone.
            Err(error) => {
                tracing::debug!(error = %Chain(&error), "orders were looked for in vain");
                Vec::new()
            }
        }
    };
    let key = key.to_owned();
    match app.payments.looking.ask::<OfOne, _>((provider, key.clone()), send).await {
        Some(order) => Ok(order),
        None => Ok(look(std::slice::from_ref(&key)).await?.remove(&key)),
    }
}

/// Notes that `provider` took the attempt in that is called `told.reference`; it is asked about from `look` on.
///
/// # Errors
/// When the database fails; the provider is asked again then.
pub async fn sent(
    app: &Booking,
    provider: ProviderName,
    told: Told,
    look: DateTime<Utc>,
) -> Result<(), StoreError> {
    let write = async |all: &[(Told, DateTime<Utc>)]| store::sent(&app.postgres, provider, all).await;
    let send = |asked| async move {
        let Some((_, all)) = of_one(asked) else { return Vec::new() };
        match write(&all).await {
            Ok(()) => all.iter().map(|_| ()).collect(),
            Err(error) => {
                tracing::debug!(error = %Chain(&error), "attempts that were sent were noted in vain");
                Vec::new()
            }
        }
    };
    match app.payments.sending.ask::<OfOne, _>((provider, (told.clone(), look)), send).await {
        Some(()) => Ok(()),
        None => write(&[(told, look)]).await,
    }
}
