//! A run told. Pure: a run in, text out.

pub mod json;
pub mod text;
mod told;
