//! The address of the API: taken before anything else is done, and listened at when somebody answers.

use std::net::{SocketAddr, TcpListener};

use actix_rt::net::TcpSocket;

use super::server::ApiError;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A socket that has its address and does not listen: whoever connects meanwhile is refused at once, as
/// balancers know it of servers that are not there yet, instead of waiting for an answer.
#[derive(Debug)]
pub struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Bound {
    /// Takes an address.
    ///
    /// # Errors
    ///
    /// Somebody listens there, or it is none of this machine's.
    pub fn to(address: SocketAddr) -> Result<Self, ApiError> {
        let refused = |cause| ApiError::Listen { address, cause };
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(refused)?;
        if cfg!(unix) {
            // Connections of the server before may still be ending. Elsewhere the option means that
            // others may have the address as well.
            socket.set_reuseaddr(true).map_err(refused)?;
        }
        socket.bind(address).map_err(refused)?;
        Ok(Self { socket, address })
    }

    /// Listens. Connections wait from now on until they are accepted.
    ///
    /// # Errors
    ///
    /// Somebody who had taken the address at the same time listens by now.
    pub fn listen(self) -> Result<TcpListener, ApiError> {
        let address = self.address;
        let listener = self.socket.listen(BACKLOG);
        listener
            .and_then(actix_rt::net::TcpListener::into_std)
            .map_err(|cause| ApiError::Listen { address, cause })
    }
}
