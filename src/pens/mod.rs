//! PENS on paper: elements, commands, responses, codes, faults. No socket, file or clock here.

pub mod code;
pub mod element;

pub use code::{Class, Code};
pub use element::{CALLBACK_NAMES, Element, VERSION, is_known_name, is_version};
