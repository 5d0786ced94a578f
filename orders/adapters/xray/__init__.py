"""X-Ray without its SDK: the header, the documents, and the way to the daemon.

The SDK costs 0.4 s of processor time at a cold start, most of it for patching libraries that no handler here
has loaded. What a function says of itself is a JSON document in one datagram; a test compares ours with the
SDK's. Nothing in here raises: an order is worth more than its trace.
"""
