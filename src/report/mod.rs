//! A run told. Pure: a run in, text out.

mod aside;
mod claims;
pub mod diff;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod text;
mod told;
