"""Asynchronous invocations: queued, retried, and reported without a waiting caller."""
