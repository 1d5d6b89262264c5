//! A program brings a key of an organizer in `Authorization`. The gate exchanges it at booking-api for a token that holds a minute,
//! and goes on with that: the services behind never see the key.

use std::{net::IpAddr, time::Duration};

use contracts::organizer_key::{BEGINS, EXCHANGE_PATH, parse};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use moka::future::Cache;
use serde::Deserialize;

use super::ask::ask;
use crate::{gateway::limit::Budget, state::Gate};

/// How long an answer is used again: a key that is revoked is refused by every gate after this long,
/// and the time of an answer.
const SHARED: Duration = Duration::from_secs(1);
/// The most answers that are kept at a time.
const KEPT: u64 = 10_000;

/// What keys were exchanged for a moment ago; nothing where one is not good.
pub struct Exchanges(Cache<String, Option<HeaderValue>>);

impl Default for Exchanges {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_live(SHARED).build())
    }
}

/// Why a request with a key does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The key is not good.
    BadKey,
    /// booking-api is away.
    Away,
}

#[derive(Deserialize)]
struct Answer {
    token: String,
}

/// A key as a request came with it, before it was exchanged: for answers that go on for longer than what it was exchanged for.
#[derive(Clone)]
pub struct Presented(HeaderValue);

/// Puts what the key in `headers` is exchanged for in its place, returns it, and says what is left of the key's budget; without a
/// key nothing happens. A request beyond the budget goes on no further: see [`Budget::is_spent`].
///
/// # Errors
/// [`Refused`].
pub async fn exchange(
    gate: &Gate,
    client: IpAddr,
    headers: &mut HeaderMap,
) -> Result<Option<(Presented, Budget)>, Refused> {
    let replaced = replace(gate, client, headers).await?;
    Ok(replaced.map(|(presented, prefix)| (presented, gate.gateway.take_key(&prefix))))
}

/// The same without charging it: the key that was there, and its prefix.
async fn replace(
    gate: &Gate,
    client: IpAddr,
    headers: &mut HeaderMap,
) -> Result<Option<(Presented, String)>, Refused> {
    let Some(said) = headers.get(header::AUTHORIZATION).cloned() else { return Ok(None) };
    let bearer = said.to_str().ok().and_then(|said| said.split_once(' '));
    let key = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    let Some(key) = key.filter(|key| key.starts_with(BEGINS)).map(str::to_owned) else { return Ok(None) };
    // What is no key by its form is neither asked about nor kept, however long it is.
    let (prefix, _) = parse(&key).ok_or(Refused::BadKey)?;
    let look = async {
        let body = serde_json::json!({ "key": key });
        let (parts, read) = ask(gate, client, EXCHANGE_PATH, &body).await.ok_or(Refused::Away)?;
        match parts.status {
            StatusCode::OK => {
                let Answer { token } = serde_json::from_slice(&read).map_err(|_| Refused::Away)?;
                Ok(Some(HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Refused::Away)?))
            }
            StatusCode::UNAUTHORIZED => Ok(None),
            _ => Err(Refused::Away),
        }
    };
    let found = gate.exchanges.0.try_get_with_by_ref(&key, look).await.map_err(|refused| *refused)?;
    headers.insert(header::AUTHORIZATION, found.ok_or(Refused::BadKey)?);
    let prefix = prefix.to_owned();
    Ok(Some((Presented(said), prefix)))
}

/// Exchanges the key again that a request came with, if it came with one. Where booking-api is away it goes on with what it has,
/// until that ends.
///
/// # Errors
/// [`Refused`]: the key is not good any more.
pub async fn again(
    gate: &Gate,
    client: IpAddr,
    presented: Option<&Presented>,
    headers: &mut HeaderMap,
) -> Result<(), Refused> {
    let Some(Presented(key)) = presented else { return Ok(()) };
    let before = headers.insert(header::AUTHORIZATION, key.clone());
    match (replace(gate, client, headers).await, before) {
        (Err(Refused::Away), Some(before)) => {
            headers.insert(header::AUTHORIZATION, before);
            Ok(())
        }
        (exchanged, _) => exchanged.map(drop),
    }
}
