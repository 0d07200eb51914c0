//! Properties of the whole decoder.
