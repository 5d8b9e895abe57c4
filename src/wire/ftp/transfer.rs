//! Hands files over, whole or wrong on purpose.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::event::{Asked, Event, How, Link, Transfer, Upshot};
use super::house::{Boxed, Channel, Found, Offered};
use super::session::{Flow, Session};
use crate::wire::excerpt::{Excerpt, Excerpting};
use crate::wire::http::Manner;

/// A file on its way.
struct Sending {
    path: String,
    offset: u64,
    began: Instant,
    first_byte: Option<Instant>,
}

impl Session<'_> {
    pub(super) async fn retrieve(&mut self, path: &str) -> Flow {
        let began = Instant::now();
        let (path, found) = self.find(path, self.data_channel);
        let sending = Sending { path, offset: std::mem::take(&mut self.offset), began, first_byte: None };
        match found {
            Found::File(offered) => {
                if !offered.delay.is_zero() {
                    sleep(offered.delay).await;
                }
                self.hand_over(sending, offered).await
            }
            Found::Missing => self.refuse(sending, 550, "there is no such file", Upshot::Complete).await,
            Found::Guarded => self.refuse(sending, 530, "it is for others", Upshot::Complete).await,
            Found::TlsNeeded => self.refuse(sending, 522, "over TLS alone: PROT P", Upshot::Complete).await,
        }
    }

    async fn refuse(&mut self, sending: Sending, code: u16, text: &str, upshot: Upshot) -> Flow {
        self.close_port().await;
        self.show(Asked::File(sending.path.into_bytes()), code, upshot, sending.began);
        self.reply(code, text).await
    }

    async fn hand_over(&mut self, sending: Sending, offered: Offered) -> Flow {
        match (offered.refusal, &offered.manner) {
            (Some(code @ (426 | 451)), _) => return self.break_off(sending, code).await,
            (Some(code), _) => {
                return self.refuse(sending, code, "not this file, not now", Upshot::OnPurpose).await;
            }
            (None, Manner::ResetAtOnce | Manner::CloseAtOnce) => {
                let asked = Asked::File(sending.path.into_bytes());
                self.report(asked, None, (Excerpt::default(), None), Upshot::OnPurpose, sending.began);
                return Flow::Break(How::Ours);
            }
            (None, Manner::Whole | Manner::CutAfter { .. } | Manner::Hang | Manner::Raw(_)) => {}
        }
        let length = offered.payload.length();
        self.announce(&format!("{} of {length} bytes", sending.path)).await?;
        let Some(data) = self.connected().await else {
            return self.refuse(sending, 425, "no data connection was made", Upshot::Cut).await;
        };
        if offered.manner == Manner::Hang {
            return self.stall(sending, data).await;
        }
        self.send(sending, &offered, data).await
    }

    /// 150, with what is coming.
    async fn announce(&mut self, what: &str) -> Flow {
        self.reply(150, &format!("here it comes: {what}")).await
    }

    /// The data connection that the client was told to make.
    async fn connected(&mut self) -> Option<Boxed> {
        let (stream, facts) = self.data.take()?.arrived(self.house.limits.data).await?;
        if let Some(facts) = facts {
            let (connection, link) = (self.ends.connection, Link::Data);
            (self.house.observe)(Event::Secured { connection, link, facts });
        }
        stream
    }

    /// The transfer begins and is broken off before its first byte.
    async fn break_off(&mut self, sending: Sending, code: u16) -> Flow {
        self.announce(&sending.path).await?;
        let data = self.connected().await;
        drop(data);
        self.refuse(sending, code, "the transfer is broken off", Upshot::OnPurpose).await
    }

    /// The data connection stays open and silent for as long as the client stays.
    async fn stall(&mut self, sending: Sending, mut data: Boxed) -> Flow {
        self.show(Asked::File(sending.path.into_bytes()), 150, Upshot::OnPurpose, sending.began);
        let mut ignored = [0; 64];
        tokio::select! {
            _ = data.read(&mut ignored) => {}
            () = self.dialogue.control.stirs() => {}
        }
        drop(data);
        self.reply(426, "the transfer is broken off").await
    }

    async fn send(&mut self, mut sending: Sending, offered: &Offered, mut data: Boxed) -> Flow {
        let (limit, ending) = match offered.manner {
            Manner::CutAfter { bytes, .. } if bytes < offered.payload.length() => (bytes, Upshot::OnPurpose),
            Manner::CutAfter { .. }
            | Manner::Whole
            | Manner::ResetAtOnce
            | Manner::CloseAtOnce
            | Manner::Hang
            | Manner::Raw(_) => (u64::MAX, Upshot::Complete),
        };
        let (mut sent, idle) = (Excerpting::default(), self.house.limits.idle);
        let is_taken = pour(&mut sending, offered, (limit, idle), &mut data, &mut sent).await;
        let is_taken = is_taken && timeout(idle, data.shutdown()).await.is_ok_and(|it| it.is_ok());
        drop(data);
        let (upshot, code, text) = match (is_taken, ending) {
            (false, _) => (Upshot::Cut, 426, "the data connection broke off"),
            (true, Upshot::OnPurpose) => (Upshot::OnPurpose, 426, "the transfer is broken off"),
            (true, _) => (Upshot::Complete, 226, "that is all"),
        };
        let asked = Asked::File(sending.path.into_bytes());
        self.report(asked, Some(code), (sent.finish(), sending.first_byte), upshot, sending.began);
        self.reply(code, text).await
    }

    fn report(
        &self,
        asked: Asked,
        reply: Option<u16>,
        (body, first_byte): (Excerpt, Option<Instant>),
        upshot: Upshot,
        began: Instant,
    ) {
        (self.house.observe)(Event::Transfer(Transfer {
            exchange: self.house.numbers.next_exchange(),
            connection: self.ends.connection,
            asked,
            is_secured: self.control_channel == Channel::Secured,
            user: self.login.user.clone(),
            reply,
            body,
            upshot,
            began,
            first_byte,
            ended: Instant::now(),
        }));
    }

    /// What is on offer is told to nobody: a listing is empty.
    pub(super) async fn list(&mut self) -> Flow {
        self.announce("an empty list").await?;
        match self.connected().await {
            Some(mut data) => {
                let _ = timeout(self.house.limits.idle, data.shutdown()).await;
                self.reply(226, "that is all").await
            }
            None => self.reply(425, "no data connection was made").await,
        }
    }
}

/// Sends what is to be sent; whether all of it was taken.
async fn pour(
    sending: &mut Sending,
    offered: &Offered,
    (limit, idle): (u64, Duration),
    data: &mut Boxed,
    sent: &mut Excerpting,
) -> bool {
    let mut pieces = offered.payload.pieces(limit);
    let mut skipped = sending.offset;
    while let Some(piece) = pieces.lend() {
        let skip = usize::try_from(skipped).unwrap_or(usize::MAX).min(piece.len());
        skipped -= skip as u64;
        let piece = &piece[skip..];
        let step = offered.drip.map_or(piece.len(), |drip| drip.bytes).max(1);
        for part in piece.chunks(step) {
            sending.first_byte.get_or_insert_with(Instant::now);
            match timeout(idle, data.write_all(part)).await {
                Ok(Ok(())) => sent.push(part),
                Ok(Err(_)) | Err(_) => return false,
            }
            if let Some(drip) = offered.drip {
                sleep(drip.every).await;
            }
        }
    }
    true
}
