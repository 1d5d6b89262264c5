//! h2spec, which speaks HTTP/2 as nobody should and looks at what comes back.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use devstack::process::{run as run_to_end, which};

use super::{Stand, scratch};

/// The program, as Go's module proxy names it.
const MODULE: &str = "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible";

/// The names of the cases that fail.
pub(super) fn run() -> Result<BTreeSet<String>> {
    let (program, folder) = (program()?, scratch("h2spec")?);
    let stand = Stand::start(&[])?;
    let report = folder.join("report.xml");
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &stand.port()?.to_string(), "--timeout", "5", "-j"]);
    // It fails where a case does: what counts is what it writes.
    command.arg(&report).output().context("h2spec could not be run")?;
    let report = std::fs::read_to_string(&report).context("h2spec wrote no report")?;
    ensure!(report.matches("<testcase").count() >= 145, "h2spec played too few cases");
    Ok(failures(&report))
}

/// The program: the machine's, or one of our own.
fn program() -> Result<PathBuf> {
    if let Some(program) = which("h2spec") {
        return Ok(program);
    }
    let folder = scratch("bin")?;
    let program = folder.join("h2spec");
    if !program.is_file() {
        let mut install = Command::new("go");
        run_to_end(install.args(["install", MODULE]).env("GOBIN", &folder))
            .context("h2spec comes by `go install`: is Go there?")?;
    }
    Ok(program)
}

/// The cases with a failure in a report in the format of `JUnit`.
fn failures(report: &str) -> BTreeSet<String> {
    let attribute = |case: &str, name: &str| {
        let (_, rest) = case.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.replace("&#39;", "'").replace("&#34;", "\""))
    };
    let failed = |case: &&str| case.contains("<failure") || case.contains("<error");
    report
        .split("<testcase ")
        .skip(1)
        .filter(failed)
        .filter_map(|case| {
            Some(format!("{}: {}", attribute(case, "package")?, attribute(case, "classname")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_that_fail_are_named() {
        let report = r#"<testsuite><testcase package="http2/3.5" classname="Sends client&#39;s preface" time="0"></testcase>
            <testcase package="http2/3.5" classname="Sends invalid preface" time="0"><failure>x</failure></testcase></testsuite>"#;
        assert_eq!(failures(report), ["http2/3.5: Sends invalid preface".to_owned()].into());
    }
}
