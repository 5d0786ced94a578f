"""Where AWS's own addresses lead."""
