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

/// Asks in the company of others who ask about attempts of the same provider; alone where the call for many failed, so that each
/// finds the error out. Whoever makes the call may make it for others, and of another provider than their own: `call` is told
/// which.
async fn in_company<Q: Clone + Send, A: Send, F: Future<Output = Result<Vec<A>, StoreError>> + Send>(
    gather: &Gather<(ProviderName, Q), A>,
    provider: ProviderName,
    question: Q,
    call: impl Fn(ProviderName, Vec<Q>) -> F + Send + Sync,
) -> Result<A, StoreError> {
    let send = |asked: Vec<(ProviderName, Q)>| {
        // All are of one provider.
        let of = asked.first().map_or(provider, |(provider, _)| *provider);
        let called = call(of, asked.into_iter().map(|(_, question)| question).collect());
        async move {
            called.await.unwrap_or_else(|error| {
                tracing::debug!(error = %Chain(&error), "a call for many attempts failed");
                Vec::new()
            })
        }
    };
    if let Some(answer) = gather.ask::<OfOne, _>((provider, question.clone()), send).await {
        return Ok(answer);
    }
    let silent = || StoreError::Unexpected("nothing was said about an attempt".to_owned());
    call(provider, vec![question]).await?.pop().ok_or_else(silent)
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
    let look = |provider, keys: Vec<String>| async move {
        let orders = store::orders_of(&app.postgres, provider, &keys).await?;
        Ok(keys.iter().map(|key| orders.get(key).copied()).collect())
    };
    in_company(&app.payments.looking, provider, key.to_owned(), look).await
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
    let write = |provider, all: Vec<(Told, DateTime<Utc>)>| async move {
        store::sent(&app.postgres, provider, &all).await?;
        Ok(vec![(); all.len()])
    };
    in_company(&app.payments.sending, provider, (told, look), write).await
}
