//! What several examples share: models, and mistakes to plant in a checkpoint.

pub mod llama;
pub mod planted;
pub mod porting;
