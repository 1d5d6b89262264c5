//! Promise S2 where Elasticsearch is a cluster: of three nodes one is killed, or the way to it is cut, while questions are
//! asked without a pause; every one is answered, whole, and soon.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use devstack::{Home, elasticsearch::Elasticsearch};
use futures_util::future::join_all;
use serde_json::Value;
use sqlx::PgPool;
use tokio::time::Instant;

use crate::{
    many::{self, or_long},
    proxy::Proxy,
    seed::{self, NewEvent},
    servers::{OwnPostgres, STARTED_WITHIN},
    world::{World, elasticsearch, until, until_within},
};

/// How many nodes there are.
const NODES: usize = 3;
/// How many events there are to ask for.
const EVENTS: usize = 2000;
/// How many ask at a time.
const ASKERS: usize = 4;
/// How long is asked before and after.
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(8);
/// How long nobody may be without an answer.
const LONGEST_GAP: Duration = Duration::from_millis(500);

/// What those who ask noticed.
#[derive(Debug, Default)]
struct Noticed {
    answers: usize,
    /// The longest that one of them waited, before and after.
    before: Duration,
    after: Duration,
}

/// What those who ask share.
#[derive(Debug, Default)]
struct Asking {
    /// How many questions there were.
    number: AtomicUsize,
    /// When the change began.
    changed: OnceLock<Instant>,
}

impl Asking {
    /// Asks until some seconds after the change, each question another one, each as soon as the last one is answered.
    async fn ask(&self, world: &World) -> Noticed {
        let mut noticed = Noticed::default();
        while self.changed.get().is_none_or(|at| at.elapsed() < AFTER) {
            let title = format!("Show {}", 1 + self.number.fetch_add(1, Ordering::Relaxed) % EVENTS);
            let asked = Instant::now();
            let answer = world.search(&[("token", &title), ("limit", "5")]).await;
            let waited = asked.elapsed();
            assert_eq!(answer.status, 200, "{waited:?} after it was asked: {answer:?}");
            assert_eq!(answer.titles().first(), Some(&title), "an answer is whole");
            assert_eq!(answer.json()["degraded"], false, "Elasticsearch itself answers");
            let longest = if self.changed.get().is_some() { &mut noticed.after } else { &mut noticed.before };
            *longest = waited.max(*longest);
            noticed.answers += 1;
        }
        noticed
    }
}

/// Asks from several sides; `change` happens in between.
async fn asked_while(world: &World, change: impl Future<Output = ()> + Send) -> Noticed {
    let (began, asking) = (Instant::now(), Asking::default());
    let change = async {
        until(|| async { began.elapsed() > BEFORE }).await;
        // From the moment before: whoever waits for a node that dies now waits after.
        let _ = asking.changed.set(Instant::now());
        change.await;
    };
    let (each, ()) = tokio::join!(join_all((0..ASKERS).map(|_| asking.ask(world))), change);
    each.into_iter().fold(Noticed::default(), |all, one| Noticed {
        answers: all.answers + one.answers,
        before: all.before.max(one.before),
        after: all.after.max(one.after),
    })
}

/// Three ways to the one Elasticsearch there is: what search-api does when the way to one is cut, on any machine.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn with_one_way_of_three_cut_every_question_is_answered(postgres: PgPool) {
    many::events(&postgres, EVENTS, "concert").await;
    let ways = join_all((0..NODES).map(async |_| Proxy::start(&elasticsearch()).await)).await;
    let others = [ways[1].url(), ways[2].url()];
    let more = ["--elasticsearch", others[0].as_str(), "--elasticsearch", others[1].as_str()];
    let world = World::start_behind(postgres.clone(), &ways[0].url(), &more);
    many::until_true(&world).await;
    let noticed = asked_while(&world, async { ways[1].cut() }).await;
    eprintln!("one way of three cut: {noticed:?}");
    // Attempts take seconds here; nobody waits for one to be over.
    assert!(noticed.after < Duration::from_secs(4), "{noticed:?}");
    world.end().await;
}

/// Which node leads the cluster, and which holds the first copy of the index: by their place among the nodes.
async fn roles(world: &World) -> (usize, usize) {
    let state =
        world.elastic(reqwest::Method::GET, "_cluster/state/master_node,nodes,routing_table", None).await;
    let place = |node: &Value| {
        let name = state["nodes"][node.as_str().unwrap()]["name"].as_str().unwrap();
        name.strip_prefix("node-").unwrap().parse::<usize>().unwrap() - 1
    };
    let index = &world.indices().await[0];
    let copies = state["routing_table"]["indices"][index]["shards"]["0"].as_array().unwrap();
    assert_eq!(copies.len(), 2, "the index has a second copy: {copies:?}");
    let first = copies.iter().find(|copy| copy["primary"] == true).unwrap();
    (place(&state["master_node"]), place(&first["node"]))
}

/// Real nodes: the one that holds the first copy, then the one that leads. Only where time does not matter, for three of them
/// take a minute to start.
#[tokio::test(flavor = "multi_thread")]
async fn with_one_node_of_three_killed_nobody_waits_half_a_second() {
    if or_long(0, 1) == 0 {
        return;
    }
    let own = OwnPostgres::start().await;
    let postgres = own.pool.clone();
    many::events(&postgres, EVENTS, "concert").await;
    let home = Arc::new(Home::temporary().unwrap());
    let launch = {
        let home = home.clone();
        move || Elasticsearch::launch_cluster(&home, NODES, 384)
    };
    let mut nodes = tokio::task::spawn_blocking(launch).await.unwrap().unwrap();
    let together = |node: &Elasticsearch| node.has_nodes(NODES);
    until_within(STARTED_WITHIN, || async { nodes.iter().all(together) }).await;
    let urls: Vec<String> = nodes.iter().map(Elasticsearch::url).collect();
    let more =
        ["--elasticsearch", &urls[1], "--elasticsearch", &urls[2], "--attempt", "300ms", "--shared", "1ms"];
    let world = World::start_on(postgres.clone(), &urls[0].parse().unwrap(), &more);
    let other = seed::event(&postgres, NewEvent { title: "Other", ..NewEvent::default() }).await;
    many::until_true(&world).await;
    until_within(STARTED_WITHIN, || async { nodes.iter().all(together) }).await;
    let mut longest = Duration::ZERO;
    for round in ["first copy", "master"] {
        let (master, first) = roles(&world).await;
        let victim = if round == "master" { master } else { first };
        let kill = async {
            nodes[victim].kill();
            many::sql(&postgres, many::changed(other, &format!("title = 'Without the {round}'"))).await;
        };
        let noticed = asked_while(&world, kill).await;
        eprintln!(
            "the node with the {round} killed (it was also the master: {}): {noticed:?}",
            victim == master
        );
        longest = longest.max(noticed.after);
        nodes[victim].restart().unwrap();
        until_within(STARTED_WITHIN, || async { nodes.iter().all(together) }).await;
        many::until_true(&world).await;
    }
    assert!(longest < LONGEST_GAP, "somebody waited {longest:?}");
    world.end().await;
}
