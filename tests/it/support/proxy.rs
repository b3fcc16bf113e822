//! What stands between a server and its PostgreSQL, and can be told to misbehave.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tenantatlas::store::DatabaseUrl;
use url::Url;

use super::Database;

/// How the way to the database is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Open.
    Open,
    /// Open, and every message to the database takes so long.
    Slow(Duration),
    /// Connections are closed, and new ones are as well.
    Cut,
    /// Connections stay, new ones are accepted, and nothing comes through.
    Stalled,
}

/// Its threads end with the process of the test.
pub(crate) struct Proxy {
    /// The database by way of this.
    pub(crate) url: String,
    road: Arc<Road>,
}

struct Road {
    way: Mutex<Way>,
    /// Connections of an earlier era stay as they are, and nothing comes through them any more.
    era: AtomicUsize,
    changed: Condvar,
    open: Mutex<Vec<TcpStream>>,
    to: Url,
}

impl Proxy {
    /// In front of a PostgreSQL; none where the database is a file.
    pub(crate) fn before(database: &Database) -> Option<Self> {
        let DatabaseUrl::Postgres(url) = &database.url else {
            return None;
        };
        let to = Url::parse(url).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut url = to.clone();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let road = Arc::new(Road {
            way: Mutex::new(Way::Open),
            era: AtomicUsize::new(0),
            changed: Condvar::new(),
            open: Mutex::default(),
            to,
        });
        let taken = road.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let road = taken.clone();
                thread::spawn(move || road.take(stream.unwrap()));
            }
        });
        Some(Self {
            url: url.to_string(),
            road,
        })
    }

    pub(crate) fn set(&self, way: Way) {
        *self.road.way.lock().unwrap() = way;
        self.road.changed.notify_all();
        if way == Way::Cut {
            for stream in self.road.open.lock().unwrap().drain(..) {
                // It may have been closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Proxy {
    /// Leaves the connections that there are without an answer for ever.
    pub(crate) fn forget(&self) {
        self.road.era.fetch_add(1, Ordering::SeqCst);
    }
}

impl Road {
    fn take(self: Arc<Self>, client: TcpStream) {
        if *self.way.lock().unwrap() == Way::Cut {
            return;
        }
        self.open.lock().unwrap().push(client.try_clone().unwrap());
        let era = self.era.load(Ordering::SeqCst);
        let server = Server::connect(&self.to);
        let (back, answers) = (client.try_clone().unwrap(), server.another());
        let road = self.clone();
        thread::spawn(move || road.carry(answers, back, era, false));
        self.carry(&client, server.another(), era, true);
        server.close();
        let _ = client.shutdown(Shutdown::Both);
    }

    /// Carries bytes one way until either end is closed.
    fn carry(&self, mut from: impl Read, mut to: impl Write, era: usize, is_slow: bool) {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            self.pass(era, is_slow);
            if to.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    }

    /// Returns once what was read may go on.
    fn pass(&self, era: usize, is_slow: bool) {
        let mut way = self.way.lock().unwrap();
        while *way == Way::Stalled || era != self.era.load(Ordering::SeqCst) {
            way = self.changed.wait(way).unwrap();
        }
        let pause = *way;
        drop(way);
        if let (Way::Slow(pause), true) = (pause, is_slow) {
            thread::sleep(pause);
        }
    }
}

/// A connection to the database itself.
enum Server {
    Socket(UnixStream),
    Tcp(TcpStream),
}

impl Server {
    fn connect(to: &Url) -> Self {
        let (host, port) = (to.host_str().unwrap_or_default(), to.port().unwrap_or(5432));
        match host.strip_prefix("%2F") {
            Some(folder) => {
                let folder = folder.replace("%2F", "/");
                let socket = format!("/{folder}/.s.PGSQL.{port}");
                Self::Socket(UnixStream::connect(socket).unwrap())
            }
            None => Self::Tcp(TcpStream::connect((host, port)).unwrap()),
        }
    }

    fn another(&self) -> Self {
        match self {
            Self::Socket(stream) => Self::Socket(stream.try_clone().unwrap()),
            Self::Tcp(stream) => Self::Tcp(stream.try_clone().unwrap()),
        }
    }

    fn close(&self) {
        let _ = match self {
            Self::Socket(stream) => stream.shutdown(Shutdown::Both),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

impl Read for Server {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(bytes),
            Self::Tcp(stream) => stream.read(bytes),
        }
    }
}

impl Write for Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
