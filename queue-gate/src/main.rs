//! The gate as a program: `queue-gate --help` is its manual, `queue-gate help` that of its tools.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use queue_gate::{StartError, tool::Program};

/// A request is many small pieces of memory, a waiting fan a few: this allocator gives both for less than the system's.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> Result<ExitCode, StartError> {
    match Program::parse(std::env::args_os()) {
        Program::Tool(tool) => Ok(tool.run()),
        Program::Gate(config) => {
            let (service, cores) = (config.service.clone(), config.cores());
            platform::lifecycle::run_on(&service, "queue-gate", cores, |lifecycle| async move {
                queue_gate::start(*config, lifecycle).await.map(drop)
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
