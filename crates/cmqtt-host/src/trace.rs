//! What a driver tells to `tracing`, behind the feature of that name: a span for each request, and in it what goes through
//! the port. Without the feature all of it is nothing.

#[cfg(not(feature = "tracing"))]
mod off;
#[cfg(not(feature = "tracing"))]
pub(crate) use off::Trace;

#[cfg(feature = "tracing")]
mod on;
#[cfg(feature = "tracing")]
pub(crate) use on::Trace;
