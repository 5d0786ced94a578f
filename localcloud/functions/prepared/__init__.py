"""Environments forked from a parent that has the runtime's own part imported: the local cloud's side."""
