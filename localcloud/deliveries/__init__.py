"""What SNS delivers: signed messages, filters, retries and dead letters. It knows no engine.

``facade.py`` is what the rest of the local cloud imports.
"""
