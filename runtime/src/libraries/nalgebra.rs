//! nalgebra
