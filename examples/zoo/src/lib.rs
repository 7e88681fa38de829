//! Models as their authors would publish them, each loaded strictly from a real checkpoint.
