//! Evaluates shaped expressions at a point, in several number systems.
