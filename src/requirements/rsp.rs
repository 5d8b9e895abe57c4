//! RSP: the response to a command (6.3, Table A-2).

use super::corrected::broken;
use super::seen::{CodeSeen, ResponseSeen};
use super::verdict::{Finding, Outcome};
use super::{Bound, Check, Level, Requirement, acceptance, answering, shape};
use crate::pens::code::Class;
use crate::pens::response::FieldName;
use crate::transcript::Exchange;
use crate::transcript::bytes::escape;

const OK: &str =
    "error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=\r\n";

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "RSP-001",
        name: "answered",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "4.2, 6.3",
        text: "Every command over HTTP gets an HTTP response, a command in error too.",
        rulings: &[],
        remedy: "Answer every request, also when it cannot be understood or the receiver itself fails: catch the exception and answer with a code of Table 3.",
        keeps: "collect\nresponse error=0",
        breaks: "collect\nresponse error=0\ntransaction\ncollect\nclosed",
        check: Check::Transaction(answering::answered),
    },
    Requirement {
        id: "RSP-002",
        name: "four-fields",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1.2, Table A-2",
        text: "The body has error=, error-text=, version= and pens-data=, each once, the names in lower case.",
        rulings: &[],
        remedy: "Write all four lines in every answer, with an empty value where there is nothing to say.",
        keeps: OK,
        breaks: "error=0\r\nerror-text=ok\r\nversion=1.0.0\r\n",
        check: Check::Response(shape::four_fields),
    },
    Requirement {
        id: "RSP-003",
        name: "field-order",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1.2, Table A-2",
        text: "pens-data comes last: it runs to the end of the buffer.",
        rulings: &["R-26"],
        remedy: "Write the fields in the order error, error-text, version, pens-data.",
        keeps: OK,
        breaks: "pens-data=\r\nerror=0\r\nerror-text=ok\r\nversion=1.0.0\r\n",
        check: Check::Response(shape::field_order),
    },
    Requirement {
        id: "RSP-004",
        name: "crlf",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1.2",
        text: "error, error-text and version each end with CR LF.",
        rulings: &[],
        remedy: "End the lines with the two bytes 0D 0A (\"\\r\\n\"); a line feed alone, a carriage return alone or <br> will not do.",
        keeps: OK,
        breaks: "error=0\nerror-text=ok\nversion=1.0.0\npens-data=\n",
        check: Check::Response(shape::crlf),
    },
    Requirement {
        id: "RSP-005",
        name: "plain-values",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1.2",
        text: "Values are plain text, not URL-encoded.",
        rulings: &[],
        remedy: "Write error-text as it is to be read; encode values in commands only.",
        keeps: OK,
        breaks: "error=0\r\nerror-text=collect%20command%20received\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(shape::plain_values),
    },
    Requirement {
        id: "RSP-006",
        name: "content-type",
        level: Level::Should,
        binds: Bound::Responder,
        clause: "A.1.2",
        text: "The response is sent as text/plain.",
        rulings: &[],
        remedy: "Send the header \"Content-Type: text/plain\"; a charset parameter is fine.",
        keeps: "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nerror=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=",
        breaks: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nerror=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(content_type),
    },
    Requirement {
        id: "RSP-007",
        name: "error-integer",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "6.3",
        text: "The value of error is an integer from 0 to 65535 in decimal digits.",
        rulings: &[],
        remedy: "Write the number alone: no sign, no space, no word.",
        keeps: OK,
        breaks: "error=OK\r\nerror-text=\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(error_integer),
    },
    Requirement {
        id: "RSP-008",
        name: "version",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "6.2.1, Table A-2",
        text: "The value of version is that of the specification: 1.0.0.",
        rulings: &[],
        remedy: "Write \"version=1.0.0\": the version of PENS, not of the product.",
        keeps: OK,
        breaks: "error=0\r\nerror-text=\r\nversion=1.0\r\npens-data=",
        check: Check::Response(version),
    },
    Requirement {
        id: "RSP-009",
        name: "nothing-before",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1.2, Table A-2",
        text: "Nothing stands before the first field: no byte-order mark, blank line, warning or page.",
        rulings: &[],
        remedy: "Make \"error=\" the first bytes of the body.",
        keeps: OK,
        breaks: "\u{feff}error=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(shape::nothing_before),
    },
    Requirement {
        id: "RSP-010",
        name: "http-status",
        level: Level::Interop,
        binds: Bound::Responder,
        clause: "5.1, 6.3",
        text: "The PENS answer comes with HTTP status 200, an error too.",
        rulings: &["R-23"],
        remedy: "Send status 200 and tell the error in the body: many clients drop the body of a 4xx or 5xx.",
        keeps: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nerror=2011\r\nerror-text=no receipt\r\nversion=1.0.0\r\npens-data=",
        breaks: "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nerror=2011\r\nerror-text=no receipt\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(http_status),
    },
    Requirement {
        id: "RSP-011",
        name: "code-in-range",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "6.3, Tables 1 to 3",
        text: "A code is 0, one of Table 3, one of an underlying protocol (100 to 599) or implementation-defined (10000 to 65535); all others are reserved.",
        rulings: &["R-17"],
        remedy: "Take a code of Table 3; codes of your own begin at 10000.",
        keeps: OK,
        breaks: "error=1431\r\nerror-text=my own\r\nversion=1.0.0\r\npens-data=",
        check: Check::Code(code_in_range),
    },
    Requirement {
        id: "RSP-012",
        name: "error-text-present",
        level: Level::Interop,
        binds: Bound::Responder,
        clause: "Table A-2",
        text: "error-text says something when error is not 0.",
        rulings: &[],
        remedy: "Say in error-text which element is wrong: it is all that the author of a package sees.",
        keeps: "error=2011\r\nerror-text=receipt parameter missing\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=2011\r\nerror-text=\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(error_text_present),
    },
    Requirement {
        id: "RSP-013",
        name: "prompt",
        level: Level::Interop,
        binds: Bound::Responder,
        clause: "5.1",
        text: "The response acknowledges that the command was understood; it does not wait for the download.",
        rulings: &[],
        remedy: "Answer first, then fetch the package: a client that serves one request at a time hangs otherwise, and a large package runs into its time limit.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\ndownload 200\nreceipt error=0\nresponse error=0",
        check: Check::Transaction(answering::prompt),
    },
    Requirement {
        id: "RSP-014",
        name: "echo-safe",
        level: Level::Interop,
        binds: Bound::Responder,
        clause: "A.1.2",
        text: "Values of the command that come back in the answer break no line of it.",
        rulings: &[],
        remedy: "Take CR and LF out of a value before it is echoed: whoever sends it writes lines of your answer otherwise.",
        keeps: "collect vendor-data=a%0D%0Aerror%3D2011\nresponse error=0 text=received%20a%20error%3D2011",
        breaks: "collect vendor-data=a%0D%0Aerror%3D2011\nresponse error=0 text=received%20a%0D%0Aerror%3D2011",
        check: Check::Response(echo_safe),
    },
    Requirement {
        id: "RSP-015",
        name: "ok-answer",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "4.2, 6.3",
        text: "A valid command within what the peer claims is answered with error=0.",
        rulings: &["R-12"],
        remedy: "Accept it: all ten required elements are there and lie in their value spaces. The error-text of the refusal tells what the receiver took exception to.",
        keeps: OK,
        breaks: "error=1201\r\nerror-text=alerts missing\r\nversion=1.0.0\r\npens-data=",
        check: Check::Response(acceptance::ok_answer),
    },
    Requirement {
        id: "RSP-016",
        name: "password-prompt",
        level: Level::Should,
        binds: Bound::Target,
        clause: "6.2.14",
        text: "Where a password is required, a collect with a null system-password is answered with a prompt or a code, not with 0.",
        rulings: &["R-25"],
        remedy: "Ask for the password (HTTP status 401, a login page) or refuse the collect when system-password is empty.",
        keeps: "profile password-required\ncollect\nresponse error=0\ntransaction\ncollect system-password= provokes=RSP-016\nresponse status=401",
        breaks: "profile password-required\ncollect\nresponse error=0\ntransaction\ncollect system-password= provokes=RSP-016\nresponse error=0",
        check: Check::Transaction(acceptance::password_prompt),
    },
];

fn content_type(seen: &ResponseSeen) -> Option<Outcome> {
    let head = seen.exchange.response_head.as_ref()?;
    let Some(value) = head.headers.get("content-type") else {
        let finding = Finding::new("the answer has no Content-Type header").seen_in([seen.entry]);
        return Some(Outcome::Breaks(finding.comparing(b"Content-Type: text/plain", b"")));
    };
    let essence =
        value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    Some(if essence == b"text/plain" {
        Outcome::Keeps
    } else {
        let finding = Finding::new(format!("the answer is sent as {}", escape(value))).seen_in([seen.entry]);
        Outcome::Breaks(finding.comparing(b"Content-Type: text/plain", &[b"Content-Type: ", value].concat()))
    })
}

fn error_integer(seen: &ResponseSeen) -> Option<Outcome> {
    let field = seen.response.get(FieldName::Error)?;
    Some(if seen.response.code().is_some() {
        Outcome::Keeps
    } else {
        let message = format!("error is \"{}\", which is no integer from 0 to 65535", escape(&field.value));
        Outcome::Breaks(broken(seen, message).at(field.offset))
    })
}

fn version(seen: &ResponseSeen) -> Option<Outcome> {
    let field = seen.response.get(FieldName::Version)?;
    Some(if field.value == crate::pens::VERSION.as_bytes() {
        Outcome::Keeps
    } else {
        let finding =
            Finding::new("version is not that of the specification").seen_in([seen.entry]).at(field.offset);
        Outcome::Breaks(finding.comparing(b"version=1.0.0", &[b"version=", &field.value[..]].concat()))
    })
}

fn http_status(seen: &ResponseSeen) -> Option<Outcome> {
    seen.is_pens().then_some(())?;
    // Only what the subject answered itself counts: a target's redirects stand before its answer.
    let before = |other: &&Exchange| other.by == seen.exchange.by && other.id < seen.exchange.id;
    let redirects = seen.transaction.collects.iter().filter(before).filter_map(Exchange::status);
    let led_by = seen.callback.and_then(|callback| Some(callback.led_by.as_ref()?.status));
    let redirect = redirects.chain(led_by).find(|status| (300..400).contains(status));
    let own = seen.exchange.status().filter(|status| *status != 200);
    let (message, status) = match (redirect, own) {
        (Some(status), _) => {
            (format!("the answer was reached only by a redirect with HTTP status {status}"), status)
        }
        (None, Some(status)) => (format!("the answer came with HTTP status {status}"), status),
        (None, None) => return Some(Outcome::Keeps),
    };
    let finding = Finding::new(message).seen_in([seen.entry]).by("R-23");
    Some(Outcome::Breaks(finding.comparing(b"200", status.to_string().as_bytes())))
}

fn code_in_range(seen: &CodeSeen) -> Outcome {
    let (code, place) = (seen.code, seen.place);
    match code.class() {
        Class::Reserved => {
            let finding = Finding::new(format!("code {code} in the {place} is reserved: no table has it"));
            Outcome::Breaks(
                Finding { received: Some(format!("error={code}")), ..finding }.seen_in([seen.entry]),
            )
        }
        Class::NoError
        | Class::Underlying
        | Class::General
        | Class::Syntax
        | Class::Transport
        | Class::Host
        | Class::Acknowledgement
        | Class::Parameter
        | Class::ImplementationDefined => Outcome::Keeps,
    }
}

fn error_text_present(seen: &ResponseSeen) -> Option<Outcome> {
    let error = seen.response.get(FieldName::Error)?;
    let text = seen.response.get(FieldName::ErrorText)?;
    Some(if error.value == b"0" {
        Outcome::NotApplicable(Finding::new("error is 0"))
    } else if text.value.trim_ascii().is_empty() {
        Outcome::Breaks(
            broken(seen, format!("error-text is empty though error is {}", escape(&error.value)))
                .at(text.offset),
        )
    } else {
        Outcome::Keeps
    })
}

fn echo_safe(seen: &ResponseSeen) -> Option<Outcome> {
    let command = seen.command()?;
    (seen.is_pens() && !seen.is_cut).then_some(())?;
    let is_break = |character: char| matches!(character, '\r' | '\n');
    let mut injected: Vec<&str> = Vec::new();
    for pair in command.pairs.iter().filter(|pair| pair.value.contains(is_break)) {
        injected.extend(pair.value.split(is_break).skip(1).filter(|line| !line.trim().is_empty()));
    }
    if injected.is_empty() {
        return Some(Outcome::NotApplicable(Finding::new("no value of the command has a line break in it")));
    }
    let last_data = seen.response.fields.last().filter(|field| field.known() == Some(FieldName::PensData));
    let end = last_data.map_or(seen.body.len(), |field| field.offset.min(seen.body.len()));
    let body = String::from_utf8_lossy(&seen.body[..end]).into_owned();
    let broken_line =
        body.split(is_break).skip(1).find(|line| injected.iter().any(|value| line.starts_with(value)));
    Some(broken_line.map_or(Outcome::Keeps, |line| {
        Outcome::Breaks(broken(
            seen,
            format!("a value of the command became the line \"{}\"", escape(line.as_bytes())),
        ))
    }))
}
