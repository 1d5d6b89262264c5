//! `cargo xtask test`: everything that shows the code to be good, on servers of its own, and one line of totals.

mod browser;
mod run;

use std::thread;

use anyhow::{Result, anyhow};
use clap::Args;
use devstack::{Home, postgres::Durability};

use crate::{
    cargo, check, install, say,
    servers::{Preferred, Servers},
    sqlx,
    total::Total,
};

/// Runs all tests: format, lints, documentation, cached queries, unit, integration, whole system, browser.
#[derive(Args)]
pub(crate) struct Test {
    /// Runs the tests that take long, too.
    #[arg(long)]
    long: bool,
}

impl Test {
    /// See [`Test`].
    pub(crate) fn run(self) -> Result<()> {
        install::must_have(&install::SERVERS)?;
        let lacking =
            [install::ELASTICSEARCH.as_slice(), &install::BROWSER, &install::BOOKING_TESTS].concat();
        if let Err(error) = install::try_to_have(&lacking) {
            say::line(format_args!("  installing failed: {error:#}"));
        }
        let mut total = Total::default();
        total.count("packages that tests need", browser::packages());
        check::all(&mut total);
        browser::built(&mut total);
        match cargo::build_tests().and_then(|programs| cargo::build_programs().map(|()| programs)) {
            Ok(programs) => self.on_servers(&programs, &mut total)?,
            Err(error) => total.count("build", Err(error)),
        }
        total.close()
    }

    /// What needs servers.
    fn on_servers(&self, programs: &[cargo::TestProgram], total: &mut Total) -> Result<()> {
        let servers = Servers::start(Home::temporary()?, Preferred::default(), Durability::Thrown)?;
        let server = servers.postgres.url("postgres");
        let queries = sqlx::migrated(&server, "queries")?;
        total.count("cached queries", say::step("cached queries", || sqlx::compare(&queries)));
        servers.wait()?;
        let mut environment = vec![
            ("DATABASE_URL", server),
            ("USHER_TEST_REDIS_URL", servers.redis.url()),
            ("INSTA_UPDATE", "no".to_owned()),
        ];
        environment.extend(
            servers.elasticsearch.as_ref().map(|server| ("USHER_TEST_ELASTICSEARCH_URL", server.url())),
        );
        if self.long {
            environment.push(("USHER_TEST_LONG", "1".to_owned()));
        }
        run_all(programs, &environment, total)?;
        run::examples_in_docs(total);
        drop(servers);
        browser::tests(total);
        Ok(())
    }
}

/// Runs all programs. Those of search-api mostly wait for Elasticsearch, so they run beside the others.
fn run_all(programs: &[cargo::TestProgram], environment: &[(&str, String)], total: &mut Total) -> Result<()> {
    let (waiting, others): (Vec<_>, Vec<_>) =
        programs.iter().partition(|program| program.folder.ends_with("search-api"));
    let one_by_one = |programs: &[&cargo::TestProgram], total: &mut Total| {
        for program in programs {
            run::tests(program, environment, total);
        }
    };
    thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut total = Total::default();
            one_by_one(&waiting, &mut total);
            total
        });
        one_by_one(&others, total);
        total.join(beside.join().map_err(|_| anyhow!("whoever ran the tests of search-api is gone"))?);
        Ok(())
    })
}
