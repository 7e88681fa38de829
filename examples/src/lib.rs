//! What several of the examples use: a model, and mistakes to plant in its checkpoint.

pub mod llama;
pub mod planted;
pub mod porting;
