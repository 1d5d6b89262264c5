//! Trying passwords and codes is slow, whatever copy of the service is asked. A try is taken from the budgets before it is looked
//! at, so that no burst gets more of them, and given back when it was right.
//!
//! Whoever tries an account from one network spends what that network has for it, and shuts nobody out who comes from another.
//! Only many networks together spend what the account has; a code by mail then still signs its owner in, for that has budgets of
//! its own.

use std::{net::IpAddr, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{
    budget::{Budget, Turn, budget},
    http::one_network,
    postgres::StoreError,
    telemetry::Chain,
};

use crate::state::Booking;

/// In how long a budget is full again.
const PERIOD: Duration = Duration::from_mins(10);
/// How many tries a network has for one address of an account.
const FROM_THERE: u32 = 10;
/// How many tries all have for it together.
const FOR_ADDRESS: u32 = 100;
/// How many wrong tries a network has, for all accounts: many people may share it.
const OF_NETWORK: u32 = 100;
/// In how long another code is mailed as often again.
const CODES_PERIOD: Duration = Duration::from_hours(1);
/// How many codes are mailed to one address.
const CODES_TO_ADDRESS: u32 = 5;
/// How many codes a network has mailed.
const CODES_OF_NETWORK: u32 = 60;

/// Too many tries: after so many seconds there is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries")]
pub struct Slowed(pub u64);

/// A try that was taken.
#[derive(Clone, Debug)]
pub struct Try {
    budgets: Vec<Budget>,
}

impl Try {
    /// Gives it back: it was right. Where Redis fails it stays taken, and refills.
    pub async fn right(self, app: &Booking) {
        if self.budgets.is_empty() {
            return;
        }
        let given = budget(&mut app.redis.clone(), &self.budgets, Turn::GiveBack).await;
        if let Err(error) = given {
            tracing::debug!(error = %Chain(&error), "a right try was not given back");
        }
    }
}

/// Takes a try at the password of `email` from `address`.
///
/// # Errors
/// [`Slowed`] inside; outside when Redis fails: nobody tries then, for nobody would count.
pub async fn password(
    app: &Booking,
    email: &str,
    address: Option<IpAddr>,
) -> Result<Result<Try, Slowed>, StoreError> {
    let who = nameless(app, email);
    let mut budgets = vec![Budget::new(&format!("password:{who}"), FOR_ADDRESS, PERIOD)];
    if let Some(network) = address.map(one_network) {
        budgets.push(Budget::new(&format!("password:{who}:{network}"), FROM_THERE, PERIOD));
        budgets.push(Budget::new(&format!("sign-in:{network}"), OF_NETWORK, PERIOD));
    }
    take(app, budgets).await
}

/// Takes a try at a code that was mailed, from `address`; each code has a few tries only, whoever makes them.
///
/// # Errors
/// As [`password`].
pub async fn code(app: &Booking, address: Option<IpAddr>) -> Result<Result<Try, Slowed>, StoreError> {
    let network = address.map(one_network);
    let budget = network.map(|network| Budget::new(&format!("sign-in:{network}"), OF_NETWORK, PERIOD));
    take(app, budget.into_iter().collect()).await
}

/// Takes leave to mail a code to `email`, asked for from `address`.
///
/// # Errors
/// As [`password`].
pub async fn mail(
    app: &Booking,
    email: &str,
    address: Option<IpAddr>,
) -> Result<Result<Try, Slowed>, StoreError> {
    let who = nameless(app, email);
    let mut budgets = vec![Budget::new(&format!("mail:{who}"), CODES_TO_ADDRESS, CODES_PERIOD)];
    if let Some(network) = address.map(one_network) {
        budgets.push(Budget::new(&format!("mail:{network}"), CODES_OF_NETWORK, CODES_PERIOD));
    }
    take(app, budgets).await
}

/// Takes leave to send somebody to a provider who signs them in, asked for from `address`.
///
/// # Errors
/// As [`password`].
pub async fn begin(app: &Booking, address: Option<IpAddr>) -> Result<Result<Try, Slowed>, StoreError> {
    let network = address.map(one_network);
    let budget = network.map(|network| Budget::new(&format!("begin:{network}"), OF_NETWORK, PERIOD));
    take(app, budget.into_iter().collect()).await
}

async fn take(app: &Booking, budgets: Vec<Budget>) -> Result<Result<Try, Slowed>, StoreError> {
    if budgets.is_empty() {
        return Ok(Ok(Try { budgets }));
    }
    let wait = budget(&mut app.redis.clone(), &budgets, Turn::Take).await?;
    Ok(if wait > 0 { Err(Slowed(wait.div_ceil(1000))) } else { Ok(Try { budgets }) })
}

/// What stands for an address in Redis, where nobody shall read whose they are.
fn nameless(app: &Booking, email: &str) -> String {
    let typed = email.trim().to_lowercase();
    let hash = app.keys.codes.keyed("address", &[typed.as_bytes()]);
    URL_SAFE_NO_PAD.encode(&hash[..16])
}
