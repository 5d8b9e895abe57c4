//! What is wrong with the content of a collect, and the code that each fault deserves (6.2, 6.3 Table 3).
//!
//! Faults are about values, not about bytes (those are flaws), and about the specification, not about what one
//! target supports.

use chrono::{DateTime, Utc};

use super::code::Code;
use super::command::{Command, Pair};
use super::element::{COLLECT, Element, PACKAGE_TYPES, TOLERATED_PACKAGE_TYPES, VERSION, is_version};
use super::expiry::Expiry;
use super::mailto::mailto;
use super::uri::{UriFlaw, absolute_url, package_id, package_url};

/// Something wrong with the content of a collect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The element concerned; `None` where the message as a whole is.
    pub element: Option<Element>,
    /// What is the case.
    pub what: What,
    /// The code of Table 3 that it deserves.
    pub code: Code,
    /// Other codes that keep as well (R-14 and the table of the ERR rows).
    pub also: Vec<Code>,
    /// The fault in words, without any password.
    pub message: String,
}

/// The kinds of fault, in the order in which a reader meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// The message is no list of names and values.
    NotAMessage,
    /// A required element is not there.
    Absent,
    /// A required element has the null string, which is not in its value space.
    Empty,
    /// The value has not the form that the value space asks for.
    Invalid,
    /// The value has the form, but it is none that the specification knows.
    Unsupported,
    /// The expiry has passed.
    Expired,
}

impl Fault {
    /// Whether an answer with this code tells the fault: the code it deserves, or one that keeps as well.
    #[must_use]
    pub fn keeps(&self, code: Code) -> bool {
        self.code == code || self.also.contains(&code)
    }

    /// Whether an answer with this code is of the right class, but too general.
    #[must_use]
    pub fn is_blurred_by(&self, code: Code) -> bool {
        let told = [self.code].into_iter().chain(self.also.iter().copied());
        !self.keeps(code) && told.into_iter().any(|precise| code.is_vaguer_than(precise))
    }

    fn new(element: Element, what: What, code: Code, also: &[Code], reason: &str) -> Self {
        Self {
            element: Some(element),
            what,
            code,
            also: also.to_vec(),
            message: format!("{element} {reason}"),
        }
    }

    fn not_a_message() -> Self {
        let missing = Element::all_required().filter_map(Element::missing_code);
        Self {
            element: None,
            what: What::NotAMessage,
            code: Code::GENERAL,
            also: [Code::ARGUMENT].into_iter().chain(missing).collect(),
            message: "the message is no list of names and values".to_owned(),
        }
    }
}

/// Everything wrong with a collect's content, in the order of 6.2; of an element that stands more than once, the
/// first. A `+` of a query may be read in the way that finds no fault.
#[must_use]
pub fn faults(command: &Command, now: DateTime<Utc>) -> Vec<Fault> {
    if command.pairs.iter().all(|pair| pair.bare) {
        return vec![Fault::not_a_message()];
    }
    Element::ALL.into_iter().filter_map(|element| fault(command, element, now)).collect()
}

/// The fault whose code has the highest number, which is the one to answer with (6.3 Rationale; R-16).
#[must_use]
pub fn highest(faults: &[Fault]) -> Option<&Fault> {
    faults.iter().max_by_key(|fault| fault.code)
}

fn fault(command: &Command, element: Element, now: DateTime<Utc>) -> Option<Fault> {
    let pair = command.pair(element.name());
    match (pair.map(|pair| pair.value.as_str()), element.missing_code()) {
        (None, Some(code)) => Some(Fault::new(element, What::Absent, code, &[], "is missing")),
        (Some(""), Some(code)) if !element.allows_null() => {
            Some(Fault::new(element, What::Empty, code, &[], "is empty"))
        }
        (None | Some(""), _) => None,
        (Some(_), _) => pair.and_then(|pair| value_fault(pair, element, now)),
    }
}

/// The fault of a value; none if either reading of a `+` has none.
fn value_fault(pair: &Pair, element: Element, now: DateTime<Utc>) -> Option<Fault> {
    let mut first = None;
    for value in pair.readings() {
        first = first.or(Some(judge(element, value, now)?));
    }
    first
}

fn judge(element: Element, value: &str, now: DateTime<Utc>) -> Option<Fault> {
    match element {
        Element::PensVersion => version(value),
        Element::Command => unknown(element, value, &[COLLECT], (Code::COMMAND, Code::NO_COMMAND)),
        Element::PackageType => {
            let known = [PACKAGE_TYPES.as_slice(), &TOLERATED_PACKAGE_TYPES].concat();
            unknown(element, value, &known, (Code::PACKAGE_TYPE, Code::NO_PACKAGE_TYPE))
        }
        Element::PackageId => {
            let flaw = package_id(value).err()?;
            Some(not_a_url(element, &flaw, Code::NO_PACKAGE_ID, &[]))
        }
        Element::PackageUrl => {
            let flaw = package_url(value).err()?;
            Some(not_a_url(element, &flaw, Code::NO_PACKAGE_URL, &[Code::PACKAGE_URL]))
        }
        Element::PackageUrlExpiry => expiry(value, now),
        Element::Receipt => receipt(value),
        Element::Alerts => alerts(value),
        Element::PackageTypeVersion
        | Element::PackageFormat
        | Element::PackageUrlUserId
        | Element::PackageUrlAccount
        | Element::PackageUrlPassword
        | Element::Client
        | Element::SystemUserId
        | Element::SystemPassword
        | Element::VendorData => None,
    }
}

fn version(value: &str) -> Option<Fault> {
    if value == VERSION {
        return None;
    }
    let shown = shown(value);
    let fault =
        |what, code, also, reason: &str| Some(Fault::new(Element::PensVersion, what, code, &[also], reason));
    if is_version(value) {
        let reason = format!("{shown} is no released version");
        fault(What::Unsupported, Code::VERSION, Code::NO_PENS_VERSION, &reason)
    } else {
        let reason = format!("{shown} is not three integers joined by full stops");
        fault(What::Invalid, Code::NO_PENS_VERSION, Code::VERSION, &reason)
    }
}

fn unknown(element: Element, value: &str, known: &[&str], (code, also): (Code, Code)) -> Option<Fault> {
    let reason = || format!("{} is not in the vocabulary", shown(value));
    (!known.contains(&value)).then(|| Fault::new(element, What::Unsupported, code, &[also], &reason()))
}

fn expiry(value: &str, now: DateTime<Utc>) -> Option<Fault> {
    let element = Element::PackageUrlExpiry;
    let reason = match Expiry::read(value) {
        Expiry::Null => return None,
        Expiry::Exact(moment) | Expiry::OtherIso(moment) => {
            let reason = format!("{} has passed", shown(value));
            return (moment < now).then(|| Fault::new(element, What::Expired, Code::EXPIRED, &[], &reason));
        }
        Expiry::MissingZ => "has no trailing Z",
        Expiry::Offset => "has a numeric offset instead of a trailing Z",
        Expiry::DateOnly => "has no time of day",
        Expiry::NoSuchDate => "does not exist",
        Expiry::NotADate => "is no date and time of ISO 8601",
    };
    let reason = format!("{} {reason}", shown(value));
    Some(Fault::new(element, What::Invalid, Code::EXPIRY_FORMAT, &[Code::NO_PACKAGE_URL_EXPIRY], &reason))
}

fn receipt(value: &str) -> Option<Fault> {
    let flaw = callback_url(value).err()?;
    let scheme = unsupported_scheme(Element::Receipt, &flaw, Code::RECEIPT_PROTOCOL, &[Code::NO_RECEIPT]);
    scheme.or_else(|| Some(not_a_url(Element::Receipt, &flaw, Code::NO_RECEIPT, &[Code::RECEIPT_PROTOCOL])))
}

fn alerts(value: &str) -> Option<Fault> {
    let flaw = callback_url(value).err()?;
    let scheme = unsupported_scheme(Element::Alerts, &flaw, Code::ALERT_PROTOCOL, &[]);
    scheme.or_else(|| Some(not_a_url(Element::Alerts, &flaw, Code::ARGUMENT, &[Code::ALERT_PROTOCOL])))
}

fn unsupported_scheme(element: Element, flaw: &UriFlaw, code: Code, also: &[Code]) -> Option<Fault> {
    let reason = matches!(flaw, UriFlaw::Scheme(_)).then(|| flaw_reason(element, flaw))?;
    Some(Fault::new(element, What::Unsupported, code, also, &reason))
}

/// Judges a URL that receipts or alerts are to go to: http, https or mailto (6.3).
fn callback_url(value: &str) -> Result<(), UriFlaw> {
    let url = absolute_url(value)?;
    if url.has_scheme("mailto") {
        return mailto(value).map(|_| ());
    }
    if url.has_scheme("http") || url.has_scheme("https") {
        return Ok(());
    }
    Err(UriFlaw::Scheme(url.scheme.to_owned()))
}

fn not_a_url(element: Element, flaw: &UriFlaw, code: Code, also: &[Code]) -> Fault {
    Fault::new(element, What::Invalid, code, also, &flaw_reason(element, flaw))
}

/// The reason without the value, since a URL may have a password in it.
fn flaw_reason(element: Element, flaw: &UriFlaw) -> String {
    const LONGEST: usize = 100;
    let reason = format!("is not in its value space ({}): {flaw}", element.clause());
    reason.chars().take(LONGEST).collect()
}

/// The value as a message quotes it: escaped, and cut where it is long.
fn shown(value: &str) -> String {
    const LONGEST: usize = 40;
    let mut chars = value.chars();
    let head: String = chars.by_ref().take(LONGEST).collect();
    let dots = if chars.next().is_some() { "..." } else { "" };
    format!("\"{}{dots}\"", head.escape_debug())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use What::{Absent, Empty, Expired, Invalid, NotAMessage, Unsupported};

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2005, 7, 1, 0, 0, 0).unwrap()
    }

    fn sample() -> Command {
        Element::ALL.map(|element| (element.name(), element.sample())).into_iter().collect()
    }

    /// What is found in the sample after one element got another value; `None` takes it out.
    fn check(input: (Element, Option<&str>), expected: Option<(What, u16, &[u16])>) {
        let mut command = sample();
        match input.1 {
            Some(value) => command.set(input.0.name(), value),
            None => command.omit(input.0.name()),
        }
        let found = faults(&command, now());
        let also = |codes: &[u16]| codes.iter().copied().map(Code).collect::<Vec<_>>();
        let found: Vec<_> = found.into_iter().map(|f| (f.element, f.what, f.code, f.also)).collect();
        let expected = expected.map(|(what, code, keep)| (Some(input.0), what, Code(code), also(keep)));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{input:?}");
    }

    #[test]
    fn the_sample_has_no_faults() {
        assert_eq!(faults(&sample(), now()), []);
        let required: Command = Element::all_required().map(|e| (e.name(), e.sample())).collect();
        assert_eq!(faults(&required, now()), []);
    }

    #[test]
    fn an_absent_required_element_deserves_its_own_code() {
        for element in Element::ALL {
            check((element, None), element.missing_code().map(|code| (Absent, code.0, &[][..])));
        }
    }

    #[test]
    fn the_null_string_is_a_fault_where_the_value_space_has_none() {
        for element in Element::ALL {
            let code = element.missing_code().filter(|_| !element.allows_null());
            check((element, Some("")), code.map(|code| (Empty, code.0, &[][..])));
        }
    }

    #[test]
    fn words_outside_the_vocabularies_are_unsupported() {
        check((Element::PensVersion, Some("abc")), Some((Invalid, 2001, &[1420])));
        check((Element::PensVersion, Some("1.0")), Some((Invalid, 2001, &[1420])));
        check((Element::PensVersion, Some("9.9.9")), Some((Unsupported, 1420, &[2001])));
        for command in ["delete", "Revise", "COLLECT", "receipt", "fetch"] {
            check((Element::Command, Some(command)), Some((Unsupported, 1421, &[2002])));
        }
        for known in ["scorm-pif", "lms-qti", "ims-qti", "aicc-au"] {
            check((Element::PackageType, Some(known)), None);
        }
        check((Element::PackageType, Some("SCORM-PIF")), Some((Unsupported, 1430, &[2003])));
        check((Element::PackageTypeVersion, Some("anything")), None);
        check((Element::PackageFormat, Some("7z")), None);
    }

    #[test]
    fn package_id_and_package_url_are_judged() {
        check((Element::PackageId, Some("urn:uuid:2631e419-1573-4720-b4c6-8701f960dccc")), None);
        check((Element::PackageId, Some("course 1")), Some((Invalid, 2007, &[])));
        check((Element::PackageUrl, Some("https://h/download?id=1")), None);
        check((Element::PackageUrl, Some("ftps://h/a.zip")), None);
        for wrong in ["packages/a.zip", "file:///a.zip", "http:/h/a.zip", "http://h/a b.zip"] {
            check((Element::PackageUrl, Some(wrong)), Some((Invalid, 2008, &[1310])));
        }
    }

    #[test]
    fn the_expiry_is_judged_against_the_clock() {
        check((Element::PackageUrlExpiry, Some("2005-07-01T00:00:00Z")), None);
        check((Element::PackageUrlExpiry, Some("20050701T000000Z")), None);
        check((Element::PackageUrlExpiry, Some("2005-06-30T23:59:59Z")), Some((Expired, 1322, &[])));
        for wrong in ["tomorrow", "2099-01-01T00:00:00", "2099-01-01", "2099-02-30T00:00:00Z"] {
            check((Element::PackageUrlExpiry, Some(wrong)), Some((Invalid, 1320, &[2009])));
        }
    }

    #[test]
    fn receipt_and_alerts_are_judged() {
        for fine in ["http://author.com/pens?x=1", "HTTPS://h", "mailto:a@b.c,d@e.f", "MAILTO:a@b.c"] {
            check((Element::Receipt, Some(fine)), None);
            check((Element::Alerts, Some(fine)), None);
        }
        for none in ["pens.cgi", "http:/author.com", "mailto:nobody", "mailto://a@b.c", "a@b.c"] {
            check((Element::Receipt, Some(none)), Some((Invalid, 2011, &[1510])));
            check((Element::Alerts, Some(none)), Some((Invalid, 1201, &[1520])));
        }
        check((Element::Receipt, Some("ftp://h/x")), Some((Unsupported, 1510, &[2011])));
        check((Element::Alerts, Some("gopher://h/x")), Some((Unsupported, 1520, &[])));
    }

    #[test]
    fn a_plus_is_read_in_the_way_that_finds_no_fault() {
        let mut query = sample().write_query(super::super::command::Encode::Percent);
        query.splice(0..0, *b"receipt=mailto:a+b@c.d&");
        assert_eq!(faults(&Command::read_query(&query).0, now()), []);
    }

    #[test]
    fn a_query_that_is_no_list_is_one_fault() {
        for query in [b"garbage".as_slice(), b"", b"&&", b"a&b"] {
            let found = faults(&Command::read_query(query).0, now());
            assert_eq!((found.len(), found[0].what, found[0].code), (1, NotAMessage, Code::GENERAL));
            assert!(found[0].keeps(Code::ARGUMENT) && found[0].keeps(Code::NO_RECEIPT));
            assert!(!found[0].keeps(Code(2006)));
        }
        assert_eq!(faults(&Command::read_query(b"garbage=1").0, now()).len(), 10);
    }

    #[test]
    fn the_highest_number_is_answered() {
        let mut command = sample();
        command.omit("pens-version");
        command.omit("receipt");
        command.set("package-type", "x");
        let found = faults(&command, now());
        assert_eq!(highest(&found).map(|fault| fault.code), Some(Code::NO_RECEIPT));
        assert_eq!(found.len(), 3);
        assert_eq!(highest(&[]), None);
    }

    #[test]
    fn a_general_code_blurs_and_another_faults_code_does_not() {
        let fault = Fault::new(Element::PackageUrl, Invalid, Code(2008), &[Code(1310)], "");
        assert!(
            fault.is_blurred_by(Code(1201))
                && fault.is_blurred_by(Code(1301))
                && fault.is_blurred_by(Code(12345))
        );
        assert!(
            !fault.is_blurred_by(Code(1310))
                && !fault.is_blurred_by(Code(2011))
                && !fault.is_blurred_by(Code(0))
        );
    }

    #[test]
    fn messages_quote_values_but_no_urls() {
        let mut command = sample();
        command.set("package-url", "gopher://user:secret@h/a.zip");
        command.set("pens-version", &"9\n".repeat(100_000));
        let messages: Vec<_> = faults(&command, now()).into_iter().map(|fault| fault.message).collect();
        assert!(messages[0].starts_with("pens-version \"9\\n9") && messages[0].len() < 150);
        assert_eq!(messages[1], "package-url is not in its value space (6.2.7): its scheme is `gopher`");
    }
}
