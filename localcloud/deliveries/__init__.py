"""What SNS delivers: signed messages, filters, retries and dead letters. It knows no engine.

``front.py`` is the door for the rest of the local cloud.
"""
