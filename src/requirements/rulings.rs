//! The rulings: where the specification contradicts itself or says nothing, both readings and the choice.

/// A ruling; its number never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// `R-15`.
    pub id: &'static str,
    /// What is in question.
    pub question: &'static str,
    /// One reading.
    pub one: &'static str,
    /// The other.
    pub other: &'static str,
    /// What is chosen, and why.
    pub choice: &'static str,
}

/// The ruling with this number.
#[must_use]
pub fn find(id: &str) -> Option<&'static Ruling> {
    RULINGS.iter().find(|ruling| ruling.id == id)
}

const fn ruling(
    id: &'static str,
    question: &'static str,
    one: &'static str,
    other: &'static str,
    choice: &'static str,
) -> Ruling {
    Ruling { id, question, one, other, choice }
}

/// All of them, in order.
pub static RULINGS: [Ruling; 29] = [
    ruling(
        "R-01",
        "Does a \"shall\" in clause 5 bind?",
        "The clause is headed Informative.",
        "Clause 4 makes every \"shall\" a requirement on an implementation.",
        "It binds: the transports are set nowhere else.",
    ),
    ruling(
        "R-02",
        "Does a \"shall\" in a NOTE, or a plain description, bind?",
        "Notes and descriptions are informative.",
        "They are part of the data model that clause 4 makes binding.",
        "It binds where clause 3, 4, the tables of 6.2, 6.3 or the Introduction agree.",
    ),
    ruling(
        "R-03",
        "Must a receiver understand a command by GET and by POST?",
        "Clause 5 suggests either; one will do.",
        "A.1 binds the message to a URI, so GET is due.",
        "GET is due. A callback address that takes POST alone is tolerated: the form of callbacks is \"not fully defined\" (5.1).",
    ),
    ruling(
        "R-04",
        "What stands in the body of a POST?",
        "Whatever the peers agree on.",
        "The query component of the bound URI.",
        "The query component. Multipart callbacks are tolerated (5.1); a multipart collect breaks MSG-003.",
    ),
    ruling(
        "R-05",
        "May reserved characters stand raw in a value?",
        "RFC 2396, 3.4 reserves them in a query.",
        "RFC 2396, 2.2 wants escapes only where they conflict with their purpose.",
        "Tolerated where they do not conflict.",
    ),
    ruling(
        "R-06",
        "What does `+` mean?",
        "A plus (RFC 2396).",
        "A space (HTML forms).",
        "Fine in a body; in a query tolerated, and either reading may match: the wire cannot tell.",
    ),
    ruling(
        "R-07",
        "May a message carry elements that 6.2 does not name?",
        "No: A.1 says \"shall contain an element name, as specified in 6.2\".",
        "Yes: note 8 of clause 6 lets models be augmented.",
        "Tolerated.",
    ),
    ruling(
        "R-08",
        "May an element stand twice?",
        "Nothing forbids it.",
        "A component of the data model has one value.",
        "The same value twice is tolerated; different values break: in an unordered list none is the first.",
    ),
    ruling(
        "R-09",
        "What is the word for a QTI package, and for an AICC assignable unit?",
        "The vocabulary prints `lms-qti`, and knows no assignable unit.",
        "The text speaks of IMS QTI, peers send `ims-qti`, and the description names `aicc-au`.",
        "The vocabulary's words keep; the other two are tolerated.",
    ),
    ruling(
        "R-10",
        "May a package-id be a `urn:uuid:`?",
        "\"Any URI\" is allowed.",
        "Its namespace shall be the URL of the product or service.",
        "Tolerated: it is unique.",
    ),
    ruling(
        "R-11",
        "Which URLs may package-url be?",
        "Any URL that ends in a file name.",
        "One of the four schemes of clause 5, and a query may follow the file name.",
        "The latter. A file name without an extension is tolerated (package-format `url`).",
    ),
    ruling(
        "R-12",
        "What does an empty value of a required element mean?",
        "4.3 leaves empty values to the implementation.",
        "The value spaces and Table 3 (\"invalid or not specified\") settle them.",
        "Tolerated both ways; a refusal carries the element's own code.",
    ),
    ruling(
        "R-13",
        "May a target accept a collect whose required element is absent or invalid?",
        "4.3 allows it a meaning, and nobody says \"reject\".",
        "Clauses 4.2 and 6 and Table 3 specify the error.",
        "It breaks the row; but a package-id that is no URI harms nobody: tolerated.",
    ),
    ruling(
        "R-14",
        "Is an invalid value told with 14xx, 13xx and 15xx or with 20xx?",
        "With the highest number: 20xx (1320 against 2009, 1510 against 2011).",
        "The 20xx are named \"parameter missing\".",
        "Both keep.",
    ),
    ruling(
        "R-15",
        "How specific must a code be?",
        "The class of Table 2 will do.",
        "The exact code of Table 3: \"shall indicate the class of error as specifically as possible\".",
        "The exact code. 10000 and above are for faults that Table 3 has no code for.",
    ),
    ruling(
        "R-16",
        "Must the highest-numbered error be told?",
        "\"Systems are to respond with highest numbered error encountered\" binds.",
        "It is a rationale without \"shall\", and who stops at the first fault has encountered one.",
        "SHOULD.",
    ),
    ruling(
        "R-17",
        "May, or must, codes of the underlying protocol be used?",
        "The note of 6.3 says they \"shall be used\" where they indicate the error.",
        "6.3 says either a PENS code or an underlying one.",
        "Either. 501 to 599 count although Table 2 ends at 500; 10000 stands in both ranges and is implementation-defined.",
    ),
    ruling(
        "R-18",
        "Must a bad or past expiry be told?",
        "Yes: 1320 and 1322 exist for it.",
        "They are warnings, and the value space is any string.",
        "0 throughout is tolerated. Who tells it may still fetch, and then owes a receipt.",
    ),
    ruling(
        "R-19",
        "Must a target send alerts?",
        "Yes: note 6 of clause 6 says notifications \"shall be sent\".",
        "No: 5.1 and the Introduction say \"may\"; only the receipt is obligatory.",
        "It may send none. One that alerts for a good package owes a bad one's error.",
    ),
    ruling(
        "R-20",
        "Is a receipt due after a retrieval that failed?",
        "5.1 says an error message \"should be sent\".",
        "5.1 also says the server \"sends a response, either acknowledging or reporting an error\"; the Introduction calls it obligatory.",
        "It is due: the 13xx codes have no other place.",
    ),
    ruling(
        "R-21",
        "What must a receipt or alert carry?",
        "Its format is \"not fully defined\"; only `error` is due (6.3).",
        "It is a PENS message (A.1.1), so command and version are due (6).",
        "The latter; and data \"from the inbound Collect Command\" is that very data. In mails, error and error-text.",
    ),
    ruling(
        "R-22",
        "How is a receipt or alert acknowledged that tells an error?",
        "With 0: it was taken.",
        "By repeating its code.",
        "With 0; another code is tolerated.",
    ),
    ruling(
        "R-23",
        "How is a collect refused?",
        "\"An HTTP error code is sent\" (5.1).",
        "With the code in the body of the answer (6.3, A.1.2).",
        "The body decides; the HTTP status is a remark.",
    ),
    ruling(
        "R-24",
        "Must a target serve a `mailto:` receipt?",
        "Yes: the value space names the scheme.",
        "No: 1510 lets it refuse a protocol.",
        "A refusal is tolerated and the profile may deny mail; the note of A.1 discourages it.",
    ),
    ruling(
        "R-25",
        "How is a null password answered where one is needed?",
        "The target \"is responsible for prompting\" (6.2).",
        "Always in the form of Table A-2.",
        "A prompt is right there, and only there.",
    ),
    ruling(
        "R-26",
        "Must the fields of a response stand in the table's order?",
        "As printed.",
        "Names suffice, as in HACP.",
        "Another order is tolerated, with pens-data last: it runs to the end of the buffer.",
    ),
    ruling(
        "R-27",
        "Must a package stay until its expiry?",
        "It is a duty.",
        "It is \"expected\" (6.2).",
        "SHOULD; after a receipt with 0 the client may clean up.",
    ),
    ruling(
        "R-28",
        "No receipt ever came over this path: whose fault is that?",
        "The path may be unreachable.",
        "Whoever fetched the package from the same address reaches it.",
        "A download from the advertised address proves the path of the receipt; else a target that sends none could not fail.",
    ),
    ruling(
        "R-29",
        "Is the sample transaction stream (A.2) binding?",
        "It stands in the binding's appendix.",
        "It is a sample: alerts are optional and the order of answers is free.",
        "INTEROP; the duties in it have rows of their own.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_without_gaps() {
        for (index, ruling) in RULINGS.iter().enumerate() {
            assert_eq!(ruling.id, format!("R-{:02}", index + 1));
        }
    }
}
