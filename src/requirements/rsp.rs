//! RSP: the response to a command (6.3, Table A-2).

use super::corrected::broken;
use super::seen::{CodeSeen, ResponseSeen, TransactionSeen, is_long, is_refused_binding};
use super::verdict::{Cause, Finding, Outcome};
use super::whole::unknown;
use super::{
    Bound, Check, Level, Requirement, acknowledged, cause, departed, ledger, mailed, msg, stranger, trust,
    twin,
};
use crate::pens::code::Class;
use crate::pens::response::{Field, FieldName, LineEnd};
use crate::pens::{Code, Element, ResponseFlaw};
use crate::transcript::at_hand;
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Ended, Offer, Role};
use crate::transcript::{Callback, CallbackUrl, Exchange};

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
        check: Check::Transaction(answered),
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
        check: Check::Response(four_fields),
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
        check: Check::Response(field_order),
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
        check: Check::Response(crlf),
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
        check: Check::Response(plain_values),
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
        check: Check::Response(nothing_before),
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
        check: Check::Transaction(prompt),
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
        check: Check::Response(ok_answer),
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
        check: Check::Transaction(password_prompt),
    },
];

fn answered(seen: &TransactionSeen) -> Vec<Outcome> {
    // A HEAD asks for no command to be carried out.
    let is_command =
        |exchange: &&Exchange| !is_refused_binding(exchange) && exchange.request_head.method != "HEAD";
    let collects = seen.transaction.collects.iter().filter(is_command);
    match seen.run.evidence.header.role {
        Role::Target => collects.map(|exchange| answer_to(seen, exchange, ledger::Path::Command)).collect(),
        Role::Client => {
            let ours = acknowledged::ours(seen.transaction).filter(|ours| is_command(&&ours.exchange));
            let answered = |ours: &Callback| {
                if departed::has_left(seen.run, seen.transaction, &ours.exchange) {
                    return departed::unanswered(acknowledged::name_of(ours), &ours.exchange);
                }
                answer_to(seen, &ours.exchange, path_of(seen, ours))
            };
            ours.map(answered).collect()
        }
    }
}

fn path_of(seen: &TransactionSeen, callback: &Callback) -> ledger::Path {
    ledger::Path::of_callback(seen.transaction, callback.sent_to)
}

fn answer_to(seen: &TransactionSeen, exchange: &Exchange, path: ledger::Path) -> Outcome {
    let is_proven = seen.run.ledger.is_proven(path);
    let finding =
        |message: &str| Finding::new(message).seen_in([exchange.request.entry]).seen_in(exchange.ended_entry);
    match exchange.ended {
        Some(Ended::Complete | Ended::TooLong) => Outcome::Keeps,
        Some(Ended::Cut) => Outcome::Breaks(finding("the connection was closed in the middle of the answer")),
        Some(Ended::Garbage) => Outcome::Breaks(finding("the answer is no HTTP response")),
        Some(Ended::Closed) if is_proven => {
            Outcome::Breaks(finding("the connection was closed without an answer"))
        }
        Some(Ended::Reset) if is_proven => {
            Outcome::Breaks(finding("the connection was reset without an answer"))
        }
        Some(Ended::Closed | Ended::Reset) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding(
                "the connection was closed without an answer, and no command of this run was ever answered",
            ),
        ),
        Some(Ended::Refused) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding("the connection was refused: nothing listens at this address"),
        ),
        Some(Ended::Unresolved) => {
            Outcome::Inconclusive(Cause::Unreachable, finding("the name of the host could not be resolved"))
        }
        Some(Ended::Unreachable) => {
            Outcome::Inconclusive(Cause::Unreachable, finding("no connection could be made to this address"))
        }
        Some(Ended::Gateway) => Outcome::Inconclusive(
            Cause::Unreachable,
            finding(
                "the proxy answered in the place of the peer, or hung up: look whether it can reach the peer",
            ),
        ),
        Some(Ended::Handshake) => {
            let (cause, message) = trust::without_handshake(exchange);
            Outcome::Inconclusive(cause, finding(&message))
        }
        Some(Ended::Silent) => Outcome::Inconclusive(
            Cause::CutShort,
            finding("no byte of an answer came within the limit for responses"),
        ),
        Some(Ended::Slow) => Outcome::Inconclusive(
            Cause::CutShort,
            finding("the answer was not complete within the limit for responses"),
        ),
        Some(Ended::OnPurpose | Ended::Abandoned) | None => {
            Outcome::Inconclusive(Cause::CutShort, finding("the run ended before the answer came"))
        }
    }
}

fn four_fields(seen: &ResponseSeen) -> Option<Outcome> {
    let finding = |message: String| broken(seen, message).because(cause::of_strange_answer(seen));
    if seen.exchange.ended == Some(Ended::TooLong) {
        return Some(Outcome::Breaks(finding(describe_strange(seen))));
    }
    if !seen.is_pens() {
        // What no receiver of commands answered is the matter of the row about that method.
        let is_foreign = acknowledged::is_refused_for_its_method(seen);
        return (!is_foreign).then(|| Outcome::Breaks(finding(describe_strange(seen))));
    }
    let mut wrong = seen.flaws.iter().filter(|flaw| {
        matches!(
            flaw.kind,
            ResponseFlaw::Missing(_)
                | ResponseFlaw::Repeated(_)
                | ResponseFlaw::NameCase(_)
                | ResponseFlaw::NameSpace(_)
        )
    });
    if let Some(first) = wrong.next() {
        return Some(Outcome::Breaks(broken(seen, format!("the answer has {first}")).at(first.offset)));
    }
    let unknown = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::UnknownLine);
    Some(unknown.map_or(Outcome::Keeps, |flaw| {
        Outcome::Advice(broken(seen, format!("the answer has a {flaw}")).at(flaw.offset))
    }))
}

fn describe_strange(seen: &ResponseSeen) -> String {
    let status = seen.exchange.status().map_or_else(String::new, |status| format!("HTTP status {status}, "));
    match (seen.exchange.ended, seen.body.is_empty()) {
        (Some(Ended::TooLong), _) => {
            format!("{status}longer than any answer of PENS: reading was stopped")
        }
        (_, true) => format!("{status}an empty body instead of the four fields"),
        (_, false) => format!("{status}a body without any of the four fields"),
    }
}

fn field_order(seen: &ResponseSeen) -> Option<Outcome> {
    seen.is_pens().then_some(())?;
    if let Some(flaw) = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::PensDataNotLast) {
        let message = "pens-data stands before other fields: a reader takes them for its value";
        return Some(Outcome::Breaks(broken(seen, message).at(flaw.offset)));
    }
    let moved = seen.flaws.iter().find(|flaw| matches!(flaw.kind, ResponseFlaw::OutOfOrder(_)));
    Some(moved.map_or(Outcome::Keeps, |flaw| {
        Outcome::Tolerated(broken(seen, format!("the answer has {flaw}")).at(flaw.offset).by("R-26"))
    }))
}

fn crlf(seen: &ResponseSeen) -> Option<Outcome> {
    const LINES: [FieldName; 3] = [FieldName::Error, FieldName::ErrorText, FieldName::Version];
    let lines: Vec<&Field> = LINES.iter().filter_map(|name| seen.response.get(*name)).collect();
    if lines.is_empty() {
        return None;
    }
    let Some(first) = lines.iter().find(|field| field.end != LineEnd::CrLf) else {
        return Some(Outcome::Keeps);
    };
    let count = lines.iter().filter(|field| field.end != LineEnd::CrLf).count();
    let offset = first.offset + first.name.len() + 1 + first.value.len();
    let message = format!(
        "the line of {} ends with {}, CR LF is required ({count} of {} lines)",
        first.name,
        first.end,
        lines.len()
    );
    Some(Outcome::Breaks(broken(seen, message).at(offset)))
}

fn plain_values(seen: &ResponseSeen) -> Option<Outcome> {
    let field = seen.response.get(FieldName::ErrorText)?;
    if field.value.contains(&b' ') {
        return Some(Outcome::Keeps);
    }
    let spaced: Vec<u8> = field.value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    Some(if decoded.contains(&b' ') {
        let finding = Finding::new("error-text is URL-encoded").seen_in([seen.entry]).at(field.offset);
        Outcome::Breaks(finding.comparing(
            &[b"error-text=", &decoded[..]].concat(),
            &[b"error-text=", &field.value[..]].concat(),
        ))
    } else {
        Outcome::Keeps
    })
}

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

fn nothing_before(seen: &ResponseSeen) -> Option<Outcome> {
    seen.is_pens().then_some(())?;
    let prefix = &seen.response.prefix;
    if !prefix.is_empty() {
        let message = format!("{} bytes stand before the first field", prefix.len());
        return Some(Outcome::Breaks(broken(seen, message).at(0).because(cause::of_prefix(prefix))));
    }
    let after = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::AfterPensData);
    Some(after.map_or(Outcome::Keeps, |flaw| {
        let message = "bytes stand behind an empty pens-data=; a reader takes them for its value";
        Outcome::Advice(broken(seen, message).at(flaw.offset))
    }))
}

fn http_status(seen: &ResponseSeen) -> Option<Outcome> {
    seen.is_pens().then_some(())?;
    // Only what the subject answered itself counts: a target's redirects stand before its answer.
    let redirects = seen.transaction.collects.iter().filter(|exchange| exchange.by == seen.exchange.by);
    let statuses = redirects.filter_map(Exchange::status);
    let other = statuses.chain(seen.exchange.status()).find(|status| *status != 200);
    let Some(status) = other else { return Some(Outcome::Keeps) };
    let message = match status {
        300..=399 => format!("the answer was reached only by a redirect with HTTP status {status}"),
        _ => format!("the answer came with HTTP status {status}"),
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

fn prompt(seen: &TransactionSeen) -> Vec<Outcome> {
    // When a message that somebody had at hand was sent, and what went before it, nobody recorded.
    if seen.transaction.begun.scenario == at_hand::CASE {
        return Vec::new();
    }
    match seen.run.evidence.header.role {
        Role::Target => prompt_target(seen),
        Role::Client => acknowledged::ours(seen.transaction).filter_map(prompt_client).collect(),
    }
}

fn prompt_client(callback: &Callback) -> Option<Outcome> {
    let exchange = &callback.exchange;
    match exchange.ended {
        Some(Ended::Silent | Ended::Slow) => Some(late(exchange)),
        _ if is_refused_binding(exchange) => None,
        _ => exchange.status().map(|_| Outcome::Keeps),
    }
}

fn prompt_target(seen: &TransactionSeen) -> Vec<Outcome> {
    let Some(exchange) = seen.transaction.answered() else { return Vec::new() };
    if is_refused_binding(exchange) {
        return Vec::new();
    }
    if matches!(exchange.ended, Some(Ended::Silent | Ended::Slow)) {
        return vec![late(exchange)];
    }
    let Some(response) = exchange.response.as_ref().filter(|_| exchange.status().is_some()) else {
        return Vec::new();
    };
    let done = |message: &Exchange| message.response.as_ref().map(|reply| (reply.last_byte_us, reply.entry));
    // What a collect that was sent before brought about says nothing of the answer to this one.
    let is_its_own = |other: &Exchange| other.request.first_byte_us >= exchange.request.first_byte_us;
    let downloads = seen.transaction.fetches().filter(|download| is_its_own(download));
    let downloads = downloads.filter_map(|download| Some(("the download", done(download)?)));
    let callbacks = seen.transaction.callbacks.iter().filter(|callback| is_its_own(&callback.exchange));
    let callbacks = callbacks.filter_map(|callback| {
        let what = if callback.sent_to == CallbackUrl::Alerts { "an alert" } else { "the receipt" };
        Some((what, done(&callback.exchange)?))
    });
    let earlier: Vec<_> =
        downloads.chain(callbacks).filter(|(_, (at, _))| *at < response.first_byte_us).collect();
    let Some((what, _)) = earlier.last() else { return vec![Outcome::Keeps] };
    let entries = earlier.iter().map(|(_, (_, entry))| *entry);
    let finding = Finding::new(format!("the answer came only after {what}"));
    vec![Outcome::Breaks(finding.seen_in(entries).seen_in([response.entry]))]
}

fn late(exchange: &Exchange) -> Outcome {
    let finding = Finding::new("the answer did not come within the limit for responses");
    Outcome::Inconclusive(Cause::CutShort, finding.seen_in([exchange.request.entry]))
}

fn echo_safe(seen: &ResponseSeen) -> Option<Outcome> {
    let command = seen.command()?;
    seen.is_pens().then_some(())?;
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

fn ok_answer(seen: &ResponseSeen) -> Option<Outcome> {
    let code = seen.response.code()?;
    if code == Code::NO_ERROR {
        return seen.is_to_valid_command().then_some(Outcome::Keeps);
    }
    if !seen.is_to_valid_command() || is_excused(seen, code) {
        return None;
    }
    let name = code.known().map_or("no code of Table 3", |row| row.name);
    let what = match seen.run.evidence.header.role {
        Role::Target => "collect",
        Role::Client => "receipt or alert",
    };
    if seen.run.evidence.header.role == Role::Target
        && stranger::may_be_refused(seen.run.evidence, code, &seen.response)
    {
        return Some(Outcome::Inconclusive(Cause::Prerequisite, of_stranger(seen, code)));
    }
    let finding = broken(seen, format!("a valid {what} was refused with {code} ({name})"));
    let finding = Finding { accepts: vec![0], ..finding };
    Some(if tells_null(seen, code) {
        Outcome::Tolerated(finding.by("R-12"))
    } else {
        Outcome::Breaks(finding)
    })
}

fn of_stranger(seen: &ResponseSeen, code: Code) -> Finding {
    let gives_password = seen.run.profile.target.system_password.is_some();
    let cure = if gives_password {
        "check system-user-id and system-password in the profile"
    } else {
        "give the receiver's system-user-id and system-password in the profile, if it wants any"
    };
    let message = format!(
        "every collect was refused, and {code} may say that the receiver does not know its sender: {cure}"
    );
    broken(seen, message)
}

fn password_prompt(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(answer) = transaction.answered().filter(|_| transaction.provokes == ["RSP-016"]) else {
        return Vec::new();
    };
    let finding =
        |message: &str| Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    let has_twin = twin::sane(seen.run.evidence, transaction, &[Element::SystemPassword]).is_some();
    // That there is no answer is RSP-001's matter.
    if answer.complete_response().is_none() {
        return Vec::new();
    }
    vec![if transaction.is_accepted() {
        Outcome::Breaks(
            finding("a collect without a password was accepted, though one is required").by("R-25"),
        )
    } else if has_twin {
        Outcome::Keeps
    } else {
        let message =
            "the same collect with the password was not accepted in this run, so a refusal proves nothing";
        Outcome::Inconclusive(Cause::Prerequisite, finding(message))
    }]
}

/// Whether a refusal has a cause that lies outside the command, or is told by another row.
fn is_excused(seen: &ResponseSeen, code: Code) -> bool {
    let transaction = seen.transaction;
    match seen.run.evidence.header.role {
        Role::Target => {
            let own = &seen.run.profile.elements.package_type;
            let kind = transaction.command.as_ref().and_then(|command| command.get(Element::PackageType));
            // A target may look at the package before it answers, and takes the types that it takes.
            let is_wrong = transaction.begun.offer != Offer::Whole || !transaction.provokes.is_empty();
            let tells_package =
                is_wrong && matches!(code.class(), Class::Transport | Class::Host | Class::Underlying);
            // That the same collect is not taken a second time is PKG-012's matter.
            let is_again = transaction.answered().is_some_and(|first| first.id != seen.exchange.id);
            tells_package
                || is_again && transaction.is_accepted()
                || kind.is_some_and(|kind| !seen.run.profile.claims.take(kind, own))
                || transaction.command.as_ref().and_then(unknown).is_some()
                || is_long(transaction)
                || mailed::refused(transaction) == Some(code)
                || msg::is_refused_for_its_method(seen.run.evidence, transaction)
        }
        Role::Client => acknowledged::is_refused_for_its_method(seen),
    }
}

/// Whether a refusal is for a null client or expiry: their value spaces have the null string, their codes say
/// "not specified".
fn tells_null(seen: &ResponseSeen, code: Code) -> bool {
    let is_null =
        |element| seen.transaction.command.as_ref().and_then(|command| command.get(element)) == Some("");
    code == Code::NO_CLIENT && is_null(Element::Client)
        || code == Code::NO_PACKAGE_URL_EXPIRY && is_null(Element::PackageUrlExpiry)
}
