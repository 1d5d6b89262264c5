//! Floods of HTTP/2, as raw frames over the wire: each is ended with the right word or read at a pace, and whoever else asks is
//! answered meanwhile.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use platform::{http::listen, lifecycle::Lifecycle};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Instant, timeout},
};

use crate::gateway_app::{TestGateway, serve};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long somebody else may wait for an answer meanwhile. A machine that builds and tests at once is slow itself.
const MEANWHILE: Duration = Duration::from_secs(5);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const AWAY: u8 = 7;
const WINDOW: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

const PROTOCOL_ERROR: u32 = 1;
const COMPRESSION_ERROR: u32 = 9;
const CALM: u32 = 11;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field that enters no table.
fn literal(name: &[u8], value: &str) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    [name, &[length], value.as_bytes()].concat()
}

/// The fields of a request, by the static table of HPACK.
fn request(method: u8, path: &str) -> Vec<u8> {
    [vec![method, 0x86], literal(&[0x04], path), literal(&[0x01], "usher.example")].concat()
}

fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &request(0x82, path))
}

/// The streams that a client may open, one after the other.
fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}

/// What the gate sent.
#[derive(Debug)]
struct Got {
    kind: u8,
    flags: u8,
    payload: Vec<u8>,
}

struct Client {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
}

impl Client {
    /// Begins to speak HTTP/2, with these settings.
    async fn connect(address: SocketAddr, settings: &[u8]) -> Self {
        let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
        write.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, settings)].concat()).await.unwrap();
        Self { read, write }
    }

    /// Sends all of it, whatever the gate makes of it: it may have ended the connection meanwhile.
    async fn send(&mut self, frames: &[u8]) {
        drop(timeout(PATIENCE, self.write.write_all(frames)).await.expect("it is read to the end"));
    }

    async fn next(&mut self) -> Option<Got> {
        let mut head = [0; 9];
        let read = timeout(PATIENCE, self.read.read_exact(&mut head)).await.expect("the gate goes on");
        read.ok()?;
        let [high, middle, low, kind, flags, ..] = head;
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap()];
        self.read.read_exact(&mut payload).await.ok()?;
        Some(Got { kind, flags, payload })
    }

    /// Sends while it reads, as one who floods does; with which word the connection ends.
    async fn flood(mut self, frames: &[u8]) -> Option<u32> {
        let Self { read, write } = &mut self;
        let reading = async {
            let mut all = Vec::new();
            drop(read.read_to_end(&mut all).await);
            all
        };
        let writing = async { drop(write.write_all(frames).await) };
        let (all, ()) = timeout(PATIENCE, async { tokio::join!(reading, writing) }).await.expect("it ends");
        last_word(&all)
    }
}

/// The word of the `GOAWAY` among these frames.
fn last_word(mut frames: &[u8]) -> Option<u32> {
    let mut word = None;
    while let Some((&[high, middle, low, kind, ..], _)) = frames.split_first_chunk::<9>() {
        let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap();
        let payload = frames.get(9..9 + length)?;
        if kind == AWAY {
            word = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        frames = &frames[9 + length..];
    }
    word
}

/// A gate in front of a service that counts its requests.
struct Stage {
    _app: TestGateway,
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Stage {
    async fn start(postgres: PgPool, more: &[&str]) -> Self {
        let (lifecycle, asked) = (Lifecycle::new(Duration::from_secs(1)), Arc::new(AtomicUsize::new(0)));
        let counted = asked.clone();
        let service = Router::new().fallback(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async { "x".repeat(1000) }
        });
        let service = serve(service, &lifecycle).await;
        let app = TestGateway::before(postgres, service, service, lifecycle, more).await;
        let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let routes = queue_gate::router(app.gate.clone());
        let address = queue_gate::serve(listener, routes, &app.gate, 100, None).unwrap();
        Self { _app: app, address, asked }
    }

    async fn client(&self) -> Client {
        Client::connect(self.address, &[]).await
    }

    /// The status that somebody else is answered with.
    async fn another(&self, path: &str) -> u16 {
        let asked = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = timeout(MEANWHILE, asked.get(format!("http://{}{path}", self.address)).send()).await;
        answer.expect("another waits for the flood").unwrap().status().as_u16()
    }
}

/// The memory of this process, with that of the tests beside this one.
fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_cancels_every_request_at_once_is_cut_off(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    let rapid: Vec<u8> = streams()
        .take(20_000)
        .flat_map(|stream| [get(stream, "/search"), frame(RESET, 0, stream, &8_u32.to_be_bytes())].concat())
        .collect();
    let (word, other) = tokio::join!(stage.client().await.flood(&rapid), stage.another("/search"));
    assert_eq!((word, other), (Some(CALM), 200));
    assert!(stage.asked.load(Ordering::SeqCst) < 500, "most of them reach nobody");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_provokes_a_reset_in_every_request_is_cut_off(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    // The fault is the client's, and the reset ours: room for more than can be. Data after the end, or room for nothing more, is
    // against the protocol of the whole connection.
    let faults = [
        (frame(WINDOW, 0, 0, &[0x7f, 0xff, 0xff, 0xff]), CALM),
        (frame(DATA, 0, 0, &[b'x'; 300]), PROTOCOL_ERROR),
        (frame(WINDOW, 0, 0, &[0; 4]), PROTOCOL_ERROR),
    ];
    for (fault, expected) in faults {
        let of = |stream: u32| [&fault[..5], &stream.to_be_bytes(), &fault[9..]].concat();
        let provoked: Vec<u8> =
            streams().take(5000).flat_map(|stream| [get(stream, "/search"), of(stream)].concat()).collect();
        let (word, other) = tokio::join!(stage.client().await.flood(&provoked), stage.another("/search"));
        assert_eq!((word, other), (Some(expected), 200), "{:?}", &fault[..13]);
    }
    assert!(stage.asked.load(Ordering::SeqCst) < 1500, "most of them reach nobody");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_head_that_never_ends_ends_its_connection(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    let field = literal(&[0x00, 1, b'a'], &"x".repeat(120));
    for piece in [Vec::new(), vec![0x82], field.repeat(100)] {
        let begun = frame(HEADERS, END_STREAM, 1, &request(0x82, "/search"));
        let flood = [begun, frame(CONTINUATION, 0, 1, &piece).repeat(3000)].concat();
        let (word, other) = tokio::join!(stage.client().await.flood(&flood), stage.another("/search"));
        assert!(matches!(word, Some(CALM | COMPRESSION_ERROR | PROTOCOL_ERROR)), "{word:?}");
        assert_eq!(other, 200);
    }
    assert_eq!(stage.asked.load(Ordering::SeqCst), 3, "those of the others");
}

/// Sends `flood` of frames that are each acknowledged, and how long `count` answers took. Others are answered meanwhile.
async fn acknowledged(stage: &Stage, flood: Vec<u8>, kind: u8, count: usize) -> Duration {
    let Client { read, mut write } = stage.client().await;
    let sending = async {
        drop(write.write_all(&flood).await);
        std::future::pending::<()>().await;
    };
    let reading = async {
        let (mut client, mut heard) = (read, 0);
        let mut head = [0; 9];
        while heard < count {
            client.read_exact(&mut head).await.expect("it is read at a pace, not ended");
            let [high, middle, low, got, flags, ..] = head;
            let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap()];
            client.read_exact(&mut payload).await.unwrap();
            heard += usize::from(got == kind && flags & ACK == ACK);
        }
    };
    let others = async {
        for _ in 0..20 {
            assert_eq!(stage.another("/search").await, 200);
        }
    };
    let began = Instant::now();
    let both = async { tokio::join!(reading, others) };
    tokio::select! {
        () = sending => {}
        _ = timeout(PATIENCE, both) => {}
    }
    began.elapsed()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn pings_and_settings_are_read_at_a_pace_and_others_are_answered_meanwhile(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    for (flood, kind) in [(frame(PING, 0, 0, &[7; 8]), PING), (frame(SETTINGS, 0, 0, &[]), SETTINGS)] {
        // A thousand may come at once, and what is read with the last of them; two hundred a second after.
        let took = acknowledged(&stage, flood.repeat(50_000), kind, 2600).await;
        assert!((Duration::from_secs(2)..PATIENCE).contains(&took), "{kind}: {took:?}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn data_that_is_none_ends_its_connection(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    let begun = frame(HEADERS, END_HEADERS, 1, &request(0x83, "/venue"));
    let flood = [begun, frame(DATA, 0, 1, &[]).repeat(100_000)].concat();
    let (word, other) = tokio::join!(stage.client().await.flood(&flood), stage.another("/search"));
    assert_eq!((word, other), (Some(CALM), 200));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_leaves_no_room_for_answers_is_cut_off_and_the_service_is_free_again(postgres: PgPool) {
    let stage = Stage::start(postgres, &["--service-requests=20"]).await;
    // SETTINGS_INITIAL_WINDOW_SIZE = 0: the answers have begun, and cannot go on.
    let mut stuck = Client::connect(stage.address, &[0, 4, 0, 0, 0, 0]).await;
    let asks: Vec<u8> = streams().take(20).flat_map(|stream| get(stream, "/search")).collect();
    stuck.send(&asks).await;
    let mut begun = 0;
    while begun < 20 {
        let got = stuck.next().await.expect("twenty answers begin");
        begun += usize::from(got.kind == HEADERS);
    }
    assert_eq!(stage.another("/search").await, 503, "each answer that is not taken takes up a share");
    // It says that it is there, as often as it is asked.
    let mut ended = false;
    while !ended {
        match stuck.next().await {
            Some(got) if got.kind == PING && got.flags & ACK == 0 => {
                stuck.send(&frame(PING, ACK, 0, &got.payload)).await;
            }
            Some(_) => {}
            None => ended = true,
        }
    }
    let free = async {
        while stage.another("/search").await != 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(MEANWHILE, free).await.expect("its shares are free again");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_head_that_unpacks_to_more_than_may_be_ends_its_connection(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    // One field of 4,000 bytes enters the table, then each byte of a head is one more of it: 16,000 times 4,000.
    let length = [0x7f, 0xa1, 0x1e];
    let large = [&[0x40, 1, b'a'], &length[..], &[b'x'; 4000]].concat();
    let enters = frame(HEADERS, END_STREAM | END_HEADERS, 1, &[request(0x82, "/search"), large].concat());
    let bomb = [request(0x82, "/search"), vec![0xbe; 16_000]].concat();
    let bomb = frame(HEADERS, END_STREAM | END_HEADERS, 3, &bomb);
    let before = memory();
    for _ in 0..50 {
        let flood = [enters.clone(), bomb.clone()].concat();
        assert_eq!(stage.client().await.flood(&flood).await, Some(CALM));
    }
    assert_eq!(stage.another("/search").await, 200);
    let grown = memory().saturating_sub(before);
    assert!(grown < 300 << 20, "{grown} bytes for heads of 3 GB");
    assert!(stage.asked.load(Ordering::SeqCst) <= 51, "no head that is too large reaches anybody");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn more_streams_than_may_be_are_refused_one_by_one(postgres: PgPool) {
    let stage = Stage::start(postgres, &[]).await;
    let mut client = Client::connect(stage.address, &[0, 4, 0, 0, 0, 0]).await;
    let asks: Vec<u8> = streams().take(150).flat_map(|stream| get(stream, "/search")).collect();
    client.send(&asks).await;
    let (mut begun, mut refused) = (0, 0);
    while begun + refused < 150 {
        match client.next().await.expect("every one is answered or refused") {
            Got { kind: HEADERS, .. } => begun += 1,
            Got { kind: RESET, payload, .. } => {
                assert_eq!(payload, 7_u32.to_be_bytes(), "REFUSED_STREAM");
                refused += 1;
            }
            got => assert_ne!(got.kind, AWAY, "{got:?}"),
        }
    }
    assert_eq!((begun, refused), (100, 50));
    drop(client);
    assert_eq!(stage.another("/search").await, 200);
}
