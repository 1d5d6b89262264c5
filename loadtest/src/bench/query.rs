//! G7: searches over HTTP beside the very requests that they become, sent to Elasticsearch raw; the same question asked by many;
//! and the index of the process in place of Elasticsearch.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Result, ensure};
use devstack::{port::Port, process::Process};
use sqlx::Row;
use tokio::time::Instant;

use super::{
    Sizes,
    calls::{self, Asked, Pace, Plan, Played, Script, millis},
    catalog::{self, Catalog},
    eavesdrop::Eavesdrop,
    measure::{self, count, float},
    ratio::Report,
};

/// How many questions of a kind there are.
const QUESTIONS: i64 = 200;
/// How many connections ask.
const CONNECTIONS: usize = 8;

/// What a question is made of.
struct Seed {
    turn: usize,
    /// Two words that an event is called: one of four, and one of its own.
    title: String,
    /// Days on which events are.
    days: String,
}

/// A kind of question.
struct Kind {
    name: &'static str,
    question: fn(&Seed) -> String,
}

const KINDS: [Kind; 5] = [
    Kind { name: "keyword", question: |seed| format!("/search?token={}", seed.title.replace(' ', "%20")) },
    Kind { name: "typo", question: |seed| format!("/search?token={}", slip(seed)) },
    Kind { name: "near in a week", question: near },
    Kind { name: "suggest", question: |seed| format!("/search/suggest?token={}", begun(seed)) },
    Kind { name: "facets", question: facets },
];

/// The first word, with two letters in each other's place.
fn slip(seed: &Seed) -> String {
    let mut letters: Vec<char> =
        seed.title.to_lowercase().chars().take_while(|letter| *letter != ' ').collect();
    let at = 1 + seed.turn % (letters.len().max(4) - 3);
    letters.swap(at, at + 1);
    format!("{}%20hall%20{}", letters.into_iter().collect::<String>(), 1 + seed.turn % 100)
}

fn near(seed: &Seed) -> String {
    let place = f64::from(u32::try_from(1 + seed.turn % 100).unwrap_or(1));
    let (north, east) = (47.0 + place * 0.07, 6.0 + place * 0.08);
    format!("/search?location={north:.2},{east:.2},50&date={}", seed.days)
}

/// The first letters of a word.
fn begun(seed: &Seed) -> &str {
    let own = seed.title.split(' ').next_back().unwrap_or_default();
    own.get(..3 + seed.turn % 4).unwrap_or(own)
}

fn facets(seed: &Seed) -> String {
    let first = seed.title.split(' ').next().unwrap_or_default();
    format!("/search?token={first}%20hall%20{}&facets=city,category,month", 1 + seed.turn % 100)
}

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "query",
        format!(
            "{} rounds of {} s, {} events, {QUESTIONS} questions of a kind, {CONNECTIONS} connections",
            sizes.rounds, sizes.seconds, sizes.indexed
        ),
    );
    let catalog = Catalog::start(sizes)?;
    let server = local(catalog.elasticsearch.port());
    let way = Eavesdrop::start(server)?;
    let environment = |elasticsearch: &str, more: &[(&'static str, &str)]| {
        let mut all = catalog::environment(&catalog.servers, elasticsearch);
        // Who compares meanwhile would be measured too; and what is asked shall reach Elasticsearch, or nobody.
        all.extend([("SEARCH_API_RECONCILE", "1h".to_owned()), ("SEARCH_API_STAND_IN", "false".to_owned())]);
        all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    let url = catalog.elasticsearch.url();
    let start = |name: &str, environment| {
        let (process, port) = catalog::launch(&catalog.servers, name, environment)?;
        catalog.wait(port.number())?;
        anyhow::Ok((process, port))
    };
    let (listened, listened_port) = start("search-api-listened", environment(&way.url(), &[]))?;
    let (asking, asked) = start("search-api-asked", environment(&url, &[]))?;
    let (_shared, shared) = start("search-api-shared", environment(&url, &[("SEARCH_API_SHARED", "1s")]))?;
    let alone = catalog::environment(&catalog.servers, "");
    let alone = alone.into_iter().filter(|(name, _)| *name != "SEARCH_API_ELASTICSEARCH").collect();
    let began = Instant::now();
    let (holding, alone) = start("search-api-alone", alone)?;
    filled(sizes, began.elapsed(), [&asking, &holding], &mut report);
    let seeds = seeds(&catalog)?;
    let mut kinds = Vec::new();
    for kind in &KINDS {
        kinds.push((kind, learn(&catalog, kind, &seeds, (&listened_port, &way), &mut report)?));
    }
    drop(listened);
    for (kind, learned) in &kinds {
        let sides = Sides {
            questions: &learned.questions,
            raw: (server, &learned.raw),
            ours: local(asked.number()),
            alone: local(alone.number()),
            processes: [asking.pid(), holding.pid()],
        };
        sides.compare(kind.name, sizes, &mut report)?;
    }
    if let Some((_, learned)) = kinds.first() {
        same(sizes, (server, &learned.raw), (local(shared.number()), &learned.questions), &mut report)?;
    }
    Ok(report)
}

/// How soon the index of a process is whole, and what it takes beside what a process takes that has none.
fn filled(sizes: &Sizes, took: Duration, [without, with]: [&Process; 2], report: &mut Report) {
    let events = float(count(sizes.indexed));
    report.number("index of the process: filled", "s after its start", &[took.as_secs_f64()], &[]);
    let [less, more] = [without, with].map(|process| float(measure::pss(&[process.pid()]) / 1024));
    report.number("index of the process: memory", "KiB an event", &[(more - less) / events], &[]);
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn seeds(catalog: &Catalog) -> Result<Vec<Seed>> {
    let rows = catalog.servers.rows(format!(
        "select title, to_char(starts_at, 'YYYY-MM-DD') || '..' || to_char(starts_at + interval '6 days', 'YYYY-MM-DD')
         from event order by md5(title) limit {QUESTIONS}"
    ))?;
    let seed = |(turn, row): (usize, &sqlx::postgres::PgRow)| {
        Ok(Seed { turn, title: row.try_get(0)?, days: row.try_get(1)? })
    };
    rows.iter().enumerate().map(seed).collect()
}

/// Questions, and the requests that they become.
struct Learned {
    questions: Vec<Vec<u8>>,
    raw: Vec<Vec<u8>>,
}

/// Asks each question once, and learns what it becomes. A question that becomes several requests, because nothing was found
/// as it was asked, is left out on both sides.
fn learn(
    catalog: &Catalog,
    kind: &Kind,
    seeds: &[Seed],
    (port, way): (&Port, &Eavesdrop),
    report: &mut Report,
) -> Result<Learned> {
    let mut learned = Learned { questions: Vec::new(), raw: Vec::new() };
    for seed in seeds {
        let path = (kind.question)(seed);
        way.take();
        catalog.servers.runtime.block_on(catalog.ask(port.number(), &path))?;
        let is_search = |request: &Vec<u8>| request.windows(8).take(200).any(|word| word == b"/_search");
        let mut heard: Vec<_> = way.take().into_iter().filter(is_search).collect();
        if let (Some(request), true) = (heard.pop(), heard.is_empty()) {
            learned.questions.push(get(&path));
            learned.raw.push(request);
        }
    }
    ensure!(
        learned.questions.len() * 2 > seeds.len(),
        "most questions of the kind {} became several",
        kind.name
    );
    if learned.questions.len() < seeds.len() {
        let left = seeds.len() - learned.questions.len();
        report
            .notes
            .push(format!("{}: {left} questions that became several requests are left out", kind.name));
    }
    Ok(learned)
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// Requests in turn, again and again.
struct InTurn<'a> {
    requests: &'a [Vec<u8>],
    turn: usize,
}

impl Script for InTurn<'_> {
    fn next(&mut self) -> Option<Asked> {
        self.turn += 1;
        let bytes = self.requests.get(self.turn % self.requests.len().max(1))?.clone();
        Some(Asked { tag: self.turn, bytes })
    }

    fn is_over(&self) -> bool {
        false
    }

    fn answered(&mut self, _: usize, _: u64, _: &[u8]) -> Option<Asked> {
        None
    }
}

fn play(target: SocketAddr, requests: &[Vec<u8>], pace: Pace, seconds: u32) -> Result<Played> {
    let span = Duration::from_secs(seconds.into());
    calls::play(Plan { target, connections: CONNECTIONS, pace, span }, &mut InTurn { requests, turn: 0 })
}

/// The same questions, asked of three.
struct Sides<'a> {
    questions: &'a [Vec<u8>],
    raw: (SocketAddr, &'a [Vec<u8>]),
    ours: SocketAddr,
    alone: SocketAddr,
    /// Of the last two.
    processes: [i32; 2],
}

/// What was measured of one of them, round by round.
#[derive(Default)]
struct Times {
    rates: Vec<f64>,
    medians: Vec<f64>,
    slow: Vec<f64>,
    /// The processor time of an answer, in microseconds.
    busy: Vec<f64>,
}

impl Times {
    fn add(&mut self, played: &Played) {
        self.medians.push(millis(&played.accepted, 0.5));
        self.slow.push(millis(&played.accepted, 0.99));
    }
}

impl Sides<'_> {
    fn compare(&self, name: &str, sizes: &Sizes, report: &mut Report) -> Result<()> {
        let (mut raw, mut ours, mut alone) = (Times::default(), Times::default(), Times::default());
        let (server, requests) = self.raw;
        let all = [(server, requests), (self.ours, self.questions), (self.alone, self.questions)];
        for _ in 0..sizes.rounds {
            let [asking, holding] = self.processes.map(|process| vec![process]);
            let processes = [Vec::new(), asking, holding];
            for (((target, requests), of), times) in
                all.iter().zip(&processes).zip([&mut raw, &mut ours, &mut alone])
            {
                let before = measure::cpu(of);
                let played = play(*target, requests, Pace::Closed, sizes.seconds)?;
                report.breaches.extend(played.breaches(name, &[]));
                times.rates.push(played.rate);
                let busy = measure::cpu(of).saturating_sub(before);
                times.busy.push(busy.as_secs_f64() * 1e6 / float(played.good).max(1.0));
            }
            // Half of what the floor can: neither side waits for itself.
            let rate = raw.rates.last().copied().unwrap_or_default() / 2.0;
            let pace = Pace::Open(u32::try_from(Duration::from_secs_f64(rate.max(1.0)).as_secs())?);
            for ((target, requests), times) in all.iter().zip([&mut raw, &mut ours, &mut alone]) {
                let played = play(*target, requests, pace, sizes.seconds)?;
                report.breaches.extend(played.breaches(name, &[]));
                times.add(&played);
            }
        }
        let floor = "Elasticsearch, raw";
        let said = |what: &str| format!("{name}: {what}");
        report.compare(&said("answers"), "a second", &ours.rates, (floor, &raw.rates), &[("MUST", 0.9)]);
        report.compare(&said("p50"), "ms", &ours.medians, (floor, &raw.medians), &[]);
        let added: Vec<f64> = ours.medians.iter().zip(&raw.medians).map(|(ours, raw)| ours - raw).collect();
        report.number(&format!("added to p50, {name}"), "ms", &added, &[("MUST", -1.0), ("TARGET", -0.3)]);
        report.number(&said("search-api's processor time"), "µs an answer", &ours.busy, &[]);
        report.number(&said("the same, index of the process"), "µs an answer", &alone.busy, &[]);
        let goals = [("MUST", -1.15), ("TARGET", -1.05)];
        report.compare(&said("p99"), "ms", &ours.slow, (floor, &raw.slow), &goals);
        report.compare(&said("index of the process"), "a second", &alone.rates, (floor, &raw.rates), &[]);
        report.compare(&said("index of the process, p50"), "ms", &alone.medians, (floor, &raw.medians), &[]);
        report.compare(&said("index of the process, p99"), "ms", &alone.slow, (floor, &raw.slow), &[]);
        Ok(())
    }
}

/// Everybody asks the same: one question to Elasticsearch in the time for which an answer is shared.
fn same(
    sizes: &Sizes,
    (server, raw): (SocketAddr, &[Vec<u8>]),
    (shared, questions): (SocketAddr, &[Vec<u8>]),
    report: &mut Report,
) -> Result<()> {
    let (mut theirs, mut ours, mut medians) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        theirs.push(play(server, &raw[..1], Pace::Closed, sizes.seconds)?.rate);
        let played = play(shared, &questions[..1], Pace::Closed, sizes.seconds)?;
        report.breaches.extend(played.breaches("the same question", &[]));
        ours.push(played.rate);
        medians.push(float(played.accepted.value_at_quantile(0.5)) / 1000.0);
    }
    let floor = ("Elasticsearch, raw", theirs.as_slice());
    report.compare("the same question: answers", "a second", &ours, floor, &[("MUST", 10.0)]);
    report.number("the same question: p50", "ms", &medians, &[("MUST", -1.0)]);
    Ok(())
}
