//! `booking-api`: serves the catalog and the bookings, or makes an organizer's account. `--help` is the manual.

use booking_api::config::Command;
use mimalloc::MiMalloc;

/// A request is many small pieces of memory: this allocator gives them for less than the system's.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(config) => {
            platform::lifecycle::run(&config.service.clone(), "booking-api", |lifecycle| async move {
                booking_api::start(*config, lifecycle).await?;
                Ok(())
            })
        }
        Command::Organizer(config) => Ok(booking_api::make_organizer(&config)?),
    }
}
