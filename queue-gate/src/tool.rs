//! What else the program does than being a gate: tools, each named by the first argument.

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser};

use crate::{admission::simulate::tool, config::Config, draw::verify};

/// What the program is asked to be.
#[derive(Clone, Debug)]
pub enum Program {
    /// A gate. No argument names it.
    Gate(Box<Config>),
    /// A tool that needs neither stores nor keys.
    Tool(Tool),
}

/// The tools.
#[derive(Clone, Debug, Parser)]
#[command(name = "queue-gate", version, about = "Tools of the waiting room. Without one of them: a gate.")]
pub enum Tool {
    /// Recomputes a draw from what is published of it, and says yes or exactly what differs.
    Verify(verify::Verify),
    /// Plays a sale with modelled fans, and says what comes of it.
    Simulate(tool::Simulate),
}

impl Program {
    /// Reads `arguments`, the program's name first. A wrong one, `--help` and `--version` end the process.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let first = arguments.get(1).and_then(|first| first.to_str()).unwrap_or_default();
        let is_tool =
            first == "help" || Tool::command().get_subcommands().any(|tool| tool.get_name() == first);
        if is_tool {
            Self::Tool(Tool::parse_from(arguments))
        } else {
            Self::Gate(Box::new(Config::parse_from(arguments)))
        }
    }
}

impl Tool {
    /// Does its work.
    pub fn run(&self) -> ExitCode {
        match self {
            Self::Verify(asked) => verify::run(asked),
            Self::Simulate(asked) => tool::run(asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(arguments: &str) -> Program {
        Program::parse(arguments.split(' ').map(OsString::from))
    }

    #[test]
    fn without_a_tool_the_program_is_a_gate() {
        let gate = "queue-gate --postgres-url postgres://h/d --redis-url redis://h --gate-key k --gate-secret s \
                    --session-jwks j --booking http://b --search http://s";
        assert!(matches!(program(gate), Program::Gate(_)));
        let verify = program("queue-gate verify --file draw.json --entries entries.txt");
        assert!(
            matches!(verify, Program::Tool(Tool::Verify(asked)) if asked.url.is_none() && asked.file.is_some())
        );
        let simulate = program("queue-gate simulate scenario.json");
        assert!(
            matches!(simulate, Program::Tool(Tool::Simulate(asked)) if asked.file.ends_with("scenario.json"))
        );
    }
}
