//! Servers start, run as nobody special, outlive the thread that asked for them, and never outlive us.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use devstack::{
    Home,
    port::Port,
    postgres::{self, Durability, Postgres},
    probe,
    redis::Redis,
};

/// Set for the copy of this program that is to be killed.
const VICTIM: &str = "DEVSTACK_TEST_VICTIM";

#[test]
fn a_database_keeps_its_data_and_runs_as_nobody_special() {
    let home = Home::temporary().unwrap();
    let server = Postgres::start(&home, Port::any().unwrap(), Durability::Thrown).unwrap();
    assert_ne!(owner(server.process().pid()), 0);
    let url = server.url("postgres");
    assert!(postgres::make_database(&url, "shop").unwrap());
    assert!(!postgres::make_database(&url, "shop").unwrap());
    let shop = postgres::with_database(&url, "shop").unwrap();
    postgres::sql(&shop, "create table seat (name text); insert into seat values ('A1')").unwrap();
    assert_eq!(postgres::sql(&shop, "show wal_level").unwrap(), "logical");
    drop(server);
    let server = Postgres::start(&home, Port::any().unwrap(), Durability::Thrown).unwrap();
    assert_eq!(postgres::sql(&server.url("shop"), "select name from seat").unwrap(), "A1");
    let path = home.path().to_path_buf();
    drop((server, home));
    assert!(!path.exists());
}

#[test]
fn a_server_outlives_the_thread_that_asked_for_it() {
    let home = Home::temporary().unwrap();
    let start = || Redis::start(&home, "redis", Port::any().unwrap()).unwrap();
    let mut redis = thread::scope(|scope| scope.spawn(start).join().unwrap());
    assert_ne!(owner(redis.process().pid()), 0);
    assert!(redis.process().ended().is_none());
    redis.crash().unwrap();
    let pid = redis.process().pid();
    drop(redis);
    assert!(!lives(pid));
}

#[test]
fn a_server_that_does_not_come_up_says_why() {
    let home = Home::temporary().unwrap();
    let folder = home.folder("redis").unwrap();
    std::fs::write(folder.join("appendonlydir"), "not a folder").unwrap();
    let error = Redis::start(&home, "redis", Port::any().unwrap()).unwrap_err().to_string();
    assert!(error.contains("redis ended at its start") && error.contains("redis.log"), "{error}");
}

#[test]
fn servers_end_when_we_are_killed() {
    let this = std::env::current_exe().unwrap();
    let mut victim = Command::new(this)
        .args(["--exact", "the_victim", "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let pid = said.find_map(|line| line.split_once("pid=").and_then(|(_, pid)| pid.parse().ok())).unwrap();
    assert!(lives(pid));
    victim.kill().unwrap();
    victim.wait().unwrap();
    for _ in 0..500 {
        if !lives(pid) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("redis {pid} outlived us");
}

/// Not a test of its own: what `servers_end_when_we_are_killed` kills.
#[test]
fn the_victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let home = Home::temporary().unwrap();
    let redis = Redis::start(&home, "redis", Port::any().unwrap()).unwrap();
    writeln!(std::io::stdout(), "\npid={}", redis.process().pid()).unwrap();
    // Until the input ends, which is when the other one has killed us.
    std::io::stdin().lines().for_each(drop);
}

#[test]
fn a_closed_port_answers_nothing() {
    let port = Port::any().unwrap();
    assert_eq!(probe::status(port.number(), "/"), None);
}

fn owner(pid: i32) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(format!("/proc/{pid}")).unwrap().uid()
}

/// Whether the process is there and no zombie.
fn lives(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}
