//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

use super::settings::TrustedProxies;
use crate::domain::audit::Origin;

/// The identifier of a request, as it is answered, logged and audited.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

impl RequestId {
    /// The client's own, if it is harmless; else a new one.
    pub(super) fn of(header: Option<&str>) -> Self {
        let own = header.filter(|text| is_harmless(text));
        Self(own.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned))
    }
}

fn is_harmless(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (8..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct Whence {
    /// The caller's address, as far as it is known.
    pub(super) address: Option<IpAddr>,
    id: RequestId,
}

impl Whence {
    pub(super) fn of(request: &HttpRequest, proxies: &TrustedProxies) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let forwarded = forwarded_for(request);
        // The outermost layer gave every request an identifier.
        let given = request.extensions().get::<RequestId>().cloned();
        Self {
            address: peer.map(|peer| spoken_for(peer, &forwarded, |it| proxies.trust(it))),
            id: given.unwrap_or_else(|| RequestId::of(None)),
        }
    }

    /// The request's identifier.
    pub(super) fn id(&self) -> &str {
        &self.id.0
    }

    /// The same, as the audit log tells it.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            request_id: Some(self.id.0.clone()),
            ip_address: self.address.map(|address| address.to_string()),
        }
    }
}

/// The addresses that proxies have noted, as one list: each may have added a header of its own.
fn forwarded_for(request: &HttpRequest) -> String {
    let headers = request.headers().get_all("x-forwarded-for");
    // What is no text is no address either, and ends the chain.
    let lists: Vec<&str> = headers
        .map(|list| list.to_str().unwrap_or_default())
        .collect();
    lists.join(",")
}

/// Whom a chain of proxies speaks for: going back from the peer, the first address that is not a
/// trusted proxy's. What stands before it anybody may have written.
fn spoken_for(peer: IpAddr, forwarded: &str, is_trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut caller = peer.to_canonical();
    for address in forwarded.rsplit(',') {
        if !is_trusted(caller) {
            break;
        }
        match read_address(address.trim()) {
            Some(address) => caller = address.to_canonical(),
            None => break,
        }
    }
    caller
}

/// An address; some proxies write its port beside it.
fn read_address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse();
    let beside = |_| text.parse().map(|socket: SocketAddr| socket.ip());
    address.or_else(beside).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_harmless_identifier_is_taken_over() {
        assert_eq!(RequestId::of(Some("req-12345")).0, "req-12345");
        for text in ["short", "with space", "new\nline-1", &"x".repeat(65)] {
            assert_ne!(RequestId::of(Some(text)).0, text);
        }
    }

    #[test]
    fn the_headers_of_several_proxies_are_one_list() {
        let name = "x-forwarded-for";
        let request = TestRequest::default()
            .append_header((name, "198.51.100.7"))
            .append_header((name, "203.0.113.9, 10.0.0.2"))
            .to_http_request();
        assert_eq!(
            forwarded_for(&request),
            "198.51.100.7,203.0.113.9, 10.0.0.2"
        );
        let request = TestRequest::default().to_http_request();
        assert_eq!(forwarded_for(&request), "");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            (
                "10.0.0.1",
                "198.51.100.7, 203.0.113.9, 10.0.0.2",
                "203.0.113.9",
            ),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
            ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
            ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
            ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ] {
            let peer = peer.parse().unwrap();
            let found = spoken_for(peer, forwarded, |address| proxies.contains(&address));
            assert_eq!(found.to_string(), expected, "{peer} {forwarded}");
        }
    }
}
