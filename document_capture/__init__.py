"""Camera frame to straight, readable, checked page. Pure functions on arrays."""
