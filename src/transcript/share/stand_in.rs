//! Stand-ins: as long as what they stand for, of the same shape, and another for each.

use std::collections::HashMap;

/// Gives each value a stand-in, in the order in which they are met.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// How many values of each shape have one.
    met: HashMap<Vec<u8>, usize>,
}

impl StandIns {
    /// For a host's name, a user, a secret: each letter and digit is another, the rest stays.
    pub(super) fn of_word(&mut self, value: &[u8]) -> Vec<u8> {
        self.fill(value, |byte| byte.is_ascii_alphanumeric(), b"abcdefghijkmnopqrstuvwyz", b'x')
    }

    /// For an IPv6 address, which has to stay one.
    pub(super) fn of_ipv6(&mut self, value: &[u8]) -> Vec<u8> {
        self.fill(value, |byte| byte.is_ascii_hexdigit(), b"123456789abcef", b'd')
    }

    /// For an IPv4 address: each number is another with as many digits.
    pub(super) fn of_ipv4(&mut self, value: &[u8]) -> Vec<u8> {
        let shape: Vec<u8> = value.iter().map(|byte| if *byte == b'.' { b'.' } else { b'0' }).collect();
        let mut nth = self.next(shape);
        let mut numbers: Vec<String> = Vec::new();
        for part in value.split(|byte| *byte == b'.').rev() {
            let (least, count) = match part.len() {
                1 => (1, 9),
                2 => (10, 90),
                _ => (100, 156),
            };
            numbers.push((least + nth % count).to_string());
            nth /= count;
        }
        numbers.reverse();
        numbers.join(".").into_bytes()
    }

    /// Fills the places that count with a number written in `digits`, padded in front.
    fn fill(&mut self, value: &[u8], counts: impl Fn(u8) -> bool, digits: &[u8], pad: u8) -> Vec<u8> {
        let shape: Vec<u8> = value.iter().map(|byte| if counts(*byte) { pad } else { *byte }).collect();
        let mut nth = self.next(shape.clone());
        let mut filled = shape;
        for (place, byte) in filled.iter_mut().enumerate().rev() {
            if counts(value[place]) && nth > 0 {
                *byte = digits[(nth - 1) % digits.len()];
                nth = (nth - 1) / digits.len();
            }
        }
        filled
    }

    fn next(&mut self, shape: Vec<u8>) -> usize {
        let met = self.met.entry(shape).or_default();
        *met += 1;
        *met
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    #[test]
    fn a_stand_in_has_the_length_and_the_shape() {
        let mut stand_ins = StandIns::default();
        assert_eq!(shown(&stand_ins.of_word(b"lms.acme-x.com")), "xxx.xxxx-x.xxa");
        assert_eq!(shown(&stand_ins.of_word(b"lms.othr-x.com")), "xxx.xxxx-x.xxb");
        assert_eq!(shown(&stand_ins.of_ipv6(b"fe80::1")), "dddd::1");
        for address in ["10.1.2.3", "192.168.10.7", "8.8.8.8", "255.255.255.255"] {
            let stand_in = shown(&stand_ins.of_ipv4(address.as_bytes()));
            assert!(stand_in.parse::<std::net::Ipv4Addr>().is_ok(), "{stand_in}");
            assert_eq!(stand_in.len(), address.len());
        }
    }

    #[test]
    fn each_has_its_own() {
        let mut stand_ins = StandIns::default();
        let words: HashSet<Vec<u8>> = (0..500).map(|_| stand_ins.of_word(b"abc")).collect();
        let addresses: HashSet<Vec<u8>> = (0..500).map(|_| stand_ins.of_ipv4(b"10.0.0.1")).collect();
        assert_eq!((words.len(), addresses.len()), (500, 500));
    }
}
