"""Where the outcome of an invocation goes that nobody waits for: destinations and dead-letter queues."""
