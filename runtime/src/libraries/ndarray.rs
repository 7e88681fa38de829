//! ndarray
