"""Why nobody is let in. The client is told no more than that; the log says the rest."""

from __future__ import annotations


class NotAuthorized(Exception):
    """The credentials do not hold, or the authorizer does not work; the message is for the log."""
