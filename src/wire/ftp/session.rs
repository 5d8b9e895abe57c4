//! One client's dialogue from the greeting to its end (RFC 959, 2389, 2428, 3659, 4217).

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;
use std::time::Instant;

use super::command::Command;
use super::control::Dialogue;
use super::data::{Coming, DataPort};
use super::event::{Asked, Event, How, Transfer, Upshot};
use super::house::{Admission, Boxed, Channel, Found, House, Login, Offered};
use super::path::resolve;
use crate::wire::excerpt::Excerpt;

/// The two ends of an accepted connection and its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) connection: u64,
    pub(super) peer: IpAddr,
    pub(super) local: IpAddr,
}

/// How far a login has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Stranger,
    Named,
    AccountDue,
    Admitted,
}

/// What is known of a client.
pub(super) struct Session<'h> {
    pub(super) house: &'h House,
    pub(super) ends: Ends,
    pub(super) dialogue: Dialogue<'h>,
    pub(super) login: Login,
    pub(super) standing: Standing,
    directory: String,
    /// Where the next file is taken up again.
    pub(super) offset: u64,
    pub(super) data: Option<Coming>,
    pub(super) control_channel: Channel,
    pub(super) data_channel: Channel,
}

/// What follows a command: the next, or the end.
pub(super) type Flow = ControlFlow<How>;

/// Serves a client to the end of its connection.
pub(super) async fn converse((stream, channel): (Boxed, Channel), ends: Ends, house: &House) -> How {
    let mut session = Session {
        house,
        ends,
        dialogue: Dialogue::new(stream, ends.connection, house),
        login: Login::default(),
        standing: Standing::Stranger,
        directory: "/".to_owned(),
        offset: 0,
        data: None,
        control_channel: channel,
        data_channel: channel,
    };
    let how = session.serve().await;
    if session.standing == Standing::AccountDue {
        session.show(Asked::Login, 332, Upshot::Complete, Instant::now());
    }
    how
}

impl Session<'_> {
    async fn serve(&mut self) -> How {
        if let Err(how) = self.dialogue.reply(220, "penspec staging area").await {
            return how;
        }
        loop {
            match self.dialogue.next().await {
                Ok(line) => {
                    if let Flow::Break(how) = self.obey(&Command::read(&line)).await {
                        return how;
                    }
                }
                Err(how) => {
                    if how == How::Tls {
                        self.show_stray_hello();
                    }
                    if matches!(how, How::Timeout | How::TooLong | How::TooMany) {
                        let _ = self.dialogue.reply(421, "this is more than penspec hears; goodbye").await;
                    }
                    return how;
                }
            }
        }
    }

    /// Says one line.
    pub(super) async fn reply(&mut self, code: u16, text: &str) -> Flow {
        match self.dialogue.reply(code, text).await {
            Ok(()) => Flow::Continue(()),
            Err(how) => Flow::Break(how),
        }
    }

    async fn obey(&mut self, command: &Command) -> Flow {
        let argument = command.argument.as_str();
        match command.verb.as_str() {
            "USER" => self.name(argument).await,
            "PASS" => self.log_in(argument).await,
            "ACCT" => self.give_account(argument).await,
            "AUTH" => self.secure(argument).await,
            "PBSZ" => self.reply(200, "PBSZ=0").await,
            "PROT" => self.protect(argument).await,
            "FEAT" => self.tell_features().await,
            "SYST" => self.reply(215, "UNIX Type: L8").await,
            "NOOP" => self.reply(200, "still here").await,
            "OPTS" if argument.to_ascii_uppercase().starts_with("UTF8") => {
                self.reply(200, "UTF8 it is").await
            }
            "QUIT" => {
                let _ = self.dialogue.reply(221, "goodbye").await;
                Flow::Break(How::Quit)
            }
            // A server that connected to where it is told could be sent against others.
            "PORT" | "EPRT" => self.reply(500, "active mode is refused; use EPSV or PASV").await,
            _ if self.standing != Standing::Admitted => self.turn_away().await,
            _ => self.obey_guest(command).await,
        }
    }

    /// The commands of those who were let in.
    async fn obey_guest(&mut self, command: &Command) -> Flow {
        let argument = command.argument.as_str();
        match command.verb.as_str() {
            "PWD" | "XPWD" => {
                let quoted = self.directory.replace('"', "\"\"");
                self.reply(257, &format!("\"{quoted}\" is where you are")).await
            }
            "CWD" | "XCWD" => {
                self.directory = resolve(&self.directory, argument);
                self.reply(250, "changed").await
            }
            "CDUP" | "XCUP" => {
                self.directory = resolve(&self.directory, "..");
                self.reply(250, "changed").await
            }
            "TYPE" => match argument.to_ascii_uppercase().as_str() {
                "I" | "A" | "L 8" | "A N" => self.reply(200, "files go out as they are").await,
                _ => self.reply(504, "types A and I alone").await,
            },
            "MODE" if argument.eq_ignore_ascii_case("S") => self.reply(200, "stream").await,
            "STRU" if argument.eq_ignore_ascii_case("F") => self.reply(200, "file").await,
            "ALLO" => self.reply(202, "nothing to do").await,
            "ABOR" => self.reply(226, "nothing is under way").await,
            "PASV" => self.open_passive().await,
            "EPSV" => self.open_extended().await,
            "REST" => self.restart_at(argument).await,
            "SIZE" => self.tell_size(argument).await,
            "MDTM" => self.tell_time(argument).await,
            "RETR" => self.retrieve(argument).await,
            "LIST" | "NLST" | "MLSD" => self.list().await,
            "STOR" | "STOU" | "APPE" | "DELE" | "RNFR" | "RNTO" | "MKD" | "RMD" | "SITE" => {
                self.reply(550, "nothing is stored or changed here").await
            }
            _ => self.reply(502, "not known here").await,
        }
    }

    async fn turn_away(&mut self) -> Flow {
        match self.standing {
            Standing::AccountDue => self.reply(532, "an account is needed: ACCT").await,
            Standing::Stranger | Standing::Named | Standing::Admitted => {
                self.reply(530, "log in first: USER and PASS").await
            }
        }
    }

    async fn name(&mut self, user: &str) -> Flow {
        self.login = Login { user: user.to_owned(), ..Login::default() };
        self.standing = Standing::Named;
        // Before a password is said in the clear.
        if (self.house.admit)(&self.login, self.control_channel) == Admission::TlsNeeded {
            return self.judge_login().await;
        }
        self.reply(331, "go on with PASS").await
    }

    async fn log_in(&mut self, password: &str) -> Flow {
        if self.standing != Standing::Named {
            return self.reply(503, "say USER first").await;
        }
        self.login.password = Some(password.to_owned());
        self.judge_login().await
    }

    async fn give_account(&mut self, account: &str) -> Flow {
        match self.standing {
            Standing::Admitted => self.reply(202, "no account is needed").await,
            Standing::AccountDue => {
                self.login.account = Some(account.to_owned());
                self.judge_login().await
            }
            Standing::Stranger | Standing::Named => self.reply(503, "say USER and PASS first").await,
        }
    }

    async fn judge_login(&mut self) -> Flow {
        let (standing, code, text) = match (self.house.admit)(&self.login, self.control_channel) {
            Admission::Granted => (Standing::Admitted, 230, "come in"),
            Admission::AccountNeeded => (Standing::AccountDue, 332, "go on with ACCT"),
            Admission::TlsNeeded => (Standing::Stranger, 534, "not before AUTH TLS"),
            Admission::Refused => (Standing::Stranger, 530, "not with these credentials"),
        };
        self.standing = standing;
        if standing == Standing::Stranger {
            self.show(Asked::Login, code, Upshot::Complete, Instant::now());
        }
        self.reply(code, text).await
    }

    /// Shows what was asked for and not given.
    pub(super) fn show(&self, asked: Asked, reply: u16, upshot: Upshot, began: Instant) {
        (self.house.observe)(Event::Transfer(Transfer {
            exchange: self.house.numbers.next_exchange(),
            connection: self.ends.connection,
            asked,
            is_secured: self.control_channel == Channel::Secured,
            user: self.login.user.clone(),
            reply: Some(reply),
            body: Excerpt::default(),
            upshot,
            began,
            first_byte: None,
            ended: Instant::now(),
        }));
    }

    async fn tell_features(&mut self) -> Flow {
        let mut reply = String::from(
            "211-what there is:\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n",
        );
        if self.house.security.identity().is_some() {
            reply.push_str(" AUTH TLS\r\n PBSZ\r\n PROT\r\n");
        }
        reply.push_str("211 that is all\r\n");
        match self.dialogue.say(&reply).await {
            Ok(()) => Flow::Continue(()),
            Err(how) => Flow::Break(how),
        }
    }

    /// Waits for no data connection any more; its port is free again.
    pub(super) async fn close_port(&mut self) {
        if let Some(coming) = self.data.take() {
            coming.close().await;
        }
    }

    /// A fresh port in the place of whatever was there.
    async fn open_port(&mut self) -> Option<u16> {
        self.close_port().await;
        let identity = self.house.security.identity().filter(|_| self.data_channel == Channel::Secured);
        let Ends { peer, local, .. } = self.ends;
        let port = DataPort::open(local, self.house.passive.ports.as_ref()).await.ok()?;
        let number = port.number().ok()?;
        self.data = Some(port.await_peer(peer, identity.cloned()));
        Some(number)
    }

    async fn open_passive(&mut self) -> Flow {
        let ours = match self.ends.local.to_canonical() {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        };
        let Some(ip) = self.house.passive.advertised.or(ours) else {
            return self.reply(522, "this is IPv6: use EPSV").await;
        };
        let Some(port) = self.open_port().await else { return self.reply(425, "no port is free").await };
        self.reply(227, &format!("Entering Passive Mode ({})", host_and_port(ip, port))).await
    }

    async fn open_extended(&mut self) -> Flow {
        let Some(port) = self.open_port().await else { return self.reply(425, "no port is free").await };
        self.reply(229, &format!("Entering Extended Passive Mode (|||{port}|)")).await
    }

    async fn restart_at(&mut self, offset: &str) -> Flow {
        match offset.trim().parse() {
            Ok(offset) => {
                self.offset = offset;
                self.reply(350, &format!("the next file from byte {offset}")).await
            }
            Err(_) => self.reply(501, "REST takes a number of bytes").await,
        }
    }

    /// What is at a path; a refusal in the place of the file is told by whoever asks for it.
    pub(super) fn find(&self, path: &str, over: Channel) -> (String, Found) {
        let path = resolve(&self.directory, path);
        let found = (self.house.find)(&self.login, over, &path);
        (path, found)
    }

    async fn tell_size(&mut self, path: &str) -> Flow {
        match self.find(path, self.control_channel).1 {
            Found::File(Offered { payload, refusal: None | Some(425 | 426 | 451), .. }) => {
                self.reply(213, &payload.length().to_string()).await
            }
            Found::File(_) | Found::Missing => self.reply(550, "there is no such file").await,
            Found::Guarded => self.reply(530, "it is for others").await,
            Found::TlsNeeded => self.reply(522, "over TLS alone").await,
        }
    }

    async fn tell_time(&mut self, path: &str) -> Flow {
        match self.find(path, self.control_channel).1 {
            Found::File(_) => self.reply(213, "20260101000000").await,
            Found::Missing => self.reply(550, "there is no such file").await,
            Found::Guarded => self.reply(530, "it is for others").await,
            Found::TlsNeeded => self.reply(522, "over TLS alone").await,
        }
    }
}

/// An address and a port as PASV tells them.
fn host_and_port(ip: Ipv4Addr, port: u16) -> String {
    let mut text = String::new();
    for byte in ip.octets().into_iter().chain(port.to_be_bytes()) {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string never fails.
        let _ = write!(text, "{comma}{byte}");
    }
    text
}
