//! A line of a client's: the verb and what follows it, whatever stands round them.

/// A command as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The verb in upper case.
    pub(super) verb: String,
    /// What follows it.
    pub(super) argument: String,
}

impl Command {
    /// Reads a line; its end, telnet's own bytes (RFC 854) and NULs are no part of it.
    pub(super) fn read(line: &[u8]) -> Self {
        let plain: Vec<u8> = without_telnet(line).into_iter().filter(|byte| *byte != 0).collect();
        let text = String::from_utf8_lossy(&plain).into_owned();
        let text = text.trim_end_matches(['\r', '\n']).trim_start();
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        Self { verb: verb.to_ascii_uppercase(), argument: argument.to_owned() }
    }
}

/// The line without what telnet would take for itself: IAC and one or two bytes behind it; IAC twice is that byte.
fn without_telnet(line: &[u8]) -> Vec<u8> {
    const IAC: u8 = 255;
    let mut kept = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, (byte == IAC).then(|| bytes.next()).flatten()) {
            (IAC, Some(IAC)) => kept.push(IAC),
            (IAC, Some(251..=254)) => drop(bytes.next()),
            (IAC, _) => {}
            (byte, _) => kept.push(byte),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], verb: &str, argument: &str) {
        let expected = Command { verb: verb.to_owned(), argument: argument.to_owned() };
        assert_eq!(Command::read(line), expected, "{}", line.escape_ascii());
    }

    #[test]
    fn a_line_is_understood_whatever_stands_round_it() {
        check(b"USER tk\r\n", "USER", "tk");
        check(b"pass a b \n", "PASS", "a b ");
        check(b"QUIT", "QUIT", "");
        check(b"  NOOP\r\n", "NOOP", "");
        check(b"\xFF\xF4\xFF\xF2ABOR\r\n", "ABOR", "");
        check(b"\xFF\xFD\x06NOOP\r\n", "NOOP", "");
        check(b"NO\0OP\r\n", "NOOP", "");
        check(b"\xFF", "", "");
        check(b"\r\n", "", "");
    }
}
