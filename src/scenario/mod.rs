//! Scripts: what a mock does, step by step, loaded strictly from YAML. Nothing here judges.

mod asked;
pub mod defect;
pub mod glob;
pub mod library;
pub mod load;
pub mod model;
pub mod need;
pub mod one_or_many;
pub mod operator;
pub mod packages;
pub mod player;
pub mod schema;
pub mod steps;
pub mod watch;
mod watch_mail;
pub mod wrong;
