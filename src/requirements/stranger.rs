//! Refusals that may be for who the sender is: then the operator's credentials are at fault, and not the receiver.

use crate::pens::code::Class;
use crate::pens::response::FieldName;
use crate::pens::{Code, Response};
use crate::transcript::{Evidence, Transaction};

/// Whether a target may have refused a collect for its sender: no collect of the run was accepted, and Table 3 has no
/// code for credentials, so that it says it with a code of its own or of HTTP, or with the words that the table has for
/// 1420.
pub(super) fn may_be_refused(evidence: &Evidence, code: Code, response: &Response) -> bool {
    let text =
        response.get(FieldName::ErrorText).map(|field| String::from_utf8_lossy(&field.value).to_lowercase());
    let speaks_of_permission = text.is_some_and(|text| text.contains("permission"));
    let is_of_access = matches!(code, Code(401 | 403))
        || code.class() == Class::ImplementationDefined
        || code == Code::VERSION && speaks_of_permission;
    is_of_access && !evidence.transactions.iter().any(Transaction::is_accepted)
}
