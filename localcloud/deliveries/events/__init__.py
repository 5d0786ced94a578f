"""EventBridge's deliveries: from an event that a rule matches to its targets, with retries and dead letters.

It knows no engine: what it needs of the cloud around it is in ``ports.py``.
"""
