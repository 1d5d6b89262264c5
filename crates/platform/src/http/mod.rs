//! HTTP as every service speaks it: problems for refusals, extractors that refuse with them, request ids, and the
//! loop that serves a router.

mod address;
mod body;
mod extract;
mod finish;
mod pace;
mod problem;
mod serve;
mod tag;

pub use address::{FORWARDED_FOR, one_network};
pub use body::read_small_bodies;
pub use extract::{Json, Path, Query, Raw};
pub use finish::finish_writes;
pub use pace::{Paced, TooSlow, has_cause};
pub use problem::{Kind, Problem, internal, kinds};
pub use serve::{InRequest, REQUEST_ID, dress, dress_one, dress_with, listen, serve};
pub use tag::names_tag;
