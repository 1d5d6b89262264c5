//! A wire over a real connection, whose client reads or does not.

use std::sync::atomic::AtomicUsize;

use tokio::{io::AsyncReadExt, net::TcpStream, task::JoinSet};

use super::{super::encode::Encoder, *};

/// A wire and its client, who takes little at a time.
async fn wire() -> (Arc<Wire>, TcpStream) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let client = socket.connect(listener.local_addr().unwrap()).await.unwrap();
    (Wire::new(Link::Bare(listener.accept().await.unwrap().0), Arc::default()), client)
}

fn push(wire: &Arc<Wire>, text: &str, last: bool) {
    let mut encoder = Encoder::default();
    let written = encoder.text(|out| {
        out.extend_from_slice(text.as_bytes());
        Ok::<_, ()>(())
    });
    wire.push(written.unwrap().0, last);
}

/// All frames until the end of the stream, as kind and payload.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [kind, length, rest @ ..] = bytes {
        let (length, rest) = match length {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            length => (usize::from(*length), rest),
        };
        frames.push((*kind, rest[..length].to_vec()));
        bytes = &rest[length..];
    }
    frames
}

#[tokio::test]
async fn who_reads_slowly_gets_whole_frames_the_newest_and_the_last() {
    let (wire, mut client) = wire().await;
    let filler = "x".repeat(300);
    let mut count = 0;
    while lock(&wire.out).behind.is_none() {
        count += 1;
        push(&wire, &format!("{count} {filler}"), false);
        assert!(count < 100_000, "the kernel takes everything");
    }
    push(&wire, "older", false);
    push(&wire, "the last word", true);
    push(&wire, "never", false);
    let mut bytes = Vec::new();
    let read = async {
        loop {
            wire.watched.look(Instant::now(), |_, look| panic!("{look:?}"));
            let mut some = [0; 4096];
            match tokio::time::timeout(Duration::from_millis(20), client.read(&mut some)).await {
                Ok(Ok(0)) => break,
                Ok(read) => bytes.extend_from_slice(&some[..read.unwrap()]),
                Err(_) => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap();
    let frames = frames(&bytes);
    let (end, told) = frames.split_last().unwrap();
    assert_eq!(end, &(0x88, vec![3, 232]));
    let told: Vec<_> = told.iter().map(|(_, text)| String::from_utf8(text.clone()).unwrap()).collect();
    assert_eq!(told.last().unwrap(), "the last word");
    let numbers: Vec<u32> = told.iter().filter_map(|text| text.split(' ').next()?.parse().ok()).collect();
    assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()), "{numbers:?}");
    assert!(!told.contains(&"older".to_owned()) && !told.contains(&"never".to_owned()));
}

#[tokio::test]
async fn frames_of_every_length_read_back() {
    let (wire, mut client) = wire().await;
    for length in [0, 1, 125, 126, 700] {
        push(&wire, &"y".repeat(length), false);
    }
    wire.close(1001, "77");
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    let read: Vec<_> = frames(&bytes).into_iter().map(|(kind, text)| (kind, text.len())).collect();
    assert_eq!(read, [(0x81, 0), (0x81, 1), (0x81, 125), (0x81, 126), (0x81, 700), (0x88, 4)]);
}

#[tokio::test]
async fn who_has_to_prove_a_place_is_told_nothing_before() {
    let (wire, mut client) = wire().await;
    wire.expect_proof(Duration::from_mins(1));
    push(&wire, "too early", true);
    wire.proved();
    push(&wire, "in time", false);
    wire.close(1000, "");
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(frames(&bytes)[0], (0x81, b"in time".to_vec()));
    let (late, _client) = self::wire().await;
    late.expect_proof(Duration::ZERO);
    let mut looks = Vec::new();
    until(|| {
        late.watched.look(Instant::now(), |_, look| looks.push(look));
        looks == [Look::NoProof]
    })
    .await;
}

#[tokio::test]
async fn who_does_not_read_costs_little_and_is_cut_off_when_a_frame_has_waited_too_long() {
    let (wire, mut client) = wire().await;
    let (filler, began) = ("x".repeat(1000), Instant::now());
    for count in 0..10_000 {
        push(&wire, &format!("{count} {filler}"), false);
    }
    let kept = {
        let out = lock(&wire.out);
        let behind = out.behind.as_ref().expect("the kernel takes everything");
        behind.rest.capacity() + behind.newest.capacity()
    };
    let kernel = wire.link.socket().send_buffer_size().unwrap();
    assert!(kept + kernel <= 16 * 1024, "{kept} here and {kernel} in the kernel");
    assert!(wire.ask() && wire.ask(), "a slow reader is not asked whether it is there");
    let mut looks = Vec::new();
    wire.watched.look(began + PATIENCE, |_, look| looks.push(look));
    assert_eq!(looks, []);
    // The kernel may have taken a little more.
    while lock(&wire.out).behind.is_none() {
        push(&wire, &filler, false);
    }
    wire.watched.look(Instant::now() + PATIENCE + Duration::from_millis(1), |_, look| looks.push(look));
    assert_eq!(looks, [Look::TooSlow]);
    // Its listener ends, and lets go of it.
    drop(wire);
    let mut bytes = Vec::new();
    let ended = client.read_to_end(&mut bytes).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::ConnectionReset, "what the kernel kept is let go at once");
}

#[tokio::test]
async fn who_says_nothing_from_one_ping_to_the_next_is_cut_off() {
    let (wire, mut client) = wire().await;
    assert!(wire.ask());
    wire.hear();
    assert!(wire.ask());
    assert!(!wire.ask());
    let mut bytes = Vec::new();
    drop(client.read_to_end(&mut bytes).await);
    assert!(!wire.control(&PING), "it is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_quickly_a_client_answers_it_does_not_count_as_silent() {
    let (wire, mut client) = wire().await;
    let (answers, heard) = (wire.clone(), Arc::new(AtomicUsize::new(0)));
    let (turns, counter) = (20_000, heard.clone());
    let mut answering = JoinSet::new();
    answering.spawn(async move {
        let mut ping = [0; 2];
        for _ in 0..turns {
            client.read_exact(&mut ping).await.unwrap();
            answers.hear();
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    for turn in 0..turns {
        assert!(wire.ask(), "it was cut off in turn {turn}");
        // Its answer is there before the next turn, as it is in 15 seconds.
        until(|| heard.load(Ordering::SeqCst) > turn).await;
    }
    answering.join_next().await.unwrap().unwrap();
}

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}
