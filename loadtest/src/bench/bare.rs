//! A bare tokio-tungstenite server with small buffers: a task a socket, woken for every frame.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::{Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::{
    child,
    measure::micros,
    raw::{Listen, Sent, listener},
    wire,
};

/// Runs the part: the command is `round N`.
pub(super) fn run(options: &Listen) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Listen) -> Result<()> {
    let listener = TcpListener::from_std(listener(options.listen)?)?;
    let (rounds, round) = watch::channel(0_u64);
    let told = Arc::new(Notify::new());
    let wake = told.clone();
    let commands = child::commands(Arc::new(move || wake.notify_one()));
    child::say(&"ready")?;
    let (mut tasks, numbers) = (JoinSet::new(), AtomicU64::new(0));
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                tasks.spawn(talk(accepted?.0, round.clone(), number));
            }
            () = told.notified() => while let Ok(command) = commands.try_recv() {
                match command.as_slice() {
                    [word, number] if word == "round" => {
                        let began = micros();
                        rounds.send_replace(number.parse()?);
                        child::say(&Sent { began, frames: 0 })?;
                    }
                    other => bail!("the bare server does not know {other:?}"),
                }
            },
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
        }
    }
}

async fn talk(stream: TcpStream, mut rounds: watch::Receiver<u64>, number: u64) {
    drop(stream.set_nodelay(true));
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_write_buffer_size(16 * 1024)
        .max_message_size(Some(512))
        .max_frame_size(Some(512));
    let Ok(mut stream) = accept_async_with_config(stream, Some(config)).await else { return };
    loop {
        tokio::select! {
            changed = rounds.changed() => {
                let round = *rounds.borrow_and_update();
                let mut frame = Vec::new();
                wire::position(&mut frame, round, number);
                let text = String::from_utf8(frame.split_off(if frame[1] < 126 { 2 } else { 4 })).unwrap_or_default();
                if changed.is_err() || stream.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            message = stream.next() => {
                if !matches!(message, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
