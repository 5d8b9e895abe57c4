//! A run told. Pure: a run in, text out.

mod aside;
mod claims;
pub mod ctrf;
pub mod diff;
pub mod github;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod mermaid;
pub mod rejudged;
mod standing;
pub mod tap;
pub mod text;
mod told;

pub(crate) use self::told::quoted;
