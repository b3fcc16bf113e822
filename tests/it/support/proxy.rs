//! What stands between a server and its PostgreSQL, and can be told to misbehave.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, Mutex},
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
    traffic: Mutex<Traffic>,
    changed: Condvar,
    /// Something has to wait.
    arrived: Condvar,
    to: Url,
}

/// Under one lock: whoever closes all connections must not miss one that is just coming.
struct Traffic {
    way: Way,
    /// Connections of an earlier era stay as they are, and nothing comes through them any more.
    era: usize,
    open: Vec<TcpStream>,
    /// How much waits to go on.
    held: usize,
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
            traffic: Mutex::new(Traffic {
                way: Way::Open,
                era: 0,
                open: Vec::new(),
                held: 0,
            }),
            changed: Condvar::new(),
            arrived: Condvar::new(),
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
        let mut traffic = self.road.traffic.lock().unwrap();
        traffic.way = way;
        self.road.changed.notify_all();
        if way == Way::Cut {
            for stream in traffic.open.drain(..) {
                // It may have been closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Returns once something waits on a way that is stalled.
    pub(crate) fn holds(&self) {
        let traffic = self.road.traffic.lock().unwrap();
        let (traffic, waited) = self
            .road
            .arrived
            .wait_timeout_while(traffic, Duration::from_secs(30), |it| it.held == 0)
            .unwrap();
        drop(traffic);
        assert!(!waited.timed_out(), "nothing comes");
    }

    /// Leaves the connections that there are without an answer for ever.
    pub(crate) fn forget(&self) {
        self.road.traffic.lock().unwrap().era += 1;
    }
}

impl Road {
    /// Lets a connection in; none while the way is cut. Says of which era it is.
    fn admit(&self, client: &TcpStream) -> Option<usize> {
        let mut traffic = self.traffic.lock().unwrap();
        if traffic.way == Way::Cut {
            return None;
        }
        traffic.open.push(client.try_clone().unwrap());
        Some(traffic.era)
    }

    fn take(self: Arc<Self>, client: TcpStream) {
        let Some(era) = self.admit(&client) else {
            return;
        };
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
        let mut traffic = self.traffic.lock().unwrap();
        while traffic.way == Way::Stalled || era != traffic.era {
            traffic.held += 1;
            self.arrived.notify_all();
            traffic = self.changed.wait(traffic).unwrap();
            traffic.held -= 1;
        }
        let way = traffic.way;
        drop(traffic);
        if let (Way::Slow(pause), true) = (way, is_slow) {
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
