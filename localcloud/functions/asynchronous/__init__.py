"""Asynchronous invocations: queued, retried, and reported where nobody waits."""
