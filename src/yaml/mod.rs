//! YAML that people write, read strictly: taken as a whole or refused with every place where it is wrong.
//!
//! What the files mean is none of its business.

mod diagnostic;
mod mistake;
mod node;
mod parse;
mod refusal;
mod schema;
mod typed;

pub use self::diagnostic::{Colour, Diagnostic};
pub use self::mistake::Mistakes;
pub(crate) use self::mistake::{Mistake, listed};
pub(crate) use self::node::{Form, Key, Node, Place, Value, quoted};
pub(crate) use self::parse::parse;
pub(crate) use self::schema::generate;
pub(crate) use self::typed::read;

/// The longest file that is read, in bytes: 256 KiB.
pub const LONGEST: usize = 256 * 1024;

/// The refusal of a file that could not even be read as text.
pub(crate) fn refused(name: &str, message: &str) -> Mistakes {
    Mistakes::tell(name, "", vec![Mistake::new(Place { start: 0, end: 0 }, message)])
}

/// The message for a file over [`LONGEST`].
pub(crate) fn too_long() -> String {
    format!("the file is too long: {} KiB at most", LONGEST / 1024)
}

/// YAML allows a byte-order mark; columns are counted without it.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
