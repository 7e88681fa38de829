//! The project about itself: its documents are true, and its modules import only downwards.

// the examples know the runtime by its own name
extern crate wb as weighbridge;

mod docs;
mod module_order;
mod public_api;
