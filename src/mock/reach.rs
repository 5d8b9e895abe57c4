//! Where a mock may go, and by which way: loopback, the sender's own address, and what the operator allows. Nowhere else.

use std::net::IpAddr;

use crate::wire::http::Route;

/// The hosts that a mock may connect to because a peer said so.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Hosts that the operator allowed, in lower case.
    pub allowed: Vec<String>,
    /// By which way it goes there.
    pub route: Route,
}

impl Reach {
    /// Whether a command from `sender` may send us to `host`.
    #[must_use]
    pub fn permits(&self, host: &str, sender: IpAddr) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        match host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || address == sender || self.allowed.contains(&host),
            Err(_) => host == "localhost" || self.allowed.contains(&host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peer_sends_us_to_a_third_host() {
        let reach = Reach { allowed: vec!["lms.example".to_owned()], ..Reach::default() };
        let check = |host, expected| {
            assert_eq!(reach.permits(host, IpAddr::from([192, 0, 2, 7])), expected, "{host}");
        };
        for host in ["127.0.0.1", "localhost", "[::1]", "192.0.2.7", "LMS.example"] {
            check(host, true);
        }
        for host in ["192.0.2.8", "169.254.169.254", "example.com", "localhost.example", "10.0.0.1", ""] {
            check(host, false);
        }
    }
}
