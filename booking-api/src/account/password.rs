//! Passwords: argon2id, on blocking threads, a few at once.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use metrics::counter;
use platform::ids;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::PASSWORDS_TOTAL;

/// How long a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the password of an unknown address is compared with, so that it takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&ids::secret::<16>()));

/// Hashes and checks passwords. Bounded, because each takes a core and 19 MiB: without a bound, a rush of sign-ins
/// would stop everything else.
#[derive(Clone, Debug)]
pub struct Hasher {
    room: Arc<Semaphore>,
    hashed: Arc<AtomicU64>,
}

/// Too many others are waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting")]
pub struct Busy;

impl Hasher {
    /// Works on at most `at_once` passwords at a time.
    pub fn new(at_once: NonZeroUsize) -> Self {
        Self { room: Arc::new(Semaphore::new(at_once.get())), hashed: Arc::default() }
    }

    /// How often argon2 has run: whatever is asked of an account costs as much for one that is not there.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// The hash of `password` as a PHC string, with parameters and salt.
    ///
    /// # Errors
    /// [`Busy`]: try again in a moment.
    pub async fn hash(&self, password: &str) -> Result<String, Busy> {
        let (permit, password) = (self.permit().await?, password.to_owned());
        let hashed = Arc::clone(&self.hashed);
        blocking(permit, move || {
            hashed.fetch_add(1, Ordering::Relaxed);
            hash_now(password.as_bytes())
        })
        .await
    }

    /// Whether `password` is the one behind `hash`. Without a hash it never is, and that takes as long.
    ///
    /// # Errors
    /// [`Busy`]: try again in a moment.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Busy> {
        let (permit, password) = (self.permit().await?, password.to_owned());
        let hashed = Arc::clone(&self.hashed);
        blocking(permit, move || {
            hashed.fetch_add(1, Ordering::Relaxed);
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok() && known
        })
        .await
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Busy> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.room).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            counter!(PASSWORDS_TOTAL, "outcome" => "busy").increment(1);
            return Err(Busy);
        };
        counter!(PASSWORDS_TOTAL, "outcome" => "done").increment(1);
        Ok(permit)
    }
}

/// Runs `work` on a blocking thread and keeps the permit until it has ended, even when nobody waits any more.
async fn blocking<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Busy> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    done.await.map_err(|_| Busy)
}

fn hash_now(password: &[u8]) -> String {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password, &ids::secret::<16>())
        .expect("the default parameters and a salt of 16 bytes are good");
    hash.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_nobody_has_none() {
        let hasher = Hasher::new(NonZeroUsize::MIN);
        let hash = hasher.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("wrong horse", Some(hash)).await.unwrap());
        assert!(!hasher.verify("correct horse", None).await.unwrap());
    }
}
