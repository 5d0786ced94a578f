"""X-Ray without its SDK: the header, the documents, and the way to the daemon.

The SDK takes processor time and memory at a cold start (docs/decisions/0105-x-ray-without-its-sdk.md has
how much), and writes no segment of another trace than the invocation's. What a function says of itself is a
JSON document in one datagram; a test compares ours with the SDK's. Nothing in here raises: an order is worth
more than its trace.
"""
