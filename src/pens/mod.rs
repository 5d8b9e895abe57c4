//! PENS on paper: elements, commands, responses, codes, faults. No socket, file or clock here.

pub mod code;
pub mod command;
pub mod element;
pub mod expiry;
pub mod fault;
pub mod flaw;
mod lines;
pub mod mail_body;
pub mod mailto;
mod multipart;
mod query;
pub mod response;
mod response_reader;
pub mod uri;

pub use code::{Class, Code};
pub use command::{Command, Encode, Pair};
pub use element::{CALLBACK_NAMES, Element, VERSION, is_known_name, is_version};
pub use expiry::Expiry;
pub use fault::{Fault, What, faults, highest};
pub use flaw::{CommandFlaw, Flaw, Prefix, ResponseFlaw};
pub use mail_body::{MailFlaw, read_mail};
pub use mailto::mailto;
pub use response::{Field, FieldName, LineEnd, Response, parse_code};
pub use uri::{Namespace, PackageId, PackageUrl, UriFlaw, Url, absolute_url, package_id, package_url};
