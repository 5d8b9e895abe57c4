//! A run told. Pure: a run in, text out.

mod aside;
pub mod badge;
mod causes;
mod claims;
pub mod ctrf;
pub mod diff;
pub mod github;
pub mod har;
pub mod html;
pub mod in_toto;
pub mod json;
pub mod junit;
mod mailed;
pub mod markdown;
pub mod mermaid;
pub mod rejudged;
mod standing;
pub mod statement;
pub mod tap;
pub mod text;
mod told;
mod undetected;

pub(crate) use self::told::quoted;
