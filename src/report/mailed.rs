//! A mail in few words, for pictures: there is little room on the way to the mailboxes.

use super::told::shortened;
use crate::transcript::MailSeen;
use crate::transcript::entry::{Mail, MailEnd};

/// What became of it, and what it says where it was taken.
pub(super) fn words(seen: &MailSeen) -> String {
    match seen.mail.ended {
        MailEnd::Taken => {
            let error = shortened(seen.command.value("error").unwrap_or("none"));
            format!("mail to {}, error {error}", mailboxes(seen))
        }
        MailEnd::Refused => format!("mail refused{}", refusal(&seen.mail)),
        MailEnd::TooLarge => "mail refused: too long".to_owned(),
        MailEnd::Dropped => "mail broken off".to_owned(),
        MailEnd::Cut => "mail cut off".to_owned(),
        MailEnd::Unreachable => "mail: no server reached".to_owned(),
        MailEnd::Unsent => "mail not sent".to_owned(),
    }
}

fn mailboxes(seen: &MailSeen) -> String {
    match seen.taken_for().count() {
        1 => "a mailbox".to_owned(),
        count => format!("{count} mailboxes"),
    }
}

/// The first code that refuses a recipient.
fn refusal(mail: &Mail) -> String {
    let code = mail.recipients.iter().map(|one| one.reply).find(|code| *code >= 400);
    code.map_or_else(String::new, |code| format!(" with {code}"))
}
