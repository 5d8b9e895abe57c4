//! Takes one file from a server and keeps the dialogue. Whatever the server does is told in the result; nothing it does
//! is an error.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::{Address, IMPLICIT};
use super::control::Control;
use super::event::{Asked, Event, How, Link, Side, Transfer, Upshot};
use super::house::{Boxed, Channel, Login};
use crate::wire::excerpt::{Excerpt, Excerpting};
use crate::wire::numbers::Numbers;
use crate::wire::tls::{self, Trust};

/// The most lines of one reply.
const REPLY_LINES: usize = 100;

/// The longest line of a reply.
const REPLY_LINE: usize = 8 * 1024;

/// What is fetched, and as whom.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Where it is.
    pub address: Address,
    /// Who is said to ask; `anonymous` where nobody is named.
    pub login: Login,
    /// Whether the file is to be secured, too, where the dialogue is.
    pub data: Channel,
}

/// How long and how much is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// For the name to resolve and a connection to stand, the data connection, too.
    pub connect: Duration,
    /// For the greeting of a server that is to speak TLS: one that says nothing waits for the client to begin.
    pub greeting: Duration,
    /// For each reply, and for each piece of the file.
    pub reply: Duration,
    /// For the whole.
    pub total: Duration,
    /// This many bytes of the file are read, no more.
    pub most: u64,
}

/// A transfer under way.
struct Fetching<'f> {
    control: Control,
    connection: u64,
    /// Where the control connection leads: data connections go nowhere else, whatever PASV says.
    host: IpAddr,
    limits: &'f FetchLimits,
    observe: &'f mut (dyn FnMut(Event) + Send),
    tls: Option<(&'f str, &'f Trust)>,
    is_secured: bool,
    asked: Asked,
    reply: Option<u16>,
    body: Excerpting,
    first_byte: Option<Instant>,
}

/// Fetches a file, over TLS that trusts these where its address asks for it; `observe` is shown the lines of the
/// dialogue as they pass.
pub async fn fetch(
    numbers: &Numbers,
    errand: &Errand,
    (limits, trust): (&FetchLimits, &Trust),
    observe: &mut (dyn FnMut(Event) + Send),
) -> Transfer {
    let (began, exchange, connection) = (Instant::now(), numbers.next_exchange(), numbers.next_connection());
    let user = errand.login.user.clone();
    let transfer = |(asked, is_secured), reply, body: Excerpt, upshot, first_byte| Transfer {
        exchange,
        connection,
        asked,
        is_secured,
        user,
        reply,
        body,
        upshot,
        began,
        first_byte,
        ended: Instant::now(),
    };
    let (stream, host) = match connect(&errand.address.host, errand.address.port, limits.connect).await {
        Ok(connected) => connected,
        Err(upshot) => return transfer((Asked::Login, false), None, Excerpt::default(), upshot, None),
    };
    let mut fetching = Fetching {
        control: Control::new(Box::new(tokio::io::empty())),
        connection,
        host,
        limits,
        observe,
        tls: errand.address.is_secured.then_some((errand.address.name.as_str(), trust)),
        is_secured: false,
        asked: Asked::Login,
        reply: None,
        body: Excerpting::default(),
        first_byte: None,
    };
    let upshot = match timeout(limits.total, fetching.fetch(stream, errand)).await {
        Ok(Ok(upshot) | Err(upshot)) => upshot,
        Err(_) if fetching.first_byte.is_some() => Upshot::Slow,
        Err(_) => Upshot::Silent,
    };
    let Fetching { asked, is_secured, reply, body, first_byte, .. } = fetching;
    transfer((asked, is_secured), reply, body.finish(), upshot, first_byte)
}

async fn connect(host: &str, port: u16, patience: Duration) -> Result<(TcpStream, IpAddr), Upshot> {
    let connecting = async {
        let found: Vec<SocketAddr> = match tokio::net::lookup_host((host, port)).await {
            Ok(found) => found.collect(),
            Err(_) => return Err(Upshot::Unresolved),
        };
        let mut trouble = Upshot::Unresolved;
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok((stream, address.ip())),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => trouble = Upshot::Refused,
                Err(_) => trouble = Upshot::Unreachable,
            }
        }
        Err(trouble)
    };
    timeout(patience, connecting).await.unwrap_or(Err(Upshot::Unreachable))
}

impl Fetching<'_> {
    /// The dialogue to its end; what ends it early is told in the same way.
    async fn fetch(&mut self, stream: TcpStream, errand: &Errand) -> Result<Upshot, Upshot> {
        match self.tls {
            None => self.be_greeted(Box::new(stream)).await?,
            Some(_) => self.be_secured(stream, errand.address.port).await?,
        }
        self.log_in(&errand.login).await?;
        let is_secret = self.is_secured && errand.data == Channel::Secured;
        if is_secret {
            self.ask("PBSZ", b"0", is_done).await?;
            self.ask("PROT", b"P", is_done).await?;
        }
        let path = [&errand.address.directories.join(&b'/')[..], &errand.address.file[..]];
        let path = path.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(&b'/');
        self.asked = Asked::File(path);
        self.ask("TYPE", b"I", |code| code == 200).await?;
        for directory in errand.address.directories.iter().filter(|directory| !directory.is_empty()) {
            self.ask("CWD", directory, is_done).await?;
        }
        let data = self.open_data().await?;
        self.ask("RETR", &errand.address.file, |code| matches!(code, 125 | 150)).await?;
        let mut data: Boxed = Box::new(data);
        if is_secret {
            data = self.secured(data, Link::Data).await?;
        }
        let taken = self.take(&mut data).await;
        drop(data);
        taken?;
        self.expect(is_done).await?;
        let _ = self.say("QUIT", b"").await;
        Ok(Upshot::Complete)
    }

    async fn be_greeted(&mut self, stream: Boxed) -> Result<(), Upshot> {
        self.control = Control::new(stream);
        self.expect(|code| code == 220).await.map(drop)
    }

    /// Who speaks first tells the way: a server that greets is asked for TLS, and one that does not is met with it.
    async fn be_secured(&mut self, stream: TcpStream, port: u16) -> Result<(), Upshot> {
        if port == IMPLICIT || is_silent(&stream, self.limits.greeting).await {
            let stream = self.secured(Box::new(stream), Link::Control).await?;
            self.be_greeted(stream).await?;
        } else {
            self.be_greeted(Box::new(stream)).await?;
            self.ask("AUTH", b"TLS", |code| code == 234).await?;
            let stream = self.control.take_stream();
            self.control = Control::new(self.secured(stream, Link::Control).await?);
        }
        self.is_secured = true;
        Ok(())
    }

    /// A connection under TLS, or as it is where none is to be spoken.
    async fn secured(&mut self, stream: Boxed, link: Link) -> Result<Boxed, Upshot> {
        let Some((name, trust)) = self.tls else { return Ok(stream) };
        let (stream, facts): (Option<Boxed>, _) =
            match tls::connect_for_ftp(stream, name, trust, self.limits.connect).await {
                Ok((stream, facts)) => (Some(Box::new(stream)), facts),
                Err(facts) => (None, facts),
            };
        (self.observe)(Event::Secured { connection: self.connection, link, facts });
        stream.ok_or(Upshot::Handshake)
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Upshot> {
        let (user, password) = match login.user.as_str() {
            "" => ("anonymous", "penspec@"),
            user => (user, login.password.as_deref().unwrap_or_default()),
        };
        let is_next = |code| matches!(code, 230 | 232 | 331 | 332);
        let mut code = self.ask("USER", user.as_bytes(), is_next).await?;
        if code == 331 {
            code = self.ask("PASS", password.as_bytes(), |code| matches!(code, 202 | 230 | 332)).await?;
        }
        match (code, login.account.as_deref()) {
            (332, Some(account)) => self.ask("ACCT", account.as_bytes(), is_done).await.map(drop),
            (332, None) => Err(Upshot::Complete),
            (_, _) => Ok(()),
        }
    }

    /// EPSV where it is known, else PASV, of whose address only the port counts.
    async fn open_data(&mut self) -> Result<TcpStream, Upshot> {
        self.say("EPSV", b"").await?;
        let (code, text) = self.hear().await?;
        let port = match (code, code == 229) {
            (_, true) => extended_port(&text),
            (500..=522, _) => {
                self.say("PASV", b"").await?;
                let (code, text) = self.hear().await?;
                self.reply = Some(code);
                (code == 227).then(|| passive_port(&text)).flatten()
            }
            _ => None,
        };
        let Some(port) = port else { return Err(Upshot::Complete) };
        let connecting = TcpStream::connect(SocketAddr::new(self.host, port));
        match timeout(self.limits.connect, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(_)) | Err(_) => Err(Upshot::Cut),
        }
    }

    async fn take(&mut self, data: &mut Boxed) -> Result<(), Upshot> {
        let mut piece = vec![0; 64 * 1024];
        loop {
            match timeout(self.limits.reply, data.read(&mut piece)).await {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(length)) => {
                    self.first_byte.get_or_insert_with(Instant::now);
                    self.body.push(&piece[..length]);
                    if self.body.length() > self.limits.most {
                        return Err(Upshot::TooLong);
                    }
                }
                Ok(Err(_)) => return Err(Upshot::Cut),
                Err(_) if self.first_byte.is_some() => return Err(Upshot::Slow),
                Err(_) => return Err(Upshot::Silent),
            }
        }
    }

    /// Says a command and hears the reply; another than is accepted ends the dialogue.
    async fn ask(
        &mut self,
        verb: &str,
        argument: &[u8],
        accepts: impl Fn(u16) -> bool,
    ) -> Result<u16, Upshot> {
        self.say(verb, argument).await?;
        self.expect(accepts).await
    }

    async fn expect(&mut self, accepts: impl Fn(u16) -> bool) -> Result<u16, Upshot> {
        let (code, _) = self.hear().await?;
        self.reply = Some(code);
        if accepts(code) {
            return Ok(code);
        }
        let _ = self.say("QUIT", b"").await;
        // What was begun and then broken off is no refusal.
        Err(if matches!(code, 425 | 426 | 451) { Upshot::Cut } else { Upshot::Complete })
    }

    async fn say(&mut self, verb: &str, argument: &[u8]) -> Result<(), Upshot> {
        let space: &[u8] = if argument.is_empty() { b"" } else { b" " };
        let line = [verb.as_bytes(), space, argument, b"\r\n"].concat();
        self.show(Side::Client, line.clone());
        self.control.write(&line, self.limits.reply).await.map_err(|_| Upshot::Closed)
    }

    /// A reply with all its lines (RFC 959, 4.2).
    async fn hear(&mut self) -> Result<(u16, String), Upshot> {
        let mut whole = Vec::new();
        let mut code = None;
        for _ in 0..REPLY_LINES {
            let line = self.control.line(REPLY_LINE, self.limits.reply).await.map_err(|how| match how {
                How::Timeout => Upshot::Silent,
                How::TooLong => Upshot::Garbage,
                How::Eof | How::Reset | How::Quit | How::TooMany | How::Tls | How::Ours | How::Stopped => {
                    Upshot::Closed
                }
            });
            let line = match line {
                Ok(line) => line,
                Err(upshot) => {
                    self.show(Side::Server, whole);
                    return Err(upshot);
                }
            };
            whole.extend_from_slice(&line);
            let digits = line.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
            let read: Option<u16> = digits.and_then(|digits| digits.parse().ok()).filter(|code| *code >= 100);
            let is_last = line.get(3) != Some(&b'-');
            match (code, read) {
                (None, None) => break,
                (None, Some(read)) if is_last => return Ok(self.heard(read, whole)),
                (None, Some(read)) => code = Some(read),
                (Some(first), Some(read)) if first == read && is_last => return Ok(self.heard(first, whole)),
                (Some(_), _) => {}
            }
        }
        self.show(Side::Server, whole);
        Err(Upshot::Garbage)
    }

    fn heard(&mut self, code: u16, lines: Vec<u8>) -> (u16, String) {
        let text = String::from_utf8_lossy(&lines).into_owned();
        self.show(Side::Server, lines);
        (code, text)
    }

    fn show(&mut self, by: Side, line: Vec<u8>) {
        if !line.is_empty() {
            (self.observe)(Event::Line { connection: self.connection, by, line });
        }
    }
}

/// Whether nothing comes for so long.
async fn is_silent(stream: &TcpStream, patience: Duration) -> bool {
    timeout(patience, stream.peek(&mut [0])).await.is_err()
}

fn is_done(code: u16) -> bool {
    (200..300).contains(&code)
}

/// The port between the bars of `229 ... (|||6446|)` (RFC 2428, 3).
fn extended_port(reply: &str) -> Option<u16> {
    let (_, rest) = reply.rsplit_once('(')?;
    let mark = rest.chars().next()?;
    rest.split(mark).nth(3)?.parse().ok().filter(|port| *port != 0)
}

/// The last two of the six numbers of `227 ... (127,0,0,1,25,46)`.
fn passive_port(reply: &str) -> Option<u16> {
    let from = reply.get(4..)?.find(|letter: char| letter.is_ascii_digit())? + 4;
    let numbers: Vec<&str> = reply[from..].split(|letter: char| !letter.is_ascii_digit()).take(6).collect();
    let [.., high, low] = numbers.as_slice() else { return None };
    let port = u16::from_be_bytes([high.parse().ok()?, low.parse().ok()?]);
    (numbers.len() == 6 && port != 0).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_from_either_reply() {
        for (reply, port) in [
            ("229 Entering Extended Passive Mode (|||6446|)\r\n", Some(6446)),
            ("229 yes (!!!80!)", Some(80)),
            ("229 no (|||0|)", None),
            ("229 no", None),
            ("229 (", None),
        ] {
            assert_eq!(extended_port(reply), port, "{reply}");
        }
        for (reply, port) in [
            ("227 Entering Passive Mode (127,0,0,1,25,46)\r\n", Some(6446)),
            ("227 =10,0,0,1,0,80", Some(80)),
            ("227 (1,2,3,4,5)", None),
            ("227 (1,2,3,4,256,1)", None),
            ("227 ", None),
        ] {
            assert_eq!(passive_port(reply), port, "{reply}");
        }
    }
}
