//! The connection to Redis: multiplexed, reconnecting, with a deadline on every command.

use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::config::RedisConfig;

/// A connection; cloning it is cheap, and all clones share one socket.
pub type Redis = ConnectionManager;

/// A connection that is made when first used and made again when it breaks. A command fails rather than waits
/// longer than `redis_timeout`; after a timeout a script may have run, so every script is safe to repeat.
///
/// # Errors
/// When the URL is none.
pub fn connect(config: &RedisConfig) -> Result<Redis, RedisError> {
    let options = ConnectionManagerConfig::new()
        .set_response_timeout(Some(config.redis_timeout))
        .set_connection_timeout(Some(config.redis_timeout))
        .set_number_of_retries(1)
        .set_min_delay(std::time::Duration::from_millis(20))
        .set_max_delay(std::time::Duration::from_millis(500));
    ConnectionManager::new_lazy_with_config(Client::open(config.redis_url.as_str())?, options)
}
