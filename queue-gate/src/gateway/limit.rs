//! How much one address may ask for, by class of request. Each gate counts for itself.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

use clap::Args;
use contracts::id::{AccountId, VisitorId};
use governor::clock::{Clock, DefaultClock};
use platform::http::one_network;

use super::route::Class;
use crate::limiter::{self, Limiter};

/// Requests a minute for each address. A whole minute's budget may be used at once, then it refills evenly.
#[derive(Clone, Debug, Args)]
pub struct LimitConfig {
    /// Requests a minute of one address, where no narrower limit holds. Many fans may share an address (a campus, a
    /// mobile carrier), so it is generous; a load test from one address raises it, and with it all that are not given.
    #[arg(
        id = "limit_per_address",
        long = "limit-per-address",
        env = "QUEUE_GATE_LIMIT_PER_ADDRESS",
        default_value = "12000"
    )]
    pub per_address: NonZeroU32,
    /// Requests a minute of one address to the waiting rooms. As many as `per-address` when absent.
    #[arg(id = "limit_line", long = "limit-line", env = "QUEUE_GATE_LIMIT_LINE")]
    pub line: Option<NonZeroU32>,
    /// Attempts a minute of one address to sign in or register. A twentieth of `per-address` when absent.
    #[arg(id = "limit_sign_in", long = "limit-sign-in", env = "QUEUE_GATE_LIMIT_SIGN_IN")]
    pub sign_in: Option<NonZeroU32>,
    /// Bookings and confirmations a minute of one address. A quarter of `per-address` when absent.
    #[arg(id = "limit_booking", long = "limit-booking", env = "QUEUE_GATE_LIMIT_BOOKING")]
    pub booking: Option<NonZeroU32>,
    /// Searches a minute of one address. Half of `per-address` when absent.
    #[arg(id = "limit_search", long = "limit-search", env = "QUEUE_GATE_LIMIT_SEARCH")]
    pub search: Option<NonZeroU32>,
    /// Requests a minute that one key of an organizer may make through this gate, wherever they come from.
    #[arg(
        id = "limit_per_key",
        long = "limit-per-key",
        env = "QUEUE_GATE_LIMIT_PER_KEY",
        default_value = "3000"
    )]
    pub per_key: NonZeroU32,
    /// Bookings and confirmations a minute that one account may make through this gate, wherever it is signed in.
    #[arg(
        id = "limit_per_account",
        long = "limit-per-account",
        env = "QUEUE_GATE_LIMIT_PER_ACCOUNT",
        default_value = "300"
    )]
    pub per_account: NonZeroU32,
}

impl LimitConfig {
    /// Requests a minute of one address in `class`.
    fn of(&self, class: Class) -> NonZeroU32 {
        let share = |part: u32| NonZeroU32::new(self.per_address.get() / part).unwrap_or(NonZeroU32::MIN);
        match class {
            Class::Line => self.line.unwrap_or(self.per_address),
            Class::SignIn => self.sign_in.unwrap_or_else(|| share(20)),
            Class::Booking => self.booking.unwrap_or_else(|| share(4)),
            Class::Search => self.search.unwrap_or_else(|| share(2)),
            Class::Rest => self.per_address,
            Class::Key => self.per_key,
            Class::Account => self.per_account,
        }
    }
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Which.
    pub class: Class,
    /// Requests a minute.
    pub quota: u32,
    /// Requests that may come at once.
    pub remaining: u32,
    /// Seconds until the next one may come; 0 when it may come now.
    pub wait: u64,
}

impl Budget {
    /// Whether the request is one too many.
    pub fn is_spent(&self) -> bool {
        self.wait > 0
    }

    /// The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub fn fields(&self) -> (String, String) {
        let name = self.class.name();
        let reset = if self.wait > 0 { self.wait } else { 60 };
        let [mut quota, mut remaining, mut until] = [itoa::Buffer::new(); 3];
        // They are on every answer: put together by the formatter, they took longer than taking from the budget.
        let policy = ["\"", name, "\";q=", quota.format(self.quota), ";w=60"];
        let left = ["\"", name, "\";r=", remaining.format(self.remaining), ";t=", until.format(reset)];
        (policy.concat(), left.concat())
    }
}

/// How many access codes one visitor may try a minute; whoever has one needs a few tries at most.
const GUESSES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not 0");

/// The budgets of all addresses.
#[derive(Debug)]
pub struct Limits {
    guesses: Limiter<VisitorId>,
    limiters: [(Class, NonZeroU32, Limiter<IpAddr>); 5],
    keys: (NonZeroU32, Limiter<String>),
    accounts: (NonZeroU32, Limiter<AccountId>),
    clock: DefaultClock,
}

impl Limits {
    /// Full budgets.
    pub fn new(config: &LimitConfig) -> Self {
        let classes = [Class::Line, Class::SignIn, Class::Booking, Class::Search, Class::Rest];
        let limiters = classes.map(|class| {
            let quota = config.of(class);
            (class, quota, limiter::per_minute(quota))
        });
        let [keys, accounts] = [Class::Key, Class::Account].map(|class| config.of(class));
        Self {
            guesses: limiter::per_minute(GUESSES),
            limiters,
            keys: (keys, limiter::per_minute(keys)),
            accounts: (accounts, limiter::per_minute(accounts)),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one try of a secret, such as an access code, from the budgets of `visitor` and of `address`; the latter is
    /// that of signing in, because whoever takes a new cookie for each try has one address all the same.
    ///
    /// # Errors
    /// Where one of them is spent: how many seconds to wait.
    pub fn take_guess(&self, visitor: VisitorId, address: IpAddr) -> Result<(), u64> {
        if let Some(spent) = self.take(Class::SignIn, address).filter(Budget::is_spent) {
            return Err(spent.wait);
        }
        let now = self.clock.now();
        let tried = self.guesses.check_key(&visitor).map(drop);
        tried.map_err(|until| until.wait_time_from(now).as_secs() + 1)
    }

    /// Takes one request of `class` from the budget of `address`. `None` for a class that has none.
    pub fn take(&self, class: Class, address: IpAddr) -> Option<Budget> {
        let (_, quota, limiter) = self.limiters.iter().find(|(of, ..)| *of == class)?;
        Some(self.budget(class, *quota, limiter, &one_network(address)))
    }

    /// Takes one request from the budget of the organizer's key that begins with `prefix`. Only of a key that is good: a stranger
    /// who knows how it begins would spend it.
    pub fn take_key(&self, prefix: &str) -> Budget {
        let (quota, limiter) = &self.keys;
        self.budget(Class::Key, *quota, limiter, &prefix.to_owned())
    }

    /// Takes one booking from the budget of `account`: whoever comes from many addresses has one account all the same.
    pub fn take_account(&self, account: AccountId) -> Budget {
        let (quota, limiter) = &self.accounts;
        self.budget(Class::Account, *quota, limiter, &account)
    }

    fn budget<K: Clone + Eq + Hash>(
        &self,
        class: Class,
        quota: NonZeroU32,
        of: &Limiter<K>,
        key: &K,
    ) -> Budget {
        let quota = quota.get();
        match of.check_key(key) {
            Ok(state) => Budget { class, quota, remaining: state.remaining_burst_capacity(), wait: 0 },
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Budget { class, quota, remaining: 0, wait: wait.as_secs() + 1 }
            }
        }
    }

    /// Forgets the addresses whose budgets are full again. To be called now and then, or they add up for ever.
    pub fn forget_idle(&self) {
        limiter::forget_idle(&self.guesses);
        limiter::forget_idle(&self.keys.1);
        limiter::forget_idle(&self.accounts.1);
        for (_, _, limiter) in &self.limiters {
            limiter::forget_idle(limiter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_address: u32) -> Limits {
        let per_address = NonZeroU32::new(per_address).unwrap();
        let per_key = NonZeroU32::new(2).unwrap();
        Limits::new(&LimitConfig {
            per_address,
            line: None,
            sign_in: None,
            booking: None,
            search: None,
            per_key,
            per_account: per_key,
        })
    }

    #[test]
    fn a_spent_budget_says_when_the_next_may_come_and_is_nobody_elses() {
        let limits = limits(2);
        let [one, other]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        assert_eq!(limits.take(Class::Rest, one).unwrap().remaining, 1);
        assert!(!limits.take(Class::Rest, one).unwrap().is_spent());
        let spent = limits.take(Class::Rest, one).unwrap();
        assert!(spent.is_spent() && spent.wait <= 31, "{spent:?}");
        assert_eq!(spent.fields().0, r#""rest";q=2;w=60"#);
        assert!(!limits.take(Class::Rest, other).unwrap().is_spent());
        assert!(!limits.take(Class::Line, one).unwrap().is_spent());
    }

    #[test]
    fn a_key_has_a_budget_of_its_own_wherever_it_asks_from() {
        let limits = limits(1);
        assert_eq!(limits.take_key("one").remaining, 1);
        assert!(!limits.take_key("one").is_spent());
        let spent = limits.take_key("one");
        assert!(spent.is_spent() && spent.wait <= 31, "{spent:?}");
        assert_eq!(spent.fields().0, r#""key";q=2;w=60"#);
        assert!(!limits.take_key("other").is_spent());
    }

    #[test]
    fn an_account_has_a_budget_of_its_own() {
        let limits = limits(1);
        let [one, other]: [AccountId; 2] = [1, 2].map(|id| uuid::Uuid::from_u128(id).into());
        assert!((0..2).all(|_| !limits.take_account(one).is_spent()));
        let spent = limits.take_account(one);
        assert!(spent.is_spent() && spent.wait <= 31, "{spent:?}");
        assert_eq!(spent.fields().0, r#""account";q=2;w=60"#);
        assert!(!limits.take_account(other).is_spent());
    }

    #[test]
    fn guessing_is_slowed_for_each_visitor_and_for_each_address() {
        let limits = limits(20 * 12);
        let [one, other]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        let visitor = |id| VisitorId::from(uuid::Uuid::from_u128(id));
        assert!((0..10).all(|_| limits.take_guess(visitor(1), one).is_ok()));
        let wait = limits.take_guess(visitor(1), one).unwrap_err();
        assert!((1..=7).contains(&wait), "{wait}");
        // Another visitor from there, until the address has tried too often; then nobody from there.
        assert!(limits.take_guess(visitor(2), one).is_ok());
        assert!(limits.take_guess(visitor(3), one).is_err());
        assert!(limits.take_guess(visitor(3), other).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let limits = limits(1);
        assert!(!limits.take(Class::Rest, "2001:db8::1".parse().unwrap()).unwrap().is_spent());
        assert!(limits.take(Class::Rest, "2001:db8::2".parse().unwrap()).unwrap().is_spent());
        assert!(!limits.take(Class::Rest, "2001:db8:0:1::1".parse().unwrap()).unwrap().is_spent());
    }

    #[test]
    fn idle_addresses_are_forgotten_and_spent_ones_are_not() {
        let limits = limits(1);
        assert!(!limits.take(Class::Rest, "10.0.0.1".parse().unwrap()).unwrap().is_spent());
        limits.forget_idle();
        assert!(limits.take(Class::Rest, "10.0.0.1".parse().unwrap()).unwrap().is_spent());
    }
}
