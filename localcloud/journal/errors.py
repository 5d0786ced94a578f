"""What can be wrong with a journal."""

from __future__ import annotations


class JournalError(Exception):
    """The journal cannot be read or written; the message says which file, and what to do."""
