//! Where people are sent back to: this machine only, for nobody here needs a password.

use crate::uri;

/// Whether an address is one of this machine's.
pub(super) fn is_on_this_machine(address: &str) -> bool {
    let Some(rest) = address
        .strip_prefix("http://")
        .or_else(|| address.strip_prefix("https://"))
    else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic())
        && !address.contains(['#', '\\', '"', '<', '>']);
    is_plain
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// An address with more members of its query.
pub(super) fn with(address: &str, members: &[(&str, &str)]) -> String {
    let mut whole = address.to_owned();
    for (name, value) in members {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(&format!("{name}={}", uri::encode(value)));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_ways_back() {
        for (address, expected) in [
            ("http://localhost:3000/callback", true),
            ("http://127.0.0.1:3000/callback?a=1", true),
            ("https://localhost/", true),
            ("http://[::1]:3000/", true),
            ("http://[::1]/", true),
            ("http://console.example/", false),
            ("http://localhost.console.example/", false),
            ("http://localhost:80@console.example/", false),
            ("http://localhost@console.example/", false),
            ("http://localhost/#a", false),
            ("http://localhost\\.console.example/", false),
            ("http://localhost/\r\nx: y", false),
            ("javascript:alert(1)", false),
            ("/callback", false),
            ("", false),
        ] {
            assert_eq!(is_on_this_machine(address), expected, "{address}");
        }
    }

    #[test]
    fn members_are_added_to_a_query() {
        assert_eq!(
            with("http://localhost/", &[("a", "b c")]),
            "http://localhost/?a=b%20c"
        );
        assert_eq!(
            with("http://localhost/?x=1", &[("a", "1"), ("b", "2")]),
            "http://localhost/?x=1&a=1&b=2"
        );
    }
}
