"""Messaging or streaming, synchronous or asynchronous: the same work handed on in every way, with faults.

``python -m tools.messaging`` runs it and writes docs/messaging-or-streaming.md.
"""
