//! MSG: a command on the wire (Appendix A section 1, clause 5).

use super::binding::{element_names, no_duplicates, post_used, query_pairs, uri_valid, values_encoded};
use super::mailed::{mailto_all, mailto_mail};
use super::retrieval::has_uncommon_url;
use super::seen::{RunSeen, TransactionSeen, is_long, is_refused_binding, is_valid_collect};
use super::url::{own_query, target_url_query_kept, target_url_used};
use super::verdict::{Finding, Outcome};
use super::whole::{head_harmless, long_uri, optional_elements, unknown_ignored};
use super::{Bound, Check, Level, Requirement, acknowledged, clocks, echo, twin};
use crate::pens::{Command, Element};
use crate::transcript::entry::{Offer, Role};
use crate::transcript::{Callback, Evidence, Transaction};

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "MSG-001",
        name: "uri-valid",
        level: Level::Must,
        binds: Bound::Sender,
        clause: "A.1",
        text: "The message is a valid URI by RFC 2396: only legal characters, and two hexadecimal digits behind every %.",
        rulings: &["R-04"],
        remedy: "Percent-encode every value with the URL encoding of your language before it is put into the query.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 raw=client=L%20S",
        check: Check::Command(uri_valid),
    },
    Requirement {
        id: "MSG-002",
        name: "query-pairs",
        level: Level::Must,
        binds: Bound::Sender,
        clause: "A.1",
        text: "The query is name=value, joined by single &.",
        rulings: &["R-04"],
        remedy: "Join the elements with one & each, none in front and none behind, and write = behind a name that has no value.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 raw=client=LMS%26",
        check: Check::Command(query_pairs),
    },
    Requirement {
        id: "MSG-003",
        name: "values-encoded",
        level: Level::Must,
        binds: Bound::Sender,
        clause: "A.1",
        text: "Values are URI-encoded, once: a raw #, %, space or & changes what they mean, and an address that is encoded twice is none.",
        rulings: &["R-04", "R-05", "R-06"],
        remedy: "Encode every value once, a URL with a query of its own above all; a library that encodes the whole query must be given plain values.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 raw=package-url=http://h/a.zip?x=1%26y=2",
        check: Check::Command(values_encoded),
    },
    Requirement {
        id: "MSG-004",
        name: "element-names",
        level: Level::Must,
        binds: Bound::Sender,
        clause: "6.2, A.1",
        text: "Names are those of 6.2, in lower case; receipts and alerts have error, error-text, version and pens-data besides.",
        rulings: &["R-07"],
        remedy: "Write the names as the specification does: lower case, a hyphen between the words.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 raw=CLIENT=LMS",
        check: Check::Command(element_names),
    },
    Requirement {
        id: "MSG-005",
        name: "no-duplicates",
        level: Level::Must,
        binds: Bound::Sender,
        clause: "A.1",
        text: "An element stands once.",
        rulings: &["R-08"],
        remedy: "Look for the loop, or the second form field, that adds an element again.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect\nresponse error=0\ndownload 200\nreceipt error=0 raw=client=LMS%26client=other",
        check: Check::Command(no_duplicates),
    },
    Requirement {
        id: "MSG-006",
        name: "any-order",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1",
        text: "The query is an unordered list: the same command with its elements in another order gets the same code.",
        rulings: &[],
        remedy: "Look elements up by their names, never by their places.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect order=reversed\nresponse error=0",
        breaks: "collect\nresponse error=0\ntransaction\ncollect order=reversed\nresponse error=1101",
        check: Check::Run(any_order),
    },
    Requirement {
        id: "MSG-007",
        name: "get-accepted",
        level: Level::Must,
        binds: Bound::Responder,
        clause: "A.1, 5",
        text: "A command by HTTP GET is understood.",
        rulings: &["R-01", "R-03"],
        remedy: "Read the command from the query of a GET as well: the mode \"server via browser window\" has nothing else.",
        keeps: "collect method=get\nresponse error=0",
        breaks: "collect method=get\nresponse status=405",
        check: Check::Transaction(get_accepted),
    },
    Requirement {
        id: "MSG-008",
        name: "post-accepted",
        level: Level::Should,
        binds: Bound::Responder,
        clause: "A.1 note",
        text: "A command by HTTP POST, in an application/x-www-form-urlencoded body, is understood; a + stands for a space there.",
        rulings: &["R-04", "R-06"],
        remedy: "Read the command from the body of a POST as well, with each + of it as a space: the specification calls POST the best practice.",
        keeps: "collect method=post\nresponse error=0",
        breaks: "collect method=post\nresponse status=405",
        check: Check::Transaction(post_accepted),
    },
    Requirement {
        id: "MSG-009",
        name: "post-used",
        level: Level::Should,
        binds: Bound::Client,
        clause: "A.1 note",
        text: "A collect is sent by POST, unless the client publishes through a browser's window.",
        rulings: &[],
        remedy: "Send the query as the body of a POST, as application/x-www-form-urlencoded: no URL grows too long then, and none is logged with its passwords.",
        keeps: "role client\ncollect method=post",
        breaks: "role client\ncollect",
        check: Check::Command(post_used),
    },
    Requirement {
        id: "MSG-010",
        name: "target-url-query",
        level: Level::Should,
        binds: Bound::Sender,
        clause: "A.1 note",
        text: "A URL that has a query of its own keeps it, and the command arrives whole: in a body, or appended to the query with &.",
        rulings: &[],
        remedy: "Append the command with & where the URL has a ? already, or send it in the body of a POST.",
        keeps: "collect receipt=http://h/t-1/receipt%3Fa%3D1\nresponse error=0\ndownload 200\nreceipt error=0",
        breaks: "collect receipt=http://h/t-1/receipt%3Fa%3D1\nresponse error=0\ndownload 200\nreceipt error=0 query=second-mark",
        check: Check::Transaction(target_url_query),
    },
    Requirement {
        id: "MSG-011",
        name: "long-uri",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.2.17, 5 note",
        text: "A vendor-data of 4096 characters is understood by GET or by POST.",
        rulings: &[],
        remedy: "Raise the limits of the web server for request lines and bodies: 4096 characters of vendor-data make a URL of some 5000.",
        keeps: "collect long method=post\nresponse error=0",
        breaks: "collect long\nresponse status=414\ntransaction\ncollect long method=post\nresponse error=1101",
        check: Check::Run(long_uri),
    },
    Requirement {
        id: "MSG-012",
        name: "mailto-mail",
        level: Level::Should,
        binds: Bound::Target,
        clause: "A.1 note",
        text: "A receipt or alert by mail has a valid From and Reply-To and a subject that a person can read; free text first, then error, error-text, package-type, package-id and client as name=value, each a line that ends with CR LF.",
        rulings: &["R-21"],
        remedy: "Write the mail as the note of A.1 says: whatever you want to say to a person first, a CR LF, then the elements line by line.",
        keeps: "collect receipt=mailto:receipt+t-1@mail.example\nresponse error=0\ndownload 200\nmail error=0",
        breaks: "collect receipt=mailto:receipt+t-1@mail.example\nresponse error=0\ndownload 200\nmail -client error=0",
        check: Check::Transaction(mailto_mail),
    },
    Requirement {
        id: "MSG-013",
        name: "mailto-all",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.2.15, 6.2.16",
        text: "A mailto: receipt is served, in whatever letter case its scheme is written, and every address of its list gets the mail; or the collect is refused with 1510, of alerts 1520.",
        rulings: &["R-19", "R-24"],
        remedy: "Send one mail to all addresses, or one to each; compare the scheme without regard to letter case; where you do not mail, answer 1510 or 1520 to the collect.",
        keeps: "collect receipt=mailto:receipt+t-1@mail.example,other+t-1@mail.example\nresponse error=0\ndownload 200\nmail to=receipt,other error=0",
        breaks: "collect receipt=mailto:receipt+t-1@mail.example,other+t-1@mail.example\nresponse error=0\ndownload 200\nmail to=receipt error=0\nwait receipt expired",
        check: Check::Transaction(mailto_all),
    },
    Requirement {
        id: "MSG-014",
        name: "both-bindings",
        level: Level::Interop,
        binds: Bound::Responder,
        clause: "5, 5.1",
        text: "Receipts and alerts come as a query or an urlencoded body; a client understands a multipart body too.",
        rulings: &["R-04"],
        remedy: "Send callbacks by GET, or by POST with an application/x-www-form-urlencoded body; as a client, read a multipart body as well.",
        keeps: "collect\nresponse error=0\ndownload 200\nreceipt error=0 by=post",
        breaks: "profile strict\ncollect\nresponse error=0\ndownload 200\nreceipt error=0 by=multipart",
        check: Check::Transaction(both_bindings),
    },
    Requirement {
        id: "MSG-015",
        name: "head-harmless",
        level: Level::Interop,
        binds: Bound::Target,
        clause: "-",
        text: "A HEAD with the query of a collect starts no retrieval.",
        rulings: &[],
        remedy: "Collect on GET and POST alone: link checkers and previews send HEAD.",
        keeps: "collect method=head\nresponse status=200\nwait quiet met",
        breaks: "collect method=head\nresponse status=200\ndownload 200",
        check: Check::Transaction(head_harmless),
    },
    Requirement {
        id: "MSG-016",
        name: "target-url-used",
        level: Level::Must,
        binds: Bound::Client,
        clause: "6.1, A.1",
        text: "A collect goes to the target system URL as it was given: its authority and path, with port, trailing slash and letter case.",
        rulings: &[],
        remedy: "Use the URL as the operator entered it; append nothing to its path, and change nothing in it.",
        keeps: "role client\ncollect",
        breaks: "role client\ncollect to=/PENS",
        check: Check::Command(target_url_used),
    },
    Requirement {
        id: "MSG-017",
        name: "optional-elements",
        level: Level::Must,
        binds: Bound::Target,
        clause: "4.2, 6.2",
        text: "The ten required elements alone are accepted, and so are all seventeen.",
        rulings: &[],
        remedy: "Ask for nothing that the specification calls optional, and take vendor-data and the others as they come.",
        keeps: "collect -alerts\nresponse error=0",
        breaks: "collect\nresponse error=0\ntransaction\ncollect -alerts\nresponse error=1201",
        check: Check::Transaction(optional_elements),
    },
    Requirement {
        id: "MSG-018",
        name: "unknown-ignored",
        level: Level::Interop,
        binds: Bound::Target,
        clause: "6 note 8",
        text: "An element that the specification does not name does not spoil a collect.",
        rulings: &["R-07"],
        remedy: "Look for the elements that you know, and leave the others alone.",
        keeps: "collect target-system-url=http://lms/pens\nresponse error=0",
        breaks: "collect\nresponse error=0\ntransaction\ncollect target-system-url=http://lms/pens\nresponse error=1201",
        check: Check::Transaction(unknown_ignored),
    },
];

fn target_url_query(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    match seen.run.evidence.header.role {
        Role::Client => target_url_query_kept(transaction).into_iter().collect(),
        Role::Target => {
            let has_query = seen.run.profile.target.url.contains('?');
            let is_taken = has_query && is_valid_collect(transaction) && transaction.is_accepted();
            let callbacks = transaction.by_http().filter_map(|callback| own_query(transaction, callback));
            is_taken.then_some(Outcome::Keeps).into_iter().chain(callbacks).collect()
        }
    }
}

fn both_bindings(seen: &TransactionSeen) -> Vec<Outcome> {
    match seen.run.evidence.header.role {
        Role::Client => acknowledged::multipart_understood(seen),
        Role::Target => seen.transaction.by_http().map(binding_of).collect(),
    }
}

fn binding_of(callback: &Callback) -> Outcome {
    if !callback.exchange.is_multipart() {
        return Outcome::Keeps;
    }
    let finding = Finding::new("a callback was sent as multipart/form-data: not every client reads that");
    Outcome::Tolerated(finding.by("R-04").seen_in([callback.exchange.request.entry]))
}

fn any_order(run: &RunSeen) -> Vec<Outcome> {
    match run.evidence.header.role {
        Role::Client => acknowledged::any_order(run),
        Role::Target => collects_in_any_order(run),
    }
}

fn collects_in_any_order(run: &RunSeen) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for shuffled in run.evidence.transactions.iter().filter(|transaction| has_its_own_addresses(transaction))
    {
        let is_by_clock =
            |given: &&Transaction| [given, shuffled].iter().any(|it| clocks::have_refused(run, it));
        if let Some(given) = same_in_other_order(run.evidence, shuffled).filter(|given| !is_by_clock(given)) {
            outcomes.extend(compare_codes(given, shuffled));
        }
    }
    outcomes
}

/// An earlier transaction of the same command whose elements stand in another order.
fn same_in_other_order<'a>(evidence: &'a Evidence, shuffled: &Transaction) -> Option<&'a Transaction> {
    let command = shuffled.command.as_ref()?;
    let earlier = evidence
        .transactions
        .iter()
        .take_while(|earlier| earlier.begun.transaction != shuffled.begun.transaction)
        .filter(|earlier| has_its_own_addresses(earlier));
    let names = |command: &Command| command.pairs.iter().map(|pair| pair.name.clone()).collect::<Vec<_>>();
    earlier.into_iter().find(|earlier| {
        twin::method(earlier) == twin::method(shuffled)
            && earlier.provokes == shuffled.provokes
            && earlier
                .command
                .as_ref()
                .is_some_and(|given| names(given) != names(command) && twin::say_the_same(given, command))
    })
}

/// Whether a collect has the addresses that its transaction was given, in their common form: then they say nothing
/// else than those of another.
fn has_its_own_addresses(transaction: &Transaction) -> bool {
    let begun = &transaction.begun;
    let is_given = |command: &Command| {
        command.get(Element::PackageId).is_none_or(|id| id == begun.package_id)
            && command.get(Element::PackageUrl).is_none_or(|url| url == begun.package_url)
            && command.get(Element::Receipt).is_none_or(|url| url == begun.receipt_url)
    };
    let has_plain_package = begun.offer == Offer::Whole && !has_uncommon_url(transaction);
    transaction.command.as_ref().is_some_and(is_given) && has_plain_package
}

fn compare_codes(given: &Transaction, shuffled: &Transaction) -> Option<Outcome> {
    let (expected, received) = (given.code()?, shuffled.code()?);
    if expected == received {
        return Some(Outcome::Keeps);
    }
    let entries = [given, shuffled].into_iter().filter_map(|transaction| transaction.answered()?.ended_entry);
    let mut finding =
        Finding::new(format!("the same command got {expected} in one order and {received} in another"));
    finding = finding
        .comparing(format!("error={expected}").as_bytes(), format!("error={received}").as_bytes())
        .seen_in(entries);
    finding.accepts = vec![expected.0];
    Some(Outcome::Breaks(finding))
}

fn get_accepted(seen: &TransactionSeen) -> Vec<Outcome> {
    method_accepted(seen, "GET")
}

fn post_accepted(seen: &TransactionSeen) -> Vec<Outcome> {
    method_accepted(seen, "POST").into_iter().chain(echo::with_plusses(seen)).collect()
}

fn method_accepted(seen: &TransactionSeen, method: &str) -> Vec<Outcome> {
    match seen.run.evidence.header.role {
        Role::Client => acknowledged::method_accepted(seen, method),
        Role::Target => collect_accepted(seen, method).into_iter().collect(),
    }
}

fn collect_accepted(seen: &TransactionSeen, method: &str) -> Option<Outcome> {
    let transaction = seen.transaction;
    if !is_valid_collect(transaction) || twin::method(transaction) != Some(method) || is_long(transaction) {
        return None;
    }
    let answer = transaction.answered()?;
    let finding =
        |message: String| Finding::new(message).seen_in([answer.request.entry]).seen_in(answer.ended_entry);
    if is_refused_binding(answer) {
        let status = answer.status().unwrap_or_default();
        return Some(Outcome::Breaks(finding(format!(
            "a collect by {method} was refused with HTTP status {status}"
        ))));
    }
    if transaction.is_accepted() {
        return Some(Outcome::Keeps);
    }
    // Whatever else a refusal is for, RSP-015 tells it: the method is not proven to be its cause.
    answer.complete_response()?;
    let is_its_method = is_refused_for_its_method(seen.run.evidence, transaction);
    let message = format!("a collect by {method} was not understood; by the other method it was accepted");
    (is_its_method && !clocks::have_refused(seen.run, transaction)).then(|| Outcome::Breaks(finding(message)))
}

/// Whether a valid collect was not accepted, was accepted by the other method, and never by its own: then its
/// method is to blame for the answer, whatever that says.
pub(super) fn is_refused_for_its_method(evidence: &Evidence, refused: &Transaction) -> bool {
    if !is_valid_collect(refused) {
        return false;
    }
    let says_the_same = |other: &&Transaction| match (&other.command, &refused.command) {
        (Some(one), Some(other)) => twin::say_the_same(one, other),
        _ => false,
    };
    let accepted = evidence.transactions.iter().filter(|other| other.is_accepted()).filter(says_the_same);
    let methods: Vec<_> = accepted.map(twin::method).collect();
    !methods.is_empty() && !methods.contains(&twin::method(refused))
}
