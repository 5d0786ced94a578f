"""Where the outcome of an asynchronous invocation goes: destinations and dead-letter queues."""
