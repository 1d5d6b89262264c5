//! What a wire writes to: the connection itself, or, where it is encrypted, one end of a pair of local sockets, whose other
//! end a task carries over. So writers need not know of TLS, whose state only one may touch at a time.

use std::{future::Future, io, net::Shutdown, time::Duration};

use bytes::Bytes;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, copy_buf, split},
    net::{TcpStream, UnixStream},
};

/// How much of what is carried over is held at a time, each way.
const CARRIED: usize = 2048;

/// The end of a connection that is written to and read from.
#[derive(Debug)]
pub enum Link {
    /// The connection.
    Bare(TcpStream),
    /// A pair of local sockets in front of it.
    Veiled(UnixStream),
}

impl Link {
    /// A link in front of `stream`, of which `early` was read already; and the work of carrying, which ends with either side.
    ///
    /// # Errors
    /// When the process has no descriptors left.
    pub fn veiled<S>(stream: S, early: Bytes) -> io::Result<(Self, impl Future<Output = ()> + Send)>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (near, far) = UnixStream::pair()?;
        let carry = async move {
            let (from_client, mut to_client) = split(stream);
            let (from_wire, mut to_wire) = far.into_split();
            let mut from_client = BufReader::with_capacity(CARRIED, from_client);
            let mut from_wire = BufReader::with_capacity(CARRIED, from_wire);
            let inwards = async {
                to_wire.write_all(&early).await?;
                copy_buf(&mut from_client, &mut to_wire).await
            };
            let outwards = async {
                copy_buf(&mut from_wire, &mut to_client).await?;
                to_client.shutdown().await
            };
            // A wire that ends has nothing more to hear, and a client that has gone nothing to be told.
            tokio::select! {
                read = inwards => drop(read),
                written = outwards => drop(written),
            }
        };
        Ok((Self::Veiled(near), carry))
    }

    /// Returns when there is something to read.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Bare(stream) => stream.readable().await,
            Self::Veiled(stream) => stream.readable().await,
        }
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// `WouldBlock` where that is nothing; else the connection is broken.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bare(stream) => stream.try_read(buffer),
            Self::Veiled(stream) => stream.try_read(buffer),
        }
    }

    /// Writes what the kernel takes.
    ///
    /// # Errors
    /// `WouldBlock` where that is nothing; else the connection is broken.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Bare(stream) => stream.try_write(bytes),
            Self::Veiled(stream) => stream.try_write(bytes),
        }
    }

    /// Ends it; what was written still goes out.
    pub fn end(&self) {
        drop(self.socket().shutdown(Shutdown::Both));
    }

    /// Has the kernel forget what it kept for the client, when it ends.
    pub fn forget(&self) {
        drop(self.socket().set_linger(Some(Duration::ZERO)));
    }

    /// The socket.
    pub fn socket(&self) -> SockRef<'_> {
        match self {
            Self::Bare(stream) => SockRef::from(stream),
            Self::Veiled(stream) => SockRef::from(stream),
        }
    }
}
