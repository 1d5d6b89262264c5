//! G2 and G3 together: how long it takes from the grant of a batch, in its tick, to the frame that tells each fan in it to
//! come in, while everybody else waits connected, too.

use std::{
    collections::{HashMap, HashSet},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use contracts::visitor;
use futures_util::StreamExt;
use sqlx::Row;
use tokio::{
    net::TcpSocket,
    sync::{Notify, Semaphore, mpsc},
    task::JoinSet,
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use super::{
    Sizes,
    child::{self, Part},
    heard::{self, Opened, Sockets, cookie},
    measure::{self, count, micros, seconds},
    push::{PER_PROCESS, check_opened, open},
    ratio::Report,
    stand::{Room, Stand},
    wire,
};

/// How many are called a second.
const CALLS: u32 = 250;
/// A fan who was called and has not heard of it after this never will.
const LATEST: Duration = Duration::from_secs(5);

/// A place, and when its socket said that it was called, in microseconds since 1970.
type Call = (u64, i64);

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let (sockets, span) = (sizes.called_sockets, Duration::from_secs(u64::from(sizes.seconds) * 4));
    let processes = u16::try_from(sockets.div_ceil(PER_PROCESS))?;
    let gates = processes.max(sizes.gates);
    let sizes = format!("{CALLS} a second of {sockets} sockets, {} s, {gates} gates", span.as_secs());
    let mut report = Report::new("called", sizes);
    let stand = Stand::start(gates, &[])?;
    let room = stand.room(CALLS * 60, "scheduled")?;
    report.breaches.extend(stand.fill(&room, 0, sockets)?);
    let mut clients = clients(&stand, &room, sockets, processes)?;
    let opened = open(&mut clients)?;
    check_opened("gates", &opened, sockets, &mut report);
    stand.open(&room)?;
    std::thread::sleep(span);
    let until = micros();
    std::thread::sleep(LATEST);
    let mut heard = HashMap::new();
    for client in &mut clients {
        client.tell("calls")?;
        let calls: Vec<Call> = client.answer()?;
        heard.extend(calls);
    }
    compare(&granted(&stand, &room)?, &heard, until, &mut report);
    Ok(report)
}

fn clients(stand: &Stand, room: &Room, sockets: usize, processes: u16) -> Result<Vec<Part>> {
    let processes = usize::from(processes);
    let part = |number: usize| {
        let first = sockets * number / processes;
        let size = sockets * (number + 1) / processes - first;
        let words = [
            ("--target", stand.target().to_string()),
            ("--path", format!("/queue/{}/live", room.id)),
            ("--secret", stand.secret_file().display().to_string()),
            ("--count", size.to_string()),
            ("--base", first.to_string()),
            ("--block", (10 + number).to_string()),
        ];
        let words = words.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        Part::start(&["called".to_owned()].into_iter().chain(words).collect::<Vec<_>>())
    };
    (0..processes).map(part).collect()
}

/// Who was called, and when their batch was granted and applied, in microseconds since 1970.
fn granted(stand: &Stand, room: &Room) -> Result<Vec<(u64, i64, i64)>> {
    let sql = format!(
        "select place, (extract(epoch from granted_at) * 1000000)::bigint,
                (extract(epoch from coalesce(applied_at, granted_at)) * 1000000)::bigint
         from slot join batch using (room_id, tick) where room_id = '{}'",
        room.id
    );
    let rows = stand.servers.rows(sql)?;
    rows.iter()
        .map(|row| Ok((u64::try_from(row.try_get::<i64, _>(0)?)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

fn compare(granted: &[(u64, i64, i64)], heard: &HashMap<u64, i64>, until: i64, report: &mut Report) {
    let (mut granted_to, mut applied_to, mut lost) = (Vec::new(), Vec::new(), 0);
    for (place, granted, applied) in granted.iter().filter(|(_, granted, _)| *granted < until) {
        match heard.get(place) {
            Some(at) => {
                granted_to.push(seconds(*granted, *at) * 1000.0);
                applied_to.push(seconds(*applied, *at) * 1000.0);
            }
            None => lost += 1,
        }
    }
    if lost > 0 || granted_to.is_empty() {
        report.breaches.push(format!("{lost} who were called heard nothing, {} did", granted_to.len()));
    }
    let called: HashSet<u64> = granted.iter().map(|(place, ..)| *place).collect();
    let strangers = heard.keys().filter(|place| !called.contains(*place)).count();
    if strangers > 0 {
        report.breaches.push(format!("{strangers} were told that they are called, and are not"));
    }
    for (name, times) in [("granted to told", &granted_to), ("applied to told", &applied_to)] {
        for (part, quantile) in [("p50", 0.5), ("p99", 0.99), ("the last", 1.0)] {
            report.number(&format!("{name}, {part}"), "ms", &[measure::quantile(times, quantile)], &[]);
        }
    }
    report.notes.push(format!("{} who were called", granted_to.len()));
}

/// Runs the part: commands are `open` and `calls`.
pub(super) fn part(options: &Sockets) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Sockets) -> Result<()> {
    let secret = options.secret.as_ref().context("a place belongs to a visitor")?;
    let secret = heard::secret(secret)?;
    let told = Arc::new(Notify::new());
    let wake = told.clone();
    let commands = child::commands(Arc::new(move || wake.notify_one()));
    let (says, mut said) = mpsc::unbounded_channel();
    let (mut sockets, mut calls) = (JoinSet::new(), Vec::<Call>::new());
    loop {
        told.notified().await;
        while let Ok(command) = commands.try_recv() {
            match command.first().map(String::as_str) {
                Some("open") => {
                    let cookies =
                        (0..options.count).map(|index| cookie(&secret, options.base + count(index)));
                    let opened = open_all(options, cookies.collect(), &says, &mut sockets).await;
                    child::say(&opened)?;
                }
                Some("calls") => {
                    while let Ok(call) = said.try_recv() {
                        calls.push(call);
                    }
                    child::say(&calls)?;
                }
                other => bail!("the called do not know {other:?}"),
            }
        }
    }
}

async fn open_all(
    options: &Sockets,
    cookies: Vec<String>,
    says: &mpsc::UnboundedSender<Call>,
    sockets: &mut JoinSet<()>,
) -> Opened {
    let began = micros();
    let (in_flight, (shaken, mut shakes)) =
        (Arc::new(Semaphore::new(options.in_flight)), mpsc::channel(1024));
    for cookie in cookies {
        let (options, says) = (options.clone(), says.clone());
        let (in_flight, shaken) = (in_flight.clone(), shaken.clone());
        sockets.spawn(async move {
            let permit = in_flight.acquire().await;
            let socket = shake(&options, &cookie).await;
            drop(permit);
            // Whoever counts them is there until all have been counted.
            drop(shaken.send(socket.as_ref().err().map(|error| format!("{error:#}"))).await);
            drop(shaken);
            if let Ok(socket) = socket {
                listen(socket, &says).await;
            }
        });
    }
    drop(shaken);
    let mut opened = Opened { began, ..Opened::default() };
    while let Some(trouble) = shakes.recv().await {
        opened.sockets += u64::from(trouble.is_none());
        opened.failed += u64::from(trouble.is_some());
        opened.trouble = opened.trouble.or(trouble);
    }
    Opened { ended: micros(), ..opened }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

async fn shake(options: &Sockets, cookie: &str) -> Result<Socket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    socket.bind((Ipv4Addr::new(127, options.block, 0, 1), 0).into())?;
    let stream = socket.connect(options.target).await?;
    let mut request = format!("ws://{}{}", options.target, options.path).into_client_request()?;
    request.headers_mut().insert("cookie", format!("{}={cookie}", visitor::COOKIE).parse()?);
    let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let (socket, answer) = client_async_with_config(request, stream, Some(config)).await?;
    ensure!(answer.status().as_u16() == 101, "the handshake got {}", answer.status());
    Ok(socket)
}

/// Answers pings, and notes the call.
async fn listen(mut socket: Socket, says: &mpsc::UnboundedSender<Call>) {
    let mut is_called = false;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let text = text.as_bytes();
        if !is_called && wire::find(text, br#""state":"called""#).is_some() {
            is_called = true;
            let number = wire::number_after(text, br#""number":"#).unwrap_or(0);
            if says.send((number, micros())).is_err() {
                return;
            }
        }
    }
}
