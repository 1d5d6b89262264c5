//! The floor of joining: a bare script on one connection, with 1 or 16 calls under way, or with 64 visitors a call.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;

use super::measure::float;

/// Takes a number, puts the visitor into the line and notes the number: once for each.
const JOIN: &str = "local last
for i = 1, #ARGV do
  last = redis.call('INCR', KEYS[2])
  redis.call('ZADD', KEYS[1], 'NX', last, ARGV[i])
  redis.call('HSET', KEYS[3], ARGV[i], last)
end
return last";

/// A way of calling it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Calls under way at a time.
    pub(super) pipelined: usize,
    /// Visitors a call.
    pub(super) together: usize,
}

/// Joins for `span`; joins per second.
pub(super) fn rate(redis: &str, way: Way, span: Duration) -> Result<f64> {
    let address = redis.trim_start_matches("redis://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let sha = load(&mut stream, &mut answers)?;
    let (mut out, mut number, began) = (Vec::new(), 0_u64, Instant::now());
    while began.elapsed() < span {
        out.clear();
        for _ in 0..way.pipelined {
            call(&mut out, &sha, number, way.together)?;
            number += u64::try_from(way.together)?;
        }
        stream.write_all(&out)?;
        for _ in 0..way.pipelined {
            let line = line(&mut answers)?;
            ensure!(line.starts_with(':'), "Redis said {line}");
        }
    }
    let rate = float(number) / began.elapsed().as_secs_f64();
    stream.write_all(b"DEL bench:{floor}:line bench:{floor}:last bench:{floor}:seen\r\n")?;
    line(&mut answers)?;
    Ok(rate)
}

fn call(out: &mut Vec<u8>, sha: &str, first: u64, together: usize) -> Result<()> {
    write!(out, "*{}\r\n$7\r\nEVALSHA\r\n$40\r\n{sha}\r\n$1\r\n3\r\n", 6 + together)?;
    for key in ["line", "last", "seen"] {
        write!(out, "$18\r\nbench:{{floor}}:{key}\r\n")?;
    }
    for visitor in first..first + u64::try_from(together)? {
        write!(out, "$36\r\n00000000-0000-4000-8000-{visitor:012x}\r\n")?;
    }
    Ok(())
}

fn load(stream: &mut TcpStream, answers: &mut BufReader<TcpStream>) -> Result<String> {
    write!(stream, "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n${}\r\n{JOIN}\r\n", JOIN.len())?;
    let head = line(answers)?;
    ensure!(head == "$40", "Redis said {head}");
    let mut sha = [0; 42];
    answers.read_exact(&mut sha)?;
    Ok(std::str::from_utf8(&sha)?.trim().to_owned())
}

fn line(answers: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    answers.read_line(&mut line).context("Redis is gone")?;
    Ok(line.trim_end().to_owned())
}
