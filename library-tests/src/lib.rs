//! Nothing but tests is here.
