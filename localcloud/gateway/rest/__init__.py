"""REST APIs: which method a path names, the event its function gets, the answer built from its result."""
