//! ERR: the error tables (6.3, Tables 1 to 3).

use super::cbk::implementation_codes;
use super::provoked::{highest_number, most_specific};
use super::{Bound, Check, Level, Provoked, Requirement, Shows, Zero};
use crate::pens::Element;

const ACCEPTED: &str =
    "error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=\r\n";

/// The rows of the family.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "ERR-100",
        name: "most-specific",
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.3",
        text: "The code says the class of error as specifically as possible: the code of the very fault, not a general one.",
        rulings: &["R-15"],
        remedy: "Answer with the code that Table 3 has for the fault; 1101, 1201, 1301 and codes of your own are for what Table 3 has no code for.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect -receipt provokes=ERR-2011\nresponse error=2011",
        breaks: "collect\nresponse error=0\ntransaction\ncollect -receipt provokes=ERR-2011\nresponse error=1201",
        check: Check::Transaction(most_specific),
    },
    Requirement {
        id: "ERR-101",
        name: "highest-number",
        level: Level::Should,
        binds: Bound::Target,
        clause: "6.3 Rationale",
        text: "A collect with several faults is answered with the highest-numbered of their codes.",
        rulings: &["R-16"],
        remedy: "Collect all faults before answering, and answer with the highest code.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect -pens-version -receipt provokes=ERR-2001 provokes=ERR-2011\nresponse error=2011",
        breaks: "collect\nresponse error=0\ntransaction\ncollect -pens-version -receipt provokes=ERR-2001 provokes=ERR-2011\nresponse error=2001",
        check: Check::Transaction(highest_number),
    },
    Requirement {
        id: "ERR-102",
        name: "implementation-codes",
        level: Level::Must,
        binds: Bound::Client,
        clause: "4.1, 6.3",
        text: "A receipt or alert that tells an error of Table 3, of an underlying protocol, or of 10000 and above is taken and acknowledged in the form of Table A-2.",
        rulings: &["R-22"],
        remedy: "Show the author any code with its error-text, known or not, and acknowledge with error=0: the message was taken.",
        keeps: "role client\ncollect\nresponse error=0\nreceipt error=10007\nanswer error=0",
        breaks: "role client\ncollect\nresponse error=0\nreceipt error=10007\nanswer empty",
        check: Check::Response(implementation_codes),
    },
    Requirement {
        level: Level::Interop,
        rulings: &["R-15"],
        remedy: "Compare system-user-id and system-password with those that you know, and refuse a stranger with 1201 or a code of your own from 10000.",
        keeps: "profile system-password\ncollect\nresponse error=0\ntransaction\ncollect system-password=wrong provokes=ERR-103\nresponse error=10403",
        breaks: "profile system-password\ncollect\nresponse error=0\ntransaction\ncollect system-password=wrong provokes=ERR-103\nresponse error=0",
        ..told(
            "ERR-103",
            "system-credentials",
            "A system-password that is wrong is refused; Table 3 has no code for it.",
            Provoked {
                code: 10_000,
                also: &[1201, 1420, 401, 403],
                at_hand: &[Element::SystemUserId, Element::SystemPassword],
                shows: Shows::Response,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15"],
        remedy: "Answer 1101 when the query or the body cannot be read at all.",
        keeps: "error=1101\r\nerror-text=unable to parse\r\nversion=1.0.0\r\npens-data=",
        breaks: ACCEPTED,
        ..told(
            "ERR-1101",
            "general-error",
            "A message that is no list of names and values is refused with 1101, or with what is missing in it.",
            Provoked {
                code: 1101,
                also: &[1201, 2001, 2002, 2003, 2004, 2005, 2007, 2008, 2009, 2010, 2011],
                at_hand: &Element::ALL,
                shows: Shows::Response,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-19"],
        remedy: "Check that alerts, when it is there, is a URL, and answer 1201 when it is none.",
        keeps: "error=1201\r\nerror-text=alerts is no URL\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=2011\r\nerror-text=receipt missing\r\nversion=1.0.0\r\npens-data=",
        ..told(
            "ERR-1201",
            "argument-error",
            "An alerts value that is no URL is refused with 1201: its value space has no code of its own.",
            Provoked {
                code: 1201,
                also: &[1520],
                at_hand: &[Element::Alerts],
                shows: Shows::Response,
                zero: Zero::Tolerated("R-19"),
            },
        )
    },
    Requirement {
        rulings: &["R-15", "R-17", "R-20"],
        remedy: "Check the status and the length of what was fetched before the receipt says 0.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1301\nresponse error=0\ndownload 500\nreceipt error=1301",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1301\nresponse error=0\ndownload 500\nreceipt error=0",
        ..told(
            "ERR-1301",
            "retrieve-error",
            "A package that cannot be fetched, because the server fails or the transfer breaks off, is told with 1301.",
            Provoked {
                code: 1301,
                also: &[1310, 425, 426, 500, 522, 534],
                at_hand: &[],
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15"],
        remedy: "Answer 1302 when package-url is https and cannot be fetched.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1302 package-url=https://h/a.zip\nresponse error=0\nreceipt error=1302",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1302 package-url=https://h/a.zip\nresponse error=0\nreceipt error=0",
        ..told(
            "ERR-1302",
            "https-not-supported",
            "A package that cannot be fetched by https is told with 1302.",
            Provoked {
                code: 1302,
                also: &[1301, 1310],
                at_hand: &[],
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15"],
        remedy: "Answer 1304, or tell it in the receipt, when package-url is ftp and the target does not fetch by FTP.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1304 package-url=ftp://h/t-2/package/a.zip\nresponse error=1304",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1304 package-url=ftp://h/t-2/package/a.zip\nresponse error=0\nreceipt error=0",
        ..told(
            "ERR-1304",
            "ftp-not-supported",
            "A package that is offered by ftp is fetched, or told with 1304 by a target that does not support it.",
            Provoked {
                code: 1304,
                also: &[],
                at_hand: &CREDENTIALS,
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15"],
        remedy: "Answer 1306, or tell it in the receipt, when package-url is ftps and the target does not fetch by FTPS.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1306 package-url=ftps://h/t-2/package/a.zip\nresponse error=1306",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1306 package-url=ftps://h/t-2/package/a.zip\nresponse error=0\nreceipt error=0",
        ..told(
            "ERR-1306",
            "ftps-not-supported",
            "A package that is offered by ftps is fetched, or told with 1306 by a target that does not support it.",
            Provoked {
                code: 1306,
                also: &[],
                at_hand: &CREDENTIALS,
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15", "R-17", "R-20"],
        remedy: "Tell 1310 (or the status 404, of FTP 550, itself) when the address of the package leads nowhere.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1310\nresponse error=0\ndownload 404\nreceipt error=1310",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1310\nresponse error=0\ndownload 404\nreceipt error=0",
        ..told(
            "ERR-1310",
            "package-url-unresponsive",
            "A package-url whose host does not resolve, refuses the connection or has no such file is told with 1310.",
            Provoked {
                code: 1310,
                also: &[404, 550],
                at_hand: &[],
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15", "R-17"],
        remedy: "Tell 1312 (or 401, 403, of FTP 530) when the staging server refuses the credentials of the collect.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1312\nresponse error=0\ndownload 401\nreceipt error=1312",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1312\nresponse error=0\ndownload 401\nreceipt error=1310",
        ..told(
            "ERR-1312",
            "package-credentials",
            "A package that is not given for want of the right credentials is told with 1312.",
            Provoked {
                code: 1312,
                also: &[401, 403, 530, 532],
                at_hand: &CREDENTIALS,
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-14", "R-18"],
        remedy: "Read package-url-expiry as YYYY-MM-DDThh:mm:ssZ and tell 1320 when it is something else.",
        keeps: "error=1320\r\nerror-text=invalid expiry date\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=1430\r\nerror-text=package type\r\nversion=1.0.0\r\npens-data=",
        ..told(
            "ERR-1320",
            "expiry-format",
            "An expiry that is not null and not in ISO 8601 with a Z is told with 1320.",
            Provoked {
                code: 1320,
                also: &[2009],
                at_hand: &[Element::PackageUrlExpiry],
                shows: Shows::Receipt,
                zero: Zero::Tolerated("R-18"),
            },
        )
    },
    Requirement {
        rulings: &["R-18"],
        remedy: "Compare package-url-expiry with the current time in UTC and tell 1322 when it has passed.",
        keeps: "error=1322\r\nerror-text=expired package\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=1320\r\nerror-text=invalid expiry date\r\nversion=1.0.0\r\npens-data=",
        ..told(
            "ERR-1322",
            "expired",
            "An expiry that has passed is told with 1322.",
            Provoked {
                code: 1322,
                also: &[],
                at_hand: &[Element::PackageUrlExpiry],
                shows: Shows::Receipt,
                zero: Zero::Tolerated("R-18"),
            },
        )
    },
    Requirement {
        rulings: &["R-14"],
        remedy: "Accept 1.0.0 alone and answer 1420 to any other version.",
        keeps: "error=1420\r\nerror-text=version not supported\r\nversion=1.0.0\r\npens-data=",
        breaks: ACCEPTED,
        ..told(
            "ERR-1420",
            "version-not-supported",
            "A pens-version that is not supported is refused with 1420.",
            Provoked {
                code: 1420,
                also: &[2001],
                at_hand: &[Element::PensVersion],
                shows: Shows::Response,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-14"],
        remedy: "Accept collect alone, in lower case, and answer 1421 to any other command.",
        keeps: "error=1421\r\nerror-text=command not supported\r\nversion=1.0.0\r\npens-data=",
        breaks: ACCEPTED,
        ..told(
            "ERR-1421",
            "command-not-supported",
            "A command other than collect is refused with 1421, the reserved words delete and revise too.",
            Provoked {
                code: 1421,
                also: &[2002],
                at_hand: &[Element::Command],
                shows: Shows::Response,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-14"],
        remedy: "Answer 1430 to a package-type that you do not take.",
        keeps: "error=1430\r\nerror-text=package type not supported\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=1431\r\nerror-text=my own code\r\nversion=1.0.0\r\npens-data=",
        ..told(
            "ERR-1430",
            "type-not-supported",
            "A package-type that is unknown or not supported is told with 1430.",
            Provoked {
                code: 1430,
                also: &[2003],
                at_hand: &[Element::PackageType],
                shows: Shows::Receipt,
                zero: Zero::Breaks,
            },
        )
    },
    Requirement {
        rulings: &["R-15", "R-19"],
        remedy: "Tell 1432, in the receipt or in an alert, when the archive cannot be read or its manifest is missing.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=1432",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=1430",
        ..told(
            "ERR-1432",
            "internal-package-error",
            "A package that cannot be opened, because the archive or what is in it is wrong, is told with 1432.",
            Provoked { code: 1432, also: &[], at_hand: &[], shows: Shows::Alert, zero: Zero::OwedByAlerts },
        )
    },
    Requirement {
        rulings: &["R-15"],
        remedy: "Look at the length of what you fetch, and tell 1440 when it is more than you have room for.",
        keeps: "profile quota\ncollect\nresponse error=0\ntransaction\ncollect provokes=ERR-1440\nresponse error=0\ndownload 200\nreceipt error=1440",
        breaks: "profile quota\ncollect\nresponse error=0\ntransaction\ncollect provokes=ERR-1440\nresponse error=0\ndownload 200\nreceipt error=0\nwait quiet met",
        ..told(
            "ERR-1440",
            "disk-space",
            "A package that is larger than the quota is told with 1440.",
            Provoked { code: 1440, also: &[], at_hand: &[], shows: Shows::Alert, zero: Zero::Breaks },
        )
    },
    Requirement {
        rulings: &["R-17", "R-19"],
        remedy: "Send an alert with 1500 when the receipt could not be delivered.",
        keeps: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1500\nresponse error=0\ndownload 200\nalert error=1500",
        breaks: "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1500\nresponse error=0\ndownload 200\nalert error=1520",
        ..told(
            "ERR-1500",
            "acknowledgement-error",
            "A receipt URL that cannot be reached is told with 1500 where it is told.",
            Provoked { code: 1500, also: &[], at_hand: &[], shows: Shows::Alert, zero: Zero::Unjudged },
        )
    },
    Requirement {
        rulings: &["R-14"],
        remedy: "Check the scheme of receipt and answer 1510 to one that you cannot send to.",
        keeps: "error=1510\r\nerror-text=unsupported acknowledgement protocol\r\nversion=1.0.0\r\npens-data=",
        breaks: ACCEPTED,
        ..told(
            "ERR-1510",
            "acknowledgement-protocol",
            "A receipt URL with a scheme other than http, https and mailto is refused with 1510.",
            Provoked { code: 1510, also: &[2011], at_hand: &[], shows: Shows::Response, zero: Zero::Breaks },
        )
    },
    Requirement {
        rulings: &["R-19"],
        remedy: "Check the scheme of alerts and answer 1520 to one that you cannot send to.",
        keeps: "error=1520\r\nerror-text=unsupported alert protocol\r\nversion=1.0.0\r\npens-data=",
        breaks: "error=1510\r\nerror-text=unsupported acknowledgement protocol\r\nversion=1.0.0\r\npens-data=",
        ..told(
            "ERR-1520",
            "alert-protocol",
            "An alerts URL with a scheme other than http, https and mailto is told with 1520.",
            Provoked {
                code: 1520,
                also: &[],
                at_hand: &[Element::Alerts],
                shows: Shows::Receipt,
                zero: Zero::Tolerated("R-19"),
            },
        )
    },
    missing(
        "ERR-2001",
        "pens-version-missing",
        "A collect whose pens-version is missing, empty or invalid is refused with 2001.",
        "error=2001\r\nerror-text=pens-version parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2001,
            also: &[1420],
            at_hand: &[Element::PensVersion],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2002",
        "command-missing",
        "A collect whose command is missing, empty or invalid is refused with 2002.",
        "error=2002\r\nerror-text=command parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2002,
            also: &[1421],
            at_hand: &[Element::Command],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2003",
        "package-type-missing",
        "A collect whose package-type is missing, empty or invalid is refused with 2003.",
        "error=2003\r\nerror-text=package-type parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2003,
            also: &[1430],
            at_hand: &[Element::PackageType],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2004",
        "package-type-version-missing",
        "A collect whose package-type-version is missing, empty or invalid is refused with 2004.",
        "error=2004\r\nerror-text=package-type-version parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2004,
            also: &[],
            at_hand: &[Element::PackageTypeVersion],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2005",
        "package-format-missing",
        "A collect whose package-format is missing, empty or invalid is refused with 2005.",
        "error=2005\r\nerror-text=package-format parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2005,
            also: &[],
            at_hand: &[Element::PackageFormat],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2007",
        "package-id-missing",
        "A collect whose package-id is missing, empty or invalid is refused with 2007.",
        "error=2007\r\nerror-text=package-id parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2007,
            also: &[],
            at_hand: &[Element::PackageId],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2008",
        "package-url-missing",
        "A collect whose package-url is missing, empty or invalid is refused with 2008.",
        "error=2008\r\nerror-text=package-url parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2008,
            also: &[1310],
            at_hand: &[Element::PackageUrl],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2009",
        "package-url-expiry-missing",
        "A collect whose package-url-expiry is missing, empty or invalid is refused with 2009.",
        "error=2009\r\nerror-text=package-url-expiry parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2009,
            also: &[1320],
            at_hand: &[Element::PackageUrlExpiry],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2010",
        "client-missing",
        "A collect whose client is missing, empty or invalid is refused with 2010.",
        "error=2010\r\nerror-text=client parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2010,
            also: &[],
            at_hand: &[Element::Client],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
    missing(
        "ERR-2011",
        "receipt-missing",
        "A collect whose receipt is missing, empty or invalid is refused with 2011.",
        "error=2011\r\nerror-text=receipt parameter missing\r\nversion=1.0.0\r\npens-data=",
        Provoked {
            code: 2011,
            also: &[1510],
            at_hand: &[Element::Receipt],
            shows: Shows::Response,
            zero: Zero::Breaks,
        },
    ),
];

/// The elements that say who fetches (6.2.8, 6.2.10); an account may be refused for itself.
const CREDENTIALS: [Element; 2] = [Element::PackageUrlUserId, Element::PackageUrlPassword];

const fn told(id: &'static str, name: &'static str, text: &'static str, provoked: Provoked) -> Requirement {
    Requirement {
        id,
        name,
        level: Level::Must,
        binds: Bound::Target,
        clause: "6.3 Table 3",
        text,
        rulings: &[],
        remedy: "",
        keeps: "",
        breaks: "",
        check: Check::Provoked(provoked),
    }
}

const fn missing(
    id: &'static str,
    name: &'static str,
    text: &'static str,
    keeps: &'static str,
    provoked: Provoked,
) -> Requirement {
    Requirement {
        clause: "4.2, 6.2, 6.3 Table 3",
        rulings: &["R-12", "R-13", "R-14", "R-15"],
        remedy: "Check that each of the ten required elements is there and in its value space before the collect is accepted, and answer with that element's own code of Table 3.",
        keeps,
        breaks: ACCEPTED,
        ..told(id, name, text, provoked)
    }
}
