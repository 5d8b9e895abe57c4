//! What was said in an SMTP dialogue, bounded, with credentials masked.

/// So much of a dialogue is kept.
const KEPT: usize = 16 * 1024;

/// Of one line, so much.
const LINE: usize = 1024;

/// Commands and replies, line by line.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    text: Vec<u8>,
    left_out: u64,
}

impl Dialogue {
    /// What the sender says.
    pub(super) fn command(&mut self, line: &[u8]) {
        self.say(b"C: ", line);
    }

    /// What the sender says that nobody is to read: its letters masked, at the same length.
    pub(super) fn secret(&mut self, line: &[u8], shown: usize) {
        let is_end = |byte: u8| matches!(byte, b'\r' | b'\n');
        let masked = |(at, byte): (usize, &u8)| if at < shown || is_end(*byte) { *byte } else { b'*' };
        let line: Vec<u8> = line.iter().enumerate().map(masked).collect();
        self.say(b"C: ", &line);
    }

    /// What we say.
    pub(super) fn reply(&mut self, lines: &[u8]) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.say(b"S: ", line);
        }
    }

    /// All of it so far; it begins anew.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let Self { mut text, left_out } = std::mem::take(self);
        if left_out > 0 {
            text.extend(format!("... {left_out} lines more\r\n").into_bytes());
        }
        text
    }

    fn say(&mut self, who: &[u8], line: &[u8]) {
        let line = &line[..line.len().min(LINE)];
        if self.text.len() + line.len() > KEPT {
            self.left_out += 1;
            return;
        }
        self.text.extend_from_slice(who);
        self.text.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            self.text.extend_from_slice(b"...\r\n");
        }
    }
}
