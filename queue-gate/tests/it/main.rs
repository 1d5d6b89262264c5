//! The gate as others meet it: real servers, the real router.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod forward;
mod gateway;
mod gateway_app;
