//! Hears commands: acknowledges what comes to a receipt or alerts URL.

use crate::pens::{Code, Element, Response};
use crate::transcript::grouping::read_command_of;
use crate::wire::http::{Reply, Request};

/// The answer that a conforming client gives: in the RSP format, 0 because the command was taken.
#[must_use]
pub fn acknowledge(request: &Request) -> Reply {
    let (command, _) = read_command_of(&request.head, &request.payload);
    let response = match command.get(Element::Command) {
        Some(name @ ("receipt" | "alert")) => {
            Response::new(Code::NO_ERROR, &format!("{name} command received and understood"))
        }
        Some(_) => Response::new(Code::COMMAND, "only receipt and alert are understood here"),
        None => Response::new(Code::NO_COMMAND, "command parameter missing"),
    };
    Reply::with_body(200, "text/plain", response.write())
}
