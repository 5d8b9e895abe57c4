//! The error codes of 6.3: Tables 1 to 3, and which code is only a vaguer word for another.

use std::fmt;

/// A code as `error=` carries it: an integer from 0 to 65535 (6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl Code {
    /// No error, successful (Table 1).
    pub const NO_ERROR: Self = Self(0);
    /// 1101, the command cannot be parsed.
    pub const GENERAL: Self = Self(1101);
    /// 1201, an invalid argument.
    pub const ARGUMENT: Self = Self(1201);
    /// 1301, the package cannot be retrieved.
    pub const RETRIEVE: Self = Self(1301);
    /// 1302, HTTPS is not supported.
    pub const NO_HTTPS: Self = Self(1302);
    /// 1304, FTP is not supported.
    pub const NO_FTP: Self = Self(1304);
    /// 1306, FTPS is not supported.
    pub const NO_FTPS: Self = Self(1306);
    /// 1310, the package URL is wrong or does not respond.
    pub const PACKAGE_URL: Self = Self(1310);
    /// 1312, the credentials for the package are wrong.
    pub const CREDENTIALS: Self = Self(1312);
    /// 1320, a warning: the expiry date has an improper format.
    pub const EXPIRY_FORMAT: Self = Self(1320);
    /// 1322, a warning: the expiry date has passed.
    pub const EXPIRED: Self = Self(1322);
    /// 1420, the PENS version is not supported.
    pub const VERSION: Self = Self(1420);
    /// 1421, the command is not supported.
    pub const COMMAND: Self = Self(1421);
    /// 1430, the package type is not supported.
    pub const PACKAGE_TYPE: Self = Self(1430);
    /// 1432, the package is bad inside.
    pub const PACKAGE: Self = Self(1432);
    /// 1440, there is no room for the package.
    pub const SPACE: Self = Self(1440);
    /// 1500, the acknowledgement URL cannot be reached.
    pub const ACKNOWLEDGEMENT: Self = Self(1500);
    /// 1510, the protocol of the receipt URL is not supported.
    pub const RECEIPT_PROTOCOL: Self = Self(1510);
    /// 1520, the protocol of the alerts URL is not supported.
    pub const ALERT_PROTOCOL: Self = Self(1520);
    /// 2001, pens-version is missing.
    pub const NO_PENS_VERSION: Self = Self(2001);
    /// 2002, command is missing.
    pub const NO_COMMAND: Self = Self(2002);
    /// 2003, package-type is missing.
    pub const NO_PACKAGE_TYPE: Self = Self(2003);
    /// 2004, package-type-version is missing.
    pub const NO_PACKAGE_TYPE_VERSION: Self = Self(2004);
    /// 2005, package-format is missing.
    pub const NO_PACKAGE_FORMAT: Self = Self(2005);
    /// 2007, package-id is missing; there is no 2006.
    pub const NO_PACKAGE_ID: Self = Self(2007);
    /// 2008, package-url is missing.
    pub const NO_PACKAGE_URL: Self = Self(2008);
    /// 2009, package-url-expiry is missing.
    pub const NO_PACKAGE_URL_EXPIRY: Self = Self(2009);
    /// 2010, client is missing.
    pub const NO_CLIENT: Self = Self(2010);
    /// 2011, receipt is missing.
    pub const NO_RECEIPT: Self = Self(2011);

    /// The row of Table 3, if it has this code; 0 stands in Table 1 and has none.
    #[must_use]
    pub fn known(self) -> Option<&'static Row> {
        TABLE.binary_search_by_key(&self, |row| row.code).ok().map(|n| &TABLE[n])
    }

    /// What the code may be used for: `Reserved` where neither Table 1, Table 3, an underlying protocol nor an
    /// implementation may use it, although Table 2 has a range round it (6.3; R-17).
    #[must_use]
    pub fn class(self) -> Class {
        match self.range() {
            free @ (Class::NoError | Class::Underlying | Class::ImplementationDefined) => free,
            range @ (Class::General
            | Class::Syntax
            | Class::Transport
            | Class::Host
            | Class::Acknowledgement
            | Class::Parameter
            | Class::Reserved) => self.known().map_or(Class::Reserved, |_| range),
        }
    }

    /// The range of Table 2 that the number falls in, whether Table 3 knows the code or not.
    #[must_use]
    pub fn range(self) -> Class {
        match self.0 {
            0 => Class::NoError,
            100..=599 => Class::Underlying,
            1000..=1199 => Class::General,
            1200..=1299 => Class::Syntax,
            1300..=1399 => Class::Transport,
            1400..=1499 => Class::Host,
            1500..=1599 => Class::Acknowledgement,
            2000..=9999 => Class::Parameter,
            10000.. => Class::ImplementationDefined,
            1..=99 | 600..=999 | 1600..=1999 => Class::Reserved,
        }
    }

    /// Whether this code is of the right class for a fault that deserves the other, but says less of it:
    /// 1101 for anything, 1201 for a wrong argument, 1301 for a retrieval, 1500 for a receipt or alert URL, and
    /// 10000 and above where Table 3 has a code ("as specifically as possible", 6.3; R-15).
    #[must_use]
    pub fn is_vaguer_than(self, deserved: Self) -> bool {
        if self == deserved || deserved.known().is_none() {
            return false;
        }
        match self {
            Self::GENERAL => true,
            Self::ARGUMENT => deserved.is_about_an_argument(),
            Self::RETRIEVE => deserved.range() == Class::Transport,
            Self::ACKNOWLEDGEMENT => matches!(deserved, Self::RECEIPT_PROTOCOL | Self::ALERT_PROTOCOL),
            Self(number) => number >= 10000,
        }
    }

    fn is_about_an_argument(self) -> bool {
        self.range() == Class::Parameter
            || matches!(self, Self::EXPIRY_FORMAT | Self::EXPIRED)
            || matches!(self, Self::VERSION | Self::COMMAND | Self::PACKAGE_TYPE)
            || matches!(self, Self::RECEIPT_PROTOCOL | Self::ALERT_PROTOCOL)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A kind of code, in the order of the numbers (Tables 1 and 2, and the text between them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 0.
    NoError,
    /// 100 to 599: HTTP's or FTP's own.
    Underlying,
    /// 1000 to 1199: general PENS errors.
    General,
    /// 1200 to 1299: PENS syntax errors.
    Syntax,
    /// 1300 to 1399: PENS transport errors.
    Transport,
    /// 1400 to 1499: host system errors.
    Host,
    /// 1500 to 1599: acknowledgement and alert errors.
    Acknowledgement,
    /// 2000 to 9999: PENS parameter errors.
    Parameter,
    /// 10000 to 65535: the implementation's own; 10000 itself stands in both ranges.
    ImplementationDefined,
    /// Kept for later editions: not to be used.
    Reserved,
}

/// A row of Table 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The code number.
    pub code: Code,
    /// The name, as printed, with the hyphens of the line breaks taken out.
    pub name: &'static str,
    /// The descriptive text, likewise.
    pub description: &'static str,
}

const fn row(number: u16, name: &'static str, description: &'static str) -> Row {
    Row { code: Code(number), name, description }
}

/// Table 3 of 6.3, in the order of the numbers.
pub static TABLE: [Row; 28] = [
    row(1101, "General error", "Unable to parse PENS command"),
    row(1201, "General argument error", "Attempt to pass an invalid argument"),
    row(1301, "General retrieve error", "Unable to retrieve package"),
    row(1302, "Secure HTTP protocol not supported", "Unable to retrieve package via HTTPS"),
    row(1304, "FTP protocol not supported", "Unable to retrieve package via FTP"),
    row(1306, "Secure FTP protocol not supported", "Unable to retrieve package via FTPS"),
    row(
        1310,
        "Invalid or unresponsive package URL",
        "Unable to retrieve package at specified URL due to error in URL or lack of response from URL",
    ),
    row(
        1312,
        "Invalid package access credentials",
        "Unable to retrieve package at specified URL due to error with access credential for package URL",
    ),
    row(1320, "Warning - invalid expiry date", "Expiration date is non-null and in an improper format"),
    row(1322, "Warning - expired package", "Current time indicates expiry date has passed"),
    row(1420, "PENS version not supported", "Insufficient permission"),
    row(
        1421,
        "Command not supported",
        "Client has requested host to execute an invalid, unknown or unsupported command",
    ),
    row(
        1430,
        "Package type not supported",
        "Client has requested host to process an invalid, unknown or unsupported package type",
    ),
    row(
        1432,
        "Internal package error",
        "Host unable to process package after successfully retrieving it because of an error with package archive or package contents",
    ),
    row(
        1440,
        "Insufficient host space/storage available",
        "Host unable to process package due to local storage space or account restrictions",
    ),
    row(1500, "General acknowledgment error", "Unable to communicate with provided acknowledgement URL"),
    row(1510, "Unsupported acknowledgement protocol", "Unsupported acknowledgement protocol"),
    row(1520, "Unsupported alert protocol", "Unsupported alert protocol"),
    row(2001, "pens-version parameter missing", "Message incomplete; PENS version invalid or not specified"),
    row(2002, "command parameter missing", "Message incomplete; PENS command invalid or not specified"),
    row(2003, "package-type parameter missing", "Message incomplete; package-type invalid or not specified"),
    row(
        2004,
        "package-type-version parameter missing",
        "Message incomplete; package-type-version invalid or not specified",
    ),
    row(
        2005,
        "package-format parameter missing",
        "Message incomplete; package-format invalid or not specified",
    ),
    row(2007, "package-id parameter missing", "Message incomplete; package-id invalid or not specified"),
    row(2008, "package-url parameter missing", "Message incomplete; package-url invalid or not specified"),
    row(
        2009,
        "package-url-expiry parameter missing",
        "Message incomplete; package-url-expiry date invalid or not specified",
    ),
    row(
        2010,
        "client parameter missing",
        "Message incomplete; client submitting package invalid or not specified",
    ),
    row(
        2011,
        "receipt parameter missing",
        "Message incomplete; where to send response invalid or not specified",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: u16, expected: Class) {
        assert_eq!(Code(input).class(), expected, "{input}");
    }

    #[test]
    fn a_code_is_classed_by_the_tables_and_reserved_elsewhere() {
        check(0, Class::NoError);
        check(1, Class::Reserved);
        check(99, Class::Reserved);
        check(100, Class::Underlying);
        check(200, Class::Underlying);
        check(599, Class::Underlying);
        check(600, Class::Reserved);
        check(999, Class::Reserved);
        check(1101, Class::General);
        check(1102, Class::Reserved);
        check(1201, Class::Syntax);
        check(1301, Class::Transport);
        check(1322, Class::Transport);
        check(1431, Class::Reserved);
        check(1440, Class::Host);
        check(1520, Class::Acknowledgement);
        check(1600, Class::Reserved);
        check(2006, Class::Reserved);
        check(2011, Class::Parameter);
        check(9999, Class::Reserved);
        check(10000, Class::ImplementationDefined);
        check(65535, Class::ImplementationDefined);
    }

    #[test]
    fn the_range_of_a_reserved_code_is_that_of_table_2() {
        assert_eq!(Code(1431).range(), Class::Host);
        assert_eq!(Code(2006).range(), Class::Parameter);
        assert_eq!(Code(1700).range(), Class::Reserved);
    }

    #[test]
    fn the_table_is_in_the_order_of_the_numbers() {
        assert!(TABLE.is_sorted_by(|a, b| a.code < b.code));
        assert!(TABLE.iter().all(|row| row.code.known() == Some(row)));
        assert_eq!(Code::NO_ERROR.known(), None);
        assert_eq!(Code(2006).known(), None);
    }

    #[test]
    fn a_vaguer_code_is_of_the_right_class_and_says_less() {
        for (code, deserved) in
            [(1101, 2001), (1101, 1310), (1201, 2008), (1201, 1421), (1301, 1310), (1301, 1302), (1500, 1510)]
        {
            assert!(Code(code).is_vaguer_than(Code(deserved)), "{code} for {deserved}");
        }
        assert!(Code(10000).is_vaguer_than(Code::NO_CLIENT));
        assert!(Code(1500).is_vaguer_than(Code::ALERT_PROTOCOL));
    }

    #[test]
    fn another_faults_code_is_no_vaguer_one() {
        for (code, deserved) in [
            (0, 2001),
            (2001, 2001),
            (2002, 2001),
            (1301, 2008),
            (1201, 1310),
            (1500, 2011),
            (404, 1310),
            (1101, 0),
        ] {
            assert!(!Code(code).is_vaguer_than(Code(deserved)), "{code} for {deserved}");
        }
        assert!(!Code(10001).is_vaguer_than(Code(401)), "table 3 has no code for it");
    }
}
