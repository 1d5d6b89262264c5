//! Floors in PostgreSQL: bare statements by `pgbench`, on the same server, by as many clients as ask the service.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};
use devstack::{postgres, process};

use super::{Sizes, ratio::Report, shop::Shop};

/// Tables for the floors.
const TABLES: &str = include_str!("sql/tables.sql");

/// A script of statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// What it is called in a report.
    pub(super) name: &'static str,
    text: &'static str,
}

/// Taking from one counter that everybody wants.
pub(super) const HOT_ROW: Floor =
    Floor { name: "pgbench, one hot row", text: include_str!("sql/hot_row.sql") };

/// The first that nobody else is just taking.
pub(super) const BEST: Floor = Floor { name: "pgbench, SKIP LOCKED", text: include_str!("sql/best.sql") };

/// A row locked and changed, an order and a message written.
pub(super) const CONFIRM: Floor =
    Floor { name: "pgbench, four statements", text: include_str!("sql/confirm.sql") };

/// What booking-api says to PostgreSQL for one ticket from reserving to the end of confirming.
pub(super) const SALE: Floor =
    Floor { name: "pgbench, the same statements", text: include_str!("sql/sale.sql") };

/// How long a floor is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    /// So long.
    Span(Duration),
    /// So many transactions of each client.
    Each(usize),
}

/// Runs floors; none where `pgbench` is not installed.
pub(super) struct Pgbench {
    program: PathBuf,
    clients: usize,
}

impl Pgbench {
    /// Finds it. None without `pgbench`: then there is nothing to compare with, and the report says so.
    pub(super) fn find(sizes: &Sizes, report: &mut Report) -> Option<Self> {
        let beside = postgres::programs().map(|folder| folder.join("pgbench")).filter(|file| file.is_file());
        let program = beside.or_else(|| process::which("pgbench"));
        if program.is_none() {
            let missing =
                "pgbench is not installed (Debian's package `postgresql` has it): no floor, no ratio";
            report.notes.push(missing.to_owned());
        }
        Some(Self { program: program?, clients: sizes.clients })
    }

    /// Transactions per second of `floor`; `values` are what its script leaves open.
    pub(super) fn rate(
        &self,
        shop: &Shop,
        floor: Floor,
        values: &[(&str, String)],
        length: Length,
    ) -> Result<f64> {
        shop.servers.sql(TABLES.to_owned())?;
        let script = shop.servers.home().path().join("floor.sql");
        std::fs::write(&script, floor.text)?;
        let mut command = Command::new(&self.program);
        // As many threads as a bench's own client has: one.
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1", "--client"])
            .arg(self.clients.to_string());
        match length {
            Length::Span(span) => command.arg("--time").arg(span.as_secs().max(1).to_string()),
            Length::Each(number) => command.arg("--transactions").arg(number.to_string()),
        };
        for (name, value) in values.iter().chain(&[("i", "0".to_owned())]) {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        let said =
            process::run(command.arg("--file").arg(&script).arg(shop.servers.postgres.url("postgres")))?;
        let number =
            said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        number.with_context(|| format!("pgbench said {said}"))
    }
}
