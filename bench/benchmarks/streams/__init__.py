"""Streams: what a mapping carries, and what is asked of the records afterwards."""
