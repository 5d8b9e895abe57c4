//! The seventeen message elements of 6.2 and the vocabularies of their values.

use super::code::Code;

/// The one released version of the specification (6.2.1, A.1.2).
pub const VERSION: &str = "1.0.0";

/// The one command that a client may send (6.2.2).
pub const COLLECT: &str = "collect";

/// Words kept for commands of later versions, as 6.2 prints them; no letter case of them is a command.
pub const RESERVED_WORDS: [&str; 2] = ["Delete", "Revise"];

/// The vocabulary of package-type (6.2.3).
pub const PACKAGE_TYPES: [&str; 3] = ["aicc-pkg", "scorm-pif", "lms-qti"];

/// Package types outside the vocabulary that ruling R-09 lets pass.
pub const TOLERATED_PACKAGE_TYPES: [&str; 2] = ["ims-qti", "aicc-au"];

/// The reserved values of package-format (6.2.5); others are allowed.
pub const PACKAGE_FORMATS: [&str; 5] = ["zip", "url", "jar", "war", "xml"];

/// The longest vendor-data that every target has to take, in characters (6.2.17).
pub const VENDOR_DATA_MAX: usize = 4096;

/// The names that stand in receipts and alerts beside the elements (A.1.1, Table A-2).
pub const CALLBACK_NAMES: [&str; 4] = ["error", "error-text", "version", "pens-data"];

/// A message element, in the order of 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// `pens-version`, 6.2.1.
    PensVersion,
    /// `command`, 6.2.2.
    Command,
    /// `package-type`, 6.2.3.
    PackageType,
    /// `package-type-version`, 6.2.4.
    PackageTypeVersion,
    /// `package-format`, 6.2.5.
    PackageFormat,
    /// `package-id`, 6.2.6.
    PackageId,
    /// `package-url`, 6.2.7.
    PackageUrl,
    /// `package-url-user-id`, 6.2.8.
    PackageUrlUserId,
    /// `package-url-account`, 6.2.9.
    PackageUrlAccount,
    /// `package-url-password`, 6.2.10.
    PackageUrlPassword,
    /// `package-url-expiry`, 6.2.11.
    PackageUrlExpiry,
    /// `client`, 6.2.12.
    Client,
    /// `system-user-id`, 6.2.13.
    SystemUserId,
    /// `system-password`, 6.2.14.
    SystemPassword,
    /// `receipt`, 6.2.15.
    Receipt,
    /// `alerts`, 6.2.16.
    Alerts,
    /// `vendor-data`, 6.2.17.
    VendorData,
}

impl Element {
    /// Those that the sample receipt and alert repeat of the collect (A.1.1); `client` there may be the target's own.
    pub const ECHOED: [Self; 6] = [
        Self::PackageType,
        Self::PackageTypeVersion,
        Self::PackageFormat,
        Self::PackageId,
        Self::PackageUrl,
        Self::PackageUrlExpiry,
    ];

    /// All seventeen, in the order of 6.2.
    pub const ALL: [Self; 17] = [
        Self::PensVersion,
        Self::Command,
        Self::PackageType,
        Self::PackageTypeVersion,
        Self::PackageFormat,
        Self::PackageId,
        Self::PackageUrl,
        Self::PackageUrlUserId,
        Self::PackageUrlAccount,
        Self::PackageUrlPassword,
        Self::PackageUrlExpiry,
        Self::Client,
        Self::SystemUserId,
        Self::SystemPassword,
        Self::Receipt,
        Self::Alerts,
        Self::VendorData,
    ];

    /// The element of exactly this name, if 6.2 has one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.element)
    }

    /// The element that a misspelt name means: another letter case, or `_` for `-`.
    #[must_use]
    pub fn meant(name: &str) -> Option<Self> {
        let same = |row: &&Row| {
            row.name.len() == name.len()
                && row
                    .name
                    .bytes()
                    .zip(name.bytes())
                    .all(|(want, got)| want == got.to_ascii_lowercase() || (want == b'-' && got == b'_'))
        };
        TABLE.iter().find(same).map(|row| row.element)
    }

    /// The ten elements of which 6.2 says "Required: Yes".
    pub fn all_required() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|element| element.required())
    }

    /// The name on the wire (6.2).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether 6.2 says "Required: Yes".
    #[must_use]
    pub fn required(self) -> bool {
        self.row().need == Need::Required
    }

    /// The clause that defines the element, such as `6.2.7`.
    #[must_use]
    pub fn clause(self) -> &'static str {
        self.row().clause
    }

    /// The code of Table 3 for a required element that is missing or invalid.
    #[must_use]
    pub fn missing_code(self) -> Option<Code> {
        self.row().missing
    }

    /// Whether the value is a password, to be masked wherever it is shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        self.row().space == Space::Secret
    }

    /// Whether the value space of 6.2 has the null string in it.
    #[must_use]
    pub fn allows_null(self) -> bool {
        matches!(self.row().space, Space::NullOrString | Space::Secret)
    }

    /// The sample value of 6.2, empty where it prints "(null string)".
    #[must_use]
    pub fn sample(self) -> &'static str {
        self.row().sample
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a name is one of 6.2's, or one that a receipt or alert has besides.
#[must_use]
pub fn is_known_name(name: &str) -> bool {
    Element::named(name).is_some() || CALLBACK_NAMES.contains(&name)
}

/// Whether a value is "x.x.x (string of three integers separated by periods)" (6.2.1); responses carry it too.
#[must_use]
pub fn is_version(value: &str) -> bool {
    let integer = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    value.split('.').count() == 3 && value.split('.').all(integer)
}

struct Row {
    element: Element,
    name: &'static str,
    need: Need,
    clause: &'static str,
    missing: Option<Code>,
    space: Space,
    sample: &'static str,
}

#[derive(PartialEq)]
enum Need {
    Required,
    Optional,
}

#[derive(PartialEq)]
enum Space {
    NotNull,
    NullOrString,
    Secret,
}

const fn row(
    element: Element,
    name: &'static str,
    need: Need,
    clause: &'static str,
    missing: Option<Code>,
    space: Space,
    sample: &'static str,
) -> Row {
    Row { element, name, need, clause, missing, space, sample }
}

const TABLE: [Row; 17] = {
    use Element as E;
    use Need::{Optional, Required};
    use Space::{NotNull, NullOrString, Secret};
    const ID: &str = "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc";
    const URL: &str = "http://myauthoringtool/mycontentpackage.zip";
    const MAIL: &str = "mailto:name@domain.com";
    [
        row(E::PensVersion, "pens-version", Required, "6.2.1", Some(Code(2001)), NotNull, VERSION),
        row(E::Command, "command", Required, "6.2.2", Some(Code(2002)), NotNull, COLLECT),
        row(E::PackageType, "package-type", Required, "6.2.3", Some(Code(2003)), NotNull, "aicc-pkg"),
        row(
            E::PackageTypeVersion,
            "package-type-version",
            Required,
            "6.2.4",
            Some(Code(2004)),
            NotNull,
            "1.0",
        ),
        row(E::PackageFormat, "package-format", Required, "6.2.5", Some(Code(2005)), NotNull, "zip"),
        row(E::PackageId, "package-id", Required, "6.2.6", Some(Code(2007)), NotNull, ID),
        row(E::PackageUrl, "package-url", Required, "6.2.7", Some(Code(2008)), NotNull, URL),
        row(E::PackageUrlUserId, "package-url-user-id", Optional, "6.2.8", None, NullOrString, ""),
        row(E::PackageUrlAccount, "package-url-account", Optional, "6.2.9", None, NullOrString, ""),
        row(E::PackageUrlPassword, "package-url-password", Optional, "6.2.10", None, Secret, ""),
        row(
            E::PackageUrlExpiry,
            "package-url-expiry",
            Required,
            "6.2.11",
            Some(Code(2009)),
            NullOrString,
            "2005-07-22T06:51:29Z",
        ),
        row(E::Client, "client", Required, "6.2.12", Some(Code(2010)), NullOrString, "Authorware7"),
        row(E::SystemUserId, "system-user-id", Optional, "6.2.13", None, NullOrString, "tk007"),
        row(E::SystemPassword, "system-password", Optional, "6.2.14", None, Secret, ""),
        row(E::Receipt, "receipt", Required, "6.2.15", Some(Code(2011)), NotNull, MAIL),
        row(E::Alerts, "alerts", Optional, "6.2.16", None, NotNull, MAIL),
        row(E::VendorData, "vendor-data", Optional, "6.2.17", None, NullOrString, ""),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: (Option<Element>, Option<Element>)) {
        assert_eq!((Element::named(input), Element::meant(input)), expected, "{input:?}");
    }

    #[test]
    fn names_are_exact_and_misspelt_ones_are_recognised() {
        check("package-url", (Some(Element::PackageUrl), Some(Element::PackageUrl)));
        check("Package-URL", (None, Some(Element::PackageUrl)));
        check("package_url_expiry", (None, Some(Element::PackageUrlExpiry)));
        check("package url", (None, None));
        check("", (None, None));
        check("error", (None, None));
        check("target-system-url", (None, None));
        check("päckage-url", (None, None));
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (n, element) in Element::ALL.into_iter().enumerate() {
            assert_eq!(element as usize, n);
            assert_eq!(element.row().element, element);
            assert_eq!(element.clause(), format!("6.2.{}", n + 1));
            assert_eq!(Element::named(element.name()), Some(element));
        }
    }

    #[test]
    fn the_ten_required_elements_have_the_ten_codes_of_table_3() {
        let codes: Vec<u16> =
            Element::all_required().filter_map(Element::missing_code).map(|c| c.0).collect();
        assert_eq!(codes, [2001, 2002, 2003, 2004, 2005, 2007, 2008, 2009, 2010, 2011]);
        assert!(Element::ALL.iter().all(|e| e.required() == e.missing_code().is_some()));
    }

    #[test]
    fn every_missing_code_is_named_after_its_element() {
        for element in Element::all_required() {
            let row = element.missing_code().and_then(Code::known).unwrap();
            assert_eq!(row.name, format!("{element} parameter missing"));
        }
    }

    #[test]
    fn the_two_passwords_are_secret() {
        let secret: Vec<_> = Element::ALL.into_iter().filter(|e| e.is_secret()).map(Element::name).collect();
        assert_eq!(secret, ["package-url-password", "system-password"]);
    }

    #[test]
    fn the_null_string_is_in_eight_value_spaces() {
        let null: Vec<_> = Element::ALL.into_iter().filter(|e| e.allows_null()).collect();
        assert_eq!(null.len(), 8);
        assert!(null.contains(&Element::Client) && null.contains(&Element::PackageUrlExpiry));
        assert!(!null.contains(&Element::Receipt) && !null.contains(&Element::Alerts));
    }

    #[test]
    fn a_version_is_three_integers() {
        for (value, is) in
            [("1.0.0", true), ("9.12.0", true), ("1.0", false), ("1.0.0.0", false), ("1..0", false)]
        {
            assert_eq!(is_version(value), is, "{value}");
        }
        assert!(["", "..", "1.0.a", "-1.0.0", " 1.0.0", "1.0.0\n"].iter().all(|value| !is_version(value)));
    }
}
